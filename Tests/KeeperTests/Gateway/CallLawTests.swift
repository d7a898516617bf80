import KeeperKit
import OAuth
import Operator
import Synchronization
import Testing

@testable import Keeper

/// K21 to K23: keys, and what a provider's rejection of a token leads to.
struct CallLawTests {
  private func withKeeper(_ world: KeeperWorld, _ body: (Keeper) async throws -> Void) async throws {
    let keeper = world.keeper(clock: world.time.clock)
    try await world.running(keeper) { try await body(keeper) }
  }

  private func replace(_ token: AccessToken, _ keeper: Keeper) async -> Result<AccessToken, TokenUnavailable> {
    await withCheckedContinuation { continuation in
      keeper.token(for: "shop", replacing: token) { continuation.resume(returning: $0) }
    }
  }

  @Test("K23: a rejected token that is younger than a minute is no reason to refresh")
  func youngToken() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await withKeeper(world) { keeper in
      let token = try #require(keeper.freshToken(for: "shop"))
      world.time.advance(by: .seconds(59))
      #expect(await replace(token, keeper) == .failure(.notStale))
      #expect(world.provider.requests.isEmpty)
    }
  }

  @Test("K23: a rejected token that is older leads to one refresh, which all who saw that generation share")
  func oneRefresh() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await withKeeper(world) { keeper in
      let token = try #require(keeper.freshToken(for: "shop"))
      world.time.advance(by: .seconds(61))
      let texts = await withTaskGroup(of: String?.self) { group in
        for _ in 0..<20 { group.addTask { await replace(token, keeper).text } }
        return await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(texts == ["a2"])
      #expect(world.provider.presented == ["r1"])
      #expect(await replace(token, keeper).text == "a2", "a late 401 for the old generation gets the newer token")
      #expect(world.provider.requests.count == 1)
    }
  }

  @Test("K23: a generation that is rejected again and again asks the provider no more than its pauses allow")
  func oncePerGeneration() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await withKeeper(world) { keeper in
      let token = try #require(keeper.freshToken(for: "shop"))
      world.time.advance(by: .seconds(61))
      world.provider.next(.notSent("down"))
      _ = await replace(token, keeper)
      for _ in 0..<5 { #expect(await replace(token, keeper).text == nil, "the rejected token is not given again") }
      #expect(world.provider.requests.count == 1)
      world.time.advance(by: .seconds(5))
      #expect(await replace(token, keeper).text == "a3", "a refresh that did not come about is made up for")
    }
  }

  @Test("K21: a key is stored hashed, allows what it names and nothing else, and dies when revoked, everywhere")
  func keys() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let rule = try #require(APIKey.Rule("PUT /crm/rest/v1/contacts"))
    let here = world.keeper("p1"), there = world.keeper("p2")
    let secret = try await here.desk.addKey("nightly", connection: "shop", rules: [rule], handsOutTokens: false)
    try await there.start()
    let key = try #require(there.key(presented: secret))
    #expect(
      key.allows(method: "PUT", path: "/crm/rest/v1/contacts")
        && key.allows(method: "PUT", path: "/crm/rest/v1/contacts/"))
    #expect(!key.allows(method: "GET", path: "/crm/rest/v1/contacts"))
    #expect(!key.allows(method: "PUT", path: "/crm/rest/v1/contacts/7"))
    #expect(there.key(presented: Secret("evk_nonsense")) == nil)
    try await here.desk.revokeKey("nightly")
    #expect(here.key(presented: secret) == nil)
    try await there.reload()
    #expect(there.key(presented: secret) == nil)
    let stored = try await world.database.read {
      try $0.rows("SELECT * FROM api_keys").map { try $0["hash"] as [UInt8] }
    }
    #expect(stored == [secret.fingerprint])
  }

  @Test("K21: a name of a key or a client is one line of what can be seen", arguments: ["", " ", "a\nb", "a\u{1B}[2J"])
  func keyNames(name: String) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.addKey(name, connection: "shop", rules: [], handsOutTokens: false)
    }
    #expect(try await keeper.desk.keys().isEmpty)
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.addClient(
        name, provider: "keap", baseURL: nil, clientID: "id", secret: nil, redirectURI: nil, replacing: false)
    }
  }

  @Test("K31: a job is told of its own key, and of no other, not even of the same connection")
  func ownKey() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    let rule = try #require(APIKey.Rule("GET /crm/**"))
    let secret = try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false)
    _ = try await keeper.desk.addKey("office", connection: "shop", rules: [rule], handsOutTokens: false)
    let key = try #require(keeper.key(presented: secret))
    #expect(try await keeper.desk.status(for: key).keys.map(\.name) == ["nightly"])
    #expect(try await keeper.desk.status("shop").keys.map(\.name) == ["nightly", "office"])
  }

  @Test("K21: a key's name is used once, and whoever wants it again is told what leads to other rights")
  func takenName() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    func add() async throws {
      _ = try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false)
    }
    try await add()
    let taken = KeeperError.keyNameTaken("nightly", isRevoked: false)
    await #expect(throws: taken) { try await add() }
    #expect("\(taken)".hasSuffix("evergrant key revoke nightly"))
    try await keeper.desk.revokeKey("nightly")
    await #expect(throws: KeeperError.keyNameTaken("nightly", isRevoked: true)) { try await add() }
  }

  @Test("K21: a key whose text cannot be kept is not made, and its name stays free")
  func keptFirst() async throws {
    struct Full: Error {}
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    await #expect(throws: Full.self) {
      try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false) { _ in
        throw Full()
      }
    }
    #expect(try await keeper.desk.keys().isEmpty)
    let kept = Mutex<Secret?>(nil)
    let made = try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false) { secret in
      kept.withLock { $0 = secret }
    }
    #expect(kept.withLock { $0 } == made)
    #expect(keeper.key(presented: made)?.name == "nightly")
  }

  @Test("K21: a key ends after a year unless told otherwise")
  func keyEnds() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    let secret = try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false)
    world.time.advance(by: .days(364))
    #expect(keeper.key(presented: secret) != nil)
    world.time.advance(by: .days(1))
    #expect(keeper.key(presented: secret) == nil)
  }

  @Test(
    "a rule names a method and a path, in which * is one segment and a last ** the rest",
    arguments: [
      ("GET /a/*", "GET", "/a/7", true), ("GET /a/*", "GET", "/a/7/b", false), ("GET /a/*", "GET", "/a", false),
      ("* /a/**", "DELETE", "/a/b/c", true), ("* /a/**", "DELETE", "/ab", false), ("* /**", "GET", "/", true),
      ("GET /a", "POST", "/a", false), ("GET /a", "GET", "/a/", true), ("GET /a", "GET", "/A", false),
      ("GET /a", "GET", "//a", false),
    ])
  func rules(_ rule: String, _ method: String, _ path: String, _ allowed: Bool) throws {
    #expect(try #require(APIKey.Rule(rule)).matches(method: method, path: path) == allowed)
  }

  @Test(
    "a rule that is not METHOD /path is no rule",
    arguments: ["", "GET", "GET a", "get /a", "GET /a?b", "GET /**/b", "GET /a b"])
  func badRules(_ text: String) { #expect(APIKey.Rule(text) == nil) }
}
