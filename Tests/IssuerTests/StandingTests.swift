import OAuth
import Store
import TestKit
import Testing

@testable import Issuer

@Suite struct StandingTests {
  @Test(
    "P24: whoever no longer stands by a grant ends its effect at the next call and refresh, until put back",
    arguments: 0..<5)
  func standing(kind: Int) async throws {
    let world = try await IssuerWorld()
    let issuer = world.issuer
    let tokens = try await world.tokens(world.app)
    let code = try await world.approve(world.app)
    let session = try await world.signIn()
    func set(_ isOff: Bool) async throws {
      switch kind {
      case 0: try await issuer.setDisabled(isOff, .user(email: world.user.email))
      case 1: try await issuer.setDisabled(isOff, .client(id: world.app.id))
      case 2: try await issuer.setDisabled(isOff, .tenant(name: world.tenant.name))
      case 3 where isOff: try await issuer.removeMember(email: world.user.email, tenant: world.tenant.name)
      case 3: try await issuer.addMember(email: world.user.email, tenant: world.tenant.name)
      default: try await issuer.setScope(Scope(isOff ? [] : ["full"]), ofClient: world.app.id)
      }
    }
    #expect(await world.refusal(tokens) == nil)
    try await set(true)
    #expect(await world.refusal(tokens) == .invalid)
    let error = await world.error { try await world.refresh(tokens, world.app) }
    #expect(error?.code == .accessDenied && error?.status == 400, "it can come back, so it is not told to have ended")
    #expect(await world.error { try await world.redeem(code, world.app) }?.code == .accessDenied)
    if kind != 0 { #expect(try await issuer.approvals(of: session).allSatisfy { $0.suspension != nil }) }
    try await set(false)
    #expect(await world.refusal(tokens) == nil)
    #expect(await world.error { try await world.refresh(tokens, world.app) } == nil)
    #expect(await world.error { try await world.redeem(code, world.app) } == nil)
  }

  @Test("P25: a store that is down is 503 with a time to wait, never the client's fault, and harms nothing")
  func storeDown() async throws {
    let store = BreakableDatabase(try SQLite.inMemory())
    let world = try await IssuerWorld(database: store)
    let tokens = try await world.tokens(world.app)
    let code = try await world.approve(world.app)
    let stranger = PresentedClient(clientID: "nobody", secrets: [])
    let refresh = TokenRequest(.refreshToken(try #require(tokens.refreshToken), scope: nil, notAfter: nil))
    store.setDown(true)
    for error in [
      await world.error { try await world.refresh(tokens, world.app) },
      await world.error { try await world.redeem(code, world.app) },
      await world.error { try await world.issuer.token(refresh, client: stranger) },
      await world.error {
        try await world.issuer.revoke(RevocationRequest(token: tokens.accessToken), client: world.app.presented)
      },
    ] {
      #expect(error?.code == .temporarilyUnavailable)
      #expect(error?.status == 503)
      #expect(error?.retryAfter == 5)
    }
    #expect(await world.refusal(tokens) == .unavailable(retryAfter: 5))
    store.setDown(false)
    #expect(await world.refusal(tokens) == nil)
    #expect(await world.error { try await world.refresh(tokens, world.app) } == nil)
    #expect(await world.error { try await world.redeem(code, world.app) } == nil)
  }

  @Test("P26: secrets have 256 bits, a prefix and a checksum, and none of them is in the database")
  func secretsAreNotStored() async throws {
    let folder = try TemporaryFolder()
    let world = try await IssuerWorld(database: SQLite(path: folder.file("issuer.sqlite")))
    let cookie = try await world.issuer.signIn(
      email: world.user.email, password: IssuerWorld.password, address: "192.0.2.1")
    let session = try #require(try await world.issuer.session(cookie))
    let code = try await world.approve(world.app, session: session)
    let tokens = try await world.redeem(code, world.app)
    let next = try await world.refresh(tokens, world.app)
    let secret = try #require(world.app.secret)
    #expect(Credential.clientSecret.bytes(of: secret.exposed)?.count == 32)
    #expect(Credential.session.bytes(of: cookie.exposed)?.count == 32)
    #expect(Credential.authorizationCode.bytes(of: code.exposed)?.count == 32)
    for text in [tokens.accessToken, try #require(tokens.refreshToken)] {
      #expect(UnverifiedToken(text) != nil)
      let wrong = String(text.exposed.dropLast()) + (text.exposed.hasSuffix("x") ? "y" : "x")
      #expect(UnverifiedToken(Secret(wrong)) == nil)
    }
    let stored = try folder.bytes
    let secrets =
      [IssuerWorld.password, secret, cookie, code, tokens.accessToken, next.accessToken, session.csrf]
      + [tokens.refreshToken, next.refreshToken].compactMap(\.self)
    for secret in secrets {
      #expect(!stored.contains(secret.exposed.utf8), "\(secret.exposed.prefix(4))")
      for kind in Credential.allCases {
        guard let bytes = kind.bytes(of: secret.exposed) else { continue }
        #expect(!stored.contains(bytes), "\(kind)")
        #expect(!stored.contains(bytes.hex.utf8), "\(kind)")
      }
    }
    for token in [tokens, next].flatMap({ [$0.accessToken, $0.refreshToken].compactMap(\.self) }) {
      #expect(!stored.contains(token.fingerprint), "a hash of a token")
    }
  }

  @Test("P26: a password's hash is slow, salted and sealed, and few are worked on at once")
  func passwordsAreSealed() async throws {
    let world = try await IssuerWorld()
    let hasher = PasswordHasher(
      ring: world.ring, random: .seeded(3), cost: PasswordCost(rounds: 1 << 12, blockSize: 8, parallelism: 1))
    let place = NetworkPlace("192.0.2.1")
    let digest = try await hasher.digest(IssuerWorld.password, from: place)
    #expect(try await hasher.digest(IssuerWorld.password, from: place) != digest)
    let sealed = try hasher.seal(digest, of: "a@b.example")
    #expect(try hasher.seal(digest, of: "a@b.example") != sealed)
    #expect(!sealed.contains("$".utf8) || !String(decoding: sealed, as: UTF8.self).contains("$8$1$"))
    #expect(try await hasher.matches(IssuerWorld.password, sealed, of: "a@b.example", from: place))
    #expect(try await !hasher.matches(Secret("wrong horse"), sealed, of: "a@b.example", from: place))
    await #expect(throws: KeyRing.Failure.self) {
      try await hasher.matches(IssuerWorld.password, sealed, of: "c@d.example", from: place)
    }
    // Nobody's work ends before all but those that can wait are refused.
    let hold = Hold(), many = 4 * PasswordHasher.mostWaitingFromOne
    let held = PasswordHasher(
      ring: world.ring, random: .seeded(4), cost: .standard, derive: { _, _, _ in hold.wait() })
    let busy = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<many { group.addTask { (try? await held.digest(IssuerWorld.password, from: place)) == nil } }
      var busy = 0
      for _ in 0..<(many - PasswordHasher.workers - PasswordHasher.mostWaitingFromOne) {
        busy += await group.next() == true ? 1 : 0
      }
      #expect(hold.waiting <= PasswordHasher.workers)
      hold.open()
      return await group.reduce(busy) { $0 + ($1 ? 1 : 0) }
    }
    #expect(busy == many - PasswordHasher.workers - PasswordHasher.mostWaitingFromOne)
    #expect(PasswordCost.standard == PasswordCost(rounds: 32_768, blockSize: 8, parallelism: 1))
  }
}
