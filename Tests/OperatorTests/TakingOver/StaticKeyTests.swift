import KeeperKit
import OAuth
import Store
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// Keys that a person has made on the provider's own pages, in the place of a grant.
struct StaticKeyTests {
  private static let base = "http://127.0.0.1:9"

  /// An API that knows one key, and says whose it is.
  private struct API: Upstream {
    var key = "KeapAK-1"
    var presented: Secret
    var status = 200
    var person = #"{"email": "ann@acme.example", "tenant_id": "acme"}"#

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      guard presented.exposed == key else { return UpstreamResponse(status: 401, headers: [:], body: []) }
      return UpstreamResponse(status: status, headers: [:], body: Array(person.utf8))
    }
  }

  private static func keeper(
    _ world: KeeperWorld, known: String = "KeapAK-1", status: Int = 200, person: String? = nil
  ) -> Keeper {
    Keeper(
      database: world.database, ring: world.ring, providers: ProviderCatalogue([world.entry]), endpoint: world.provider,
      upstream: { _, token in
        var api = API(key: known, presented: token, status: status)
        if let person { api.person = person }
        return api
      }, journals: world.host.journals("p1"),
      witness: world.host.witness, clock: world.clock, random: .seeded(1), process: "p1", logger: .silent)
  }

  @Test("a key of the provider's own pages is a connection: named, served for years, refreshed never")
  func lives() async throws {
    let world = try await KeeperWorld()
    let keeper = Self.keeper(world)
    try await keeper.start()
    let (status, isAccepted) = try await keeper.desk.takeKey(
      Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    #expect(isAccepted == true)
    #expect(status.state == .ok && status.isServed && status.approver == "ann@acme.example")
    #expect(status.personNeededBy == nil && status.accessUntil == nil && status.nextRefreshAt == nil)
    world.time.advance(by: .days(5 * 365))
    let later = Self.keeper(world)
    try await later.start()
    #expect(try await later.token(for: "own").secret.exposed == "KeapAK-1")
    #expect(later.nextDue == nil)
    #expect(try await later.desk.status("own").state == .ok)
    let history = try await keeper.desk.history(of: "own").chapters.map(\.sentence).joined(separator: "\n")
    #expect(history.contains("A key made at") && !history.contains("KeapAK"))
  }

  @Test("a key that the API does not know is not stored, and neither is what cannot be a key")
  func refused() async throws {
    let world = try await KeeperWorld()
    let keeper = Self.keeper(world)
    for key in ["KeapAK-2", "KeapAK 1", "KeapAK-1\u{0}", "schlüssel"] {
      await #expect(throws: KeeperError.self) {
        try await keeper.desk.takeKey(Secret(key), as: "own", provider: "evergrant", baseURL: Self.base)
      }
    }
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.takeKey(Secret("KeapAK-1"), as: "own", provider: nil)
    }
    await #expect(throws: KeeperError.self) {
      try await Self.keeper(world, status: 500).desk.takeKey(
        Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    }
    #expect(try await keeper.desk.status() == [])
  }

  private static func call(
    _ status: Int, with token: AccessToken.Version, at moment: Timestamp, method: String = "GET",
    lasting duration: Duration = .zero
  ) -> CallRecord {
    CallRecord(
      key: "nightly", connection: "own", method: method, path: "/contacts", token: token, answer: status,
      status: status, at: moment, duration: duration)
  }

  @Test("when the API no longer takes the key, status says so and what to do, once, and a new key makes it good")
  func rejected() async throws {
    let world = try await KeeperWorld()
    _ = try await Self.keeper(world).desk.takeKey(
      Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    world.time.advance(by: .hours(1))
    let keeper = Self.keeper(world)
    try await world.running(keeper) {
      let token = try await keeper.token(for: "own")
      for _ in 0..<3 {
        keeper.record(Self.call(401, with: token.version, at: world.clock.now()))
        let answer = await withCheckedContinuation { continuation in
          keeper.token(for: "own", replacing: token) { continuation.resume(returning: $0) }
        }
        #expect(throws: TokenUnavailable.self, "the API's own answer is passed on") { try answer.get() }
      }
      #expect(try await keeper.token(for: "own") == token, "only the API knows whether that is for good")
      try await world.until { try await keeper.desk.status("own").state == .trouble }
    }
    let status = try await keeper.desk.status("own")
    #expect(status.state == .trouble && status.mustAct)
    #expect(status.nextStep?.contains("evergrant connect own --static-key -") == true)
    #expect(try await world.database.read { try $0.rows("SELECT id FROM events WHERE kind = 'refused'") }.count == 1)
    #expect(world.provider.presented == [])
    try await keeper.desk.alerts().look()
    #expect(try await keeper.desk.consoleView().alerts.map(\.nextStep).first??.contains("evergrant status") == true)

    let later = Self.keeper(world, known: "KeapAK-3")
    #expect(try await later.desk.takeKey(Secret("KeapAK-3"), as: "own", provider: nil).status.state == .ok)
    #expect(try await later.token(for: "own").secret.exposed == "KeapAK-3")
  }

  @Test(
    "a 401 counts when no call has succeeded for a minute after it, a success at once, and either for the token it met")
  func verdicts() async throws {
    // In a file, where a process is not told of its own writes.
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.path + "/data")
    let world = try await KeeperWorld(
      database: try await folder.database("keeper.sqlite", migrations: KeeperSchema.migrations))
    let keeper = Self.keeper(world)
    _ = try await keeper.desk.takeKey(Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    try await keeper.start()
    let token = try await keeper.token(for: "own").version
    var older = token
    older.generation -= 1
    func expect(
      _ state: ConnectionStatus.State, after call: Int, _ token: AccessToken.Version, _ wait: Duration
    ) async throws {
      keeper.record(Self.call(call, with: token, at: world.clock.now()))
      for pause in [.zero, wait] {
        world.time.advance(by: pause)
        try await keeper.beat()
      }
      let status = try await keeper.desk.status("own")
      #expect(status.state == state && status.isServed == (state == .ok), "\(wait) after \(call)")
    }
    try await expect(.ok, after: 401, token, .seconds(5))
    try await expect(.ok, after: 200, token, .seconds(70))
    try await expect(.ok, after: 401, older, .seconds(70))
    for _ in 0..<2 { try await expect(.ok, after: 401, token, .seconds(25)) }
    try await expect(.trouble, after: 401, token, .seconds(25))
    for call in [403, 503, 302] { try await expect(.trouble, after: call, token, .seconds(5)) }
    try await expect(.trouble, after: 200, older, .seconds(5))
    try await expect(.ok, after: 200, token, .zero)
    try await expect(.ok, after: 403, token, .seconds(70))
    let told = try await keeper.desk.history(of: "own").chapters.map(\.sentence).suffix(2)
    #expect(told.first?.contains("does not accept") == true && told.last == "The API takes its access token again.")
    #expect(try await keeper.desk.history(of: "own").chapters.count == 3)
  }

  @Test("what proves nothing of a key ends no minute of waiting, and what proves it does: by the order of the answers")
  func evidence() async throws {
    let world = try await KeeperWorld()
    let keeper = Self.keeper(world)
    _ = try await keeper.desk.takeKey(Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    try await keeper.start()
    let token = try await keeper.token(for: "own").version
    func hear(_ calls: CallRecord...) async throws {
      for call in calls { keeper.record(call) }
      try await keeper.beat()
    }
    func state(after wait: Duration) async throws -> ConnectionStatus.State {
      world.time.advance(by: wait)
      try await keeper.beat()
      return try await keeper.desk.status("own").state
    }
    var now: Timestamp { world.clock.now() }
    // A call that was sent long ago begins its minute when it is refused; whoever was asked last has the word.
    try await hear(Self.call(401, with: token, at: now - .seconds(65), lasting: .seconds(65)))
    #expect(try await state(after: .seconds(59)) == .ok)
    try await hear(Self.call(304, with: token, at: now))
    #expect(try await state(after: .seconds(70)) == .ok)
    try await hear(
      Self.call(401, with: token, at: now - .seconds(1)),
      Self.call(200, with: token, at: now - .seconds(5), lasting: .seconds(5)))
    #expect(try await state(after: .seconds(70)) == .ok)
    // An answer that asks nobody for a credential, or an older token's, says nothing.
    var older = token
    older.generation -= 1
    try await hear(Self.call(401, with: token, at: now), Self.call(401, with: older, at: now + .seconds(1)))
    try await hear(Self.call(204, with: token, at: now, method: "OPTIONS"), Self.call(200, with: older, at: now))
    world.time.advance(by: .seconds(30))
    try await hear(Self.call(200, with: older, at: now))
    #expect(try await state(after: .seconds(31)) == .trouble)
  }

  @Test("the last calls before a stop are counted")
  func lastCalls() async throws {
    let world = try await KeeperWorld()
    let keeper = Self.keeper(world)
    _ = try await keeper.desk.takeKey(Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    try await keeper.start()
    let token = try await keeper.token(for: "own").version
    keeper.close()
    keeper.record(Self.call(200, with: token, at: world.clock.now()))
    await keeper.run()
    let rows = try await world.database.read { try $0.rows("SELECT calls FROM key_days WHERE key = 'nightly'") }
    #expect(try rows.map { try $0["calls"] as Int64 } == [1])
  }

  @Test("a key in the place of another is the same person's, as far as the API tells, or is refused")
  func replaced() async throws {
    let world = try await KeeperWorld()
    _ = try await Self.keeper(world).desk.takeKey(
      Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    // An API that does not say whose key it is, and then one that names another.
    let silent = Self.keeper(world, known: "KeapAK-2", person: "{}")
    let status = try await silent.desk.takeKey(Secret("KeapAK-2"), as: "own", provider: nil, isSameTenant: true).status
    #expect(status.approver == "ann@acme.example")
    let other = Self.keeper(world, known: "KeapAK-3", person: #"{"email": "bob@acme.example", "tenant_id": "acme"}"#)
    await #expect {
      try await other.desk.takeKey(Secret("KeapAK-3"), as: "own", provider: nil)
    } throws: { error in
      "\(error)".contains("this key is that of bob@acme.example") && "\(error)".contains("--replace-tenant")
    }
    #expect(try await silent.token(for: "own").secret.exposed == "KeapAK-2")
    let replaced = try await other.desk.takeKey(Secret("KeapAK-3"), as: "own", provider: nil, replacingTenant: true)
      .status
    #expect(replaced.approver == "bob@acme.example")
    // Nobody is taken for Bob where another was said to take over, and nobody passes for him while the API cannot say.
    await #expect(throws: KeeperError.self) {
      try await Self.keeper(world, known: "KeapAK-4", person: "out of order").desk.takeKey(
        Secret("KeapAK-4"), as: "own", provider: nil)
    }
    let unknown = try await silent.desk.takeKey(Secret("KeapAK-2"), as: "own", provider: nil, replacingTenant: true)
      .status
    #expect(unknown.approver == nil)
  }

  @Test(
    "K33: a key of another account of the same person does not pass for the one before, nor does one that tells of none"
  )
  func otherTenant() async throws {
    let world = try await KeeperWorld()
    func take(_ key: String, of tenant: String?, isSameTenant: Bool = false) async throws {
      let told = tenant.map { #", "tenant_id": "\#($0)""# } ?? ""
      _ = try await Self.keeper(world, known: key, person: #"{"email": "ann@acme.example"\#(told)}"#).desk.takeKey(
        Secret(key), as: "own", provider: "evergrant", baseURL: Self.base, isSameTenant: isSameTenant)
    }
    try await take("KeapAK-1", of: "7")
    try await take("KeapAK-2", of: "7")
    for other in ["8", nil] {
      await #expect(throws: KeeperError.self) { try await take("KeapAK-3", of: other) }
    }
    #expect(try await Self.keeper(world).desk.status("own").tenant == "7")
    try await take("KeapAK-4", of: nil, isSameTenant: true)
    #expect(try await Self.keeper(world).desk.status("own").tenant == "7")
    await #expect(throws: KeeperError.self) { try await take("KeapAK-3", of: "8", isSameTenant: true) }
  }

  @Test("where nobody answers the question for keys, the one for approvals tells whose a key is")
  func olderUserinfo() async throws {
    struct Older: Upstream {
      func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let isKnown = request.target != "/crm/rest/v2/oauth/connect/userinfo"
        return UpstreamResponse(
          status: isKnown ? 200 : 404, body: Array((isKnown ? #"{"email": "ann@acme.example"}"# : "{}").utf8))
      }
    }
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Older())
    let status = try await keeper.desk.takeKey(
      Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base
    ).status
    #expect(status.approver == "ann@acme.example" && status.tenant == nil)
  }

  @Test("a name that holds a grant keeps it, and nobody approves for a name that holds a key")
  func apart() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = Self.keeper(world)
    try await keeper.start()
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.takeKey(Secret("KeapAK-1"), as: "shop", provider: nil)
    }
    _ = try await keeper.desk.takeKey(Secret("KeapAK-1"), as: "own", provider: "evergrant", baseURL: Self.base)
    await #expect(throws: KeeperError.self) { try await keeper.desk.clientFor(connection: "own", named: nil) }
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.clientFor(connection: "new", named: "evergrant-own-keys")
    }
    #expect(try await keeper.desk.disconnect("own").contains("delete it"))
    #expect(try await keeper.desk.status("own").nextStep?.contains("--static-key") == true)
  }
}
