import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct CodeTests {
  @Test("P12: of many redemptions at once exactly one succeeds, on the file engine too", arguments: [false, true])
  func redeemedOnce(onFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let world = try await IssuerWorld(database: onFile ? SQLite(path: folder.file("issuer.sqlite")) : nil)
    let code = try await world.approve(world.app)
    let successes = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<12 { group.addTask { await world.error { try await world.redeem(code, world.app) } == nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(successes == 1)
  }

  @Test("P12: a code lives as long as its setting says, and never more than five minutes")
  func codeLifetime() async throws {
    let world = try await IssuerWorld()
    let (early, late) = (try await world.approve(world.app), try await world.approve(world.app))
    world.time.advance(by: .milliseconds(59_999))
    #expect(await world.error { try await world.redeem(early, world.app) } == nil)
    world.time.advance(by: .milliseconds(1))
    #expect(await world.error { try await world.redeem(late, world.app) }?.code == .invalidGrant)
    let settings = IssuerSettings(
      issuer: "x", accessLifetime: .hours(24), refreshWindow: .days(183), codeLifetime: .hours(1))
    #expect(settings.codeLifetime == .minutes(5))
  }

  @Test("P13: a replayed code revokes the grant that the first one made")
  func replayRevokes() async throws {
    let world = try await IssuerWorld()
    let code = try await world.approve(world.app)
    let tokens = try await world.redeem(code, world.app)
    let bystander = try await world.tokens(world.app)
    world.time.advance(by: .days(3))
    let fresh = try await world.refresh(tokens, world.app)
    #expect(await world.error { try await world.redeem(code, world.app) }?.code == .invalidGrant)
    #expect(await world.refusal(fresh) == .invalid)
    #expect(await world.error { try await world.refresh(fresh, world.app) }?.code == .invalidGrant)
    #expect(await world.error { try await world.refresh(bystander, world.app) } == nil)
    let session = try await world.signIn()
    let ended = try await world.issuer.approvals(of: session).filter { $0.endedBy != nil }
    #expect(ended.map(\.grantID) == [try world.grantID(tokens)])
    #expect(try await world.issuer.events(of: session).first?.kind == "code_replayed")
  }

  @Test("P14: another client, verifier or address does not get the code's tokens, and does not burn it")
  func codeIsBound() async throws {
    let world = try await IssuerWorld()
    let other = try await IssuerWorld.register(world.issuer, "Other")
    let code = try await world.approve(world.app)
    let wrong = PKCE.Verifier(randomBytes: Array(repeating: 8, count: 32))
    #expect(await world.error { try await world.redeem(code, other) }?.code == .invalidGrant)
    #expect(await world.error { try await world.redeem(code, world.app, verifier: wrong) }?.code == .invalidGrant)
    #expect(
      await world.error { try await world.redeem(code, world.app, redirectURI: "https://shop.example/other") }?.code
        == .invalidGrant)
    let impostor = PresentedClient(clientID: world.app.id, secrets: [Secret("evs_guess")])
    let request = TokenRequest(
      .authorizationCode(code, redirectURI: IssuerWorld.callback, verifier: IssuerWorld.verifier))
    #expect(await world.error { try await world.issuer.token(request, client: impostor) }?.code == .invalidClient)
    let tokens = try await world.redeem(code, world.app)
    // Nor does somebody who cannot prove the code end what it made.
    #expect(await world.error { try await world.redeem(code, other) }?.code == .invalidGrant)
    #expect(await world.error { try await world.redeem(code, world.app, verifier: wrong) }?.code == .invalidGrant)
    #expect(await world.refusal(tokens) == nil)
  }

  @Test("P14: a code is dead once its approval is taken back")
  func codeDiesWithApproval() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    let code = try await world.approve(world.app, session: session)
    let approval = try #require(try await world.issuer.approvals(of: session).first)
    #expect(try await world.issuer.revokeApproval(approval.grantID, by: session, csrf: session.csrf.exposed))
    #expect(await world.error { try await world.redeem(code, world.app) }?.code == .invalidGrant)
  }
}
