import OAuth
import Testing
import Wire

@testable import Issuer

/// A look at a refresh token that is no use of it: who watches over a simulation must change nothing.
struct ForeseeTests {
  private func look(_ world: IssuerWorld, _ tokens: TokenResponse) async throws -> RefreshProspect? {
    try await world.issuer.foresee(try #require(tokens.refreshToken))
  }

  @Test("P17: a look tells what a refresh token would get at that moment, and confirms nothing")
  func course() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    let second = try await world.refresh(first, world.app)
    for _ in 0..<3 {
      world.time.advance(by: .minutes(10))
      for (tokens, generation) in [(first, Int64(1)), (second, 2)] {
        let prospect = try #require(try await look(world, tokens))
        #expect(prospect.isGrantAlive && prospect.isAnswered, "nobody has used the successor")
        #expect(prospect.generation == generation)
        #expect(prospect.grantID == (try world.grantID(first)))
      }
    }
    #expect(try await world.refresh(first, world.app).refreshToken == second.refreshToken)
    #expect(await world.refusal(second) == nil, "confirmed")
    world.time.advance(by: .seconds(180))
    #expect(try await look(world, first)?.isAnswered == true)
    world.time.advance(by: .milliseconds(1))
    #expect(try await look(world, first)?.isAnswered == false)
    #expect(try await look(world, first)?.isGrantAlive == true)
    #expect(try await look(world, second)?.isAnswered == true)
  }

  @Test("P17: a token that nothing explains, an access token and a forged one have no prospect")
  func strangers() async throws {
    let world = try await IssuerWorld(), stranger = try await IssuerWorld(seed: 2)
    let tokens = try await world.tokens(world.app)
    #expect(try await world.issuer.foresee(tokens.accessToken) == nil)
    #expect(try await world.issuer.foresee(Secret("nonsense")) == nil)
    #expect(try await look(stranger, tokens) == nil)
    let forged = String(try #require(tokens.refreshToken).exposed.dropLast(2)) + "00"
    #expect(try await world.issuer.foresee(Secret(forged)) == nil)
  }

  @Test("P24: a grant that is ended, lapsed or suspended gets nothing, whichever token is shown")
  func ended() async throws {
    for ending in ["revoked", "lapsed", "suspended"] {
      let world = try await IssuerWorld()
      let first = try await world.tokens(world.app)
      let second = try await world.refresh(first, world.app)
      switch ending {
      case "revoked":
        try await world.issuer.revoke(RevocationRequest(token: second.accessToken), client: world.app.presented)
      case "lapsed": world.time.advance(by: .days(183))
      default: try await world.database.write { try $0.execute("UPDATE users SET disabled_at = 1") }
      }
      for tokens in [first, second] {
        let prospect = try #require(try await look(world, tokens))
        // What is switched off stands, and can come back.
        #expect(prospect.isGrantAlive == (ending == "suspended") && !prospect.isAnswered, "\(ending)")
      }
    }
  }
}
