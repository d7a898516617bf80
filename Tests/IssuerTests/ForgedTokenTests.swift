import OAuth
import Testing
import Wire

@testable import Issuer

/// A token in which one byte is another one, whichever it is: version, key, grant, generation, moment or code.
struct ForgedTokenTests {
  private func forgeries(_ token: Secret, _ credential: Credential) throws -> [Secret] {
    let bytes = try #require(credential.bytes(of: token.exposed))
    return bytes.indices.flatMap { index in
      [UInt8(1), 0x80].map { bit in
        var forged = bytes
        forged[index] ^= bit
        return credential.spell(forged)
      }
    }
  }

  @Test("P22: an access token with any byte changed is nobody's")
  func access() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    for forged in try forgeries(tokens.accessToken, .accessToken) {
      await #expect(throws: AccessRefusal.invalid) { _ = try await world.issuer.authenticate(forged) }
    }
    #expect(await world.refusal(tokens) == nil)
  }

  @Test("P17: a refresh token with any byte changed is refused and changes nothing, of a public client too")
  func refresh() async throws {
    let world = try await IssuerWorld()
    for app in [world.app, world.publicApp] {
      let tokens = try await world.tokens(app)
      for forged in try forgeries(try #require(tokens.refreshToken), .refreshToken) {
        var changed = tokens
        changed.refreshToken = forged
        #expect(await world.error { try await world.refresh(changed, app) }?.code == .invalidGrant)
      }
      #expect(await world.refusal(tokens) == nil)
      #expect(await world.error { try await world.refresh(tokens, app) } == nil)
    }
  }

  @Test("P19: a reuse of one grant's token leaves another's to be told within the same minute")
  func reuseIsToldOfEach() async throws {
    let world = try await IssuerWorld()
    var spent: [TokenResponse] = []
    for _ in 0..<2 {
      let first = try await world.tokens(world.app)
      #expect(await world.refusal(try await world.refresh(first, world.app)) == nil)
      spent.append(first)
    }
    world.time.advance(by: .milliseconds(180_001))
    for tokens in spent {
      #expect(await world.error { try await world.refresh(tokens, world.app) }?.code == .invalidGrant)
    }
    let kinds = try await world.issuer.events(of: world.signIn()).map(\.kind)
    #expect(kinds.count { $0 == "token_reused" } == 2)
  }

  @Test("P19: while a client goes on with a spent token its user is told of it once a minute")
  func reuseIsToldOnceAMinute() async throws {
    let world = try await IssuerWorld()
    let first = try await world.tokens(world.app)
    #expect(await world.refusal(try await world.refresh(first, world.app)) == nil)
    world.time.advance(by: .milliseconds(180_001))
    let session = try await world.signIn()
    var told: [Int] = []
    for pause in [Duration.zero, .milliseconds(59_999), .milliseconds(1)] {
      world.time.advance(by: pause)
      #expect(await world.error { try await world.refresh(first, world.app) }?.code == .invalidGrant)
      told.append(try await world.issuer.events(of: session).count { $0.kind == "token_reused" })
    }
    #expect(told == [1, 1, 2])
  }
}
