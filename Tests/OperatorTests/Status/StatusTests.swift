import Foundation
import KeeperKit
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// What an operator is told of a connection: what happened, what to do, and when a person will be needed.
struct StatusTests {
  @Test("K18: the forecast counts from when the last refresh was sent, and stands on every status")
  func forecast() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    let window = Duration.days(world.entry.refreshWindowDays)
    #expect(try await keeper.desk.status("shop").personNeededBy == (world.time.now + window).milliseconds)

    world.time.advance(by: .hours(20))
    let sentAt = world.time.now
    world.provider.next { [time = world.time] _ in
      time.advance(by: .seconds(40))
      return .tokens(access: "a2", refresh: "r2")
    }
    _ = await world.refresher().refresh("shop", .due())
    let promised = (sentAt + window).milliseconds
    #expect(try await keeper.desk.status("shop").personNeededBy == promised)
    world.time.advance(by: .days(30))
    #expect(try await keeper.desk.status("shop").personNeededBy == promised, "time that passes puts nothing off")

    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due(2))
    let refusedAt = world.time.now.milliseconds
    #expect(try await keeper.desk.status("shop").personNeededBy == refusedAt, "needed already")
    world.time.advance(by: .hours(3))
    #expect(try await keeper.desk.status("shop").personNeededBy == refusedAt, "and since then")
  }

  @Test("K18: a person who is needed within 14 days is told of, and 15 days before nobody is")
  func notice() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    let date = try #require(try await world.row().refresh?.until)
    world.time.advance(by: date - world.time.now - .days(15))
    #expect(try await keeper.desk.status("shop").trouble?.contains(date.readable) == false)
    world.time.advance(by: .days(1))
    let near = try await keeper.desk.status("shop")
    #expect(near.mustAct && near.trouble?.contains(date.readable) == true, "\(near)")
    #expect(near.trouble?.contains("in 14 days") == true)
  }

  @Test("K18: a short refresh window is no warning while refreshes keep putting the date off")
  func shortWindow() async throws {
    let world = try await KeeperWorld { $0.refreshWindowDays = 7 }
    try await world.connect()
    let status = try await world.keeper().desk.status("shop")
    #expect(status.state == .ok && !status.mustAct && status.trouble == nil)
    #expect(status.personNeededBy == (world.time.now + .days(7)).milliseconds)
  }

  @Test("a connection whose provider has no entry any more says so, and the others work")
  func unknownProvider() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.connect("office", client: "other")
    try await world.database.write { try $0.execute("UPDATE clients SET provider = 'gone' WHERE name = 'other'") }
    try await world.store().quarantineRotating(.restored(backup: "old"))
    try await world.database.write { try $0.execute("UPDATE connections SET quarantine = NULL, quarantined_at = NULL") }
    let keeper = world.keeper()
    try await keeper.reload()
    #expect(try await keeper.desk.status("shop").state == .ok)
    #expect(keeper.freshToken(for: "shop") != nil && keeper.snapshot["office"]?.dueAt == nil)

    let status = try await keeper.desk.status("office")
    #expect(status.mustAct && status.trouble?.contains("no entry for the provider gone") == true, "\(status)")
    #expect(status.nextStep?.contains("gone.yaml") == true)
    _ = await world.refresher().refresh("office", .due())
    #expect(world.provider.requests.isEmpty, "there is nowhere to send it")
    await #expect(throws: KeeperError.self) {
      try await keeper.desk.beginConnecting("office", client: "other", redirectURI: nil)
    }
    #expect(keeper.route(to: "office") == nil)
    guard case .temporarily(let words, _) = keeper.absence(of: "office") else {
      throw StoreError.unreadable("the connection is denied")
    }
    #expect(words.contains("no entry for the provider gone") && !status.isServed)
    let troubles = try await world.database.read { [book = keeper.desk.alerts()] in try book.troubles($0) }
    #expect(troubles.contains { $0.subject == "other" && $0.nextStep.contains("gone.yaml") }, "\(troubles)")
    #expect(try await keeper.desk.disconnect("office").contains("could not be told"))
  }

  @Test("K18: without a refresh token the access token's end is the date")
  func noRefreshToken() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.database.write {
      try $0.execute("UPDATE connections SET refresh_token = NULL, access_until = access_from + 30 * 86400000")
    }
    let keeper = world.keeper()
    let early = try await keeper.desk.status("shop")
    #expect(early.state == .ok && early.personNeededBy == early.accessUntil)
    world.time.advance(by: .days(20))
    let late = try await keeper.desk.status("shop")
    #expect(late.mustAct && late.nextStep?.contains("evergrant reconnect shop") == true)
  }

  @Test(
    "K14: a refusal of the newest token with nothing in doubt blames another program or a revocation, not a lost answer"
  )
  func refusedOutright() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    let status = try await world.keeper().desk.status("shop")
    #expect(status.state == .needsApproval && status.mustAct)
    #expect(status.trouble?.contains("another program holds this grant") == true)
    #expect(status.trouble?.contains("answer lost") == false)
    #expect(status.nextStep?.contains("stop it first") == true)
    #expect(status.nextStep?.contains("evergrant reconnect shop") == true)
  }

  @Test("K14: a refusal after a lost answer names that answer, and blames no other program")
  func refusedAfterLoss() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let lostAt = world.time.now
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .seconds(200))
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    let status = try await world.keeper().desk.status("shop")
    #expect(status.trouble?.contains("answer lost at \(lostAt.readable)") == true, "\(status.trouble ?? "")")
    #expect(status.trouble?.contains("another program") == false)
    #expect(status.nextStep == "Approve again: evergrant reconnect shop")
  }

  @Test(
    "K15: after needs approval not one request is sent, one event tells of it, and status has the reason and the remedy"
  )
  func needsApproval() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    for forced in [false, true, true] {
      world.time.advance(by: .hours(9))
      _ = await world.refresher().refresh("shop", Flights.Request(seen: 1, forced: forced))
      let keeper = world.keeper()
      try await keeper.start()
      try await flying(keeper) {
        guard case .notRefreshed(let status, _) = try await keeper.desk.refresh("shop", forced: forced) else {
          throw KeeperError.refused("refreshed after a refusal")
        }
        #expect(status.state == .needsApproval)
      }
    }
    #expect(world.provider.requests.count == 1)
    #expect(try await world.events().filter { $0.kind == "refused" }.count == 1)
    let status = try await world.keeper().desk.status("shop")
    #expect(status.trouble?.contains("400 invalid_grant") == true)
    #expect(status.nextStep?.contains("evergrant reconnect shop") == true)
  }

  @Test("each situation has a sentence for what happened and one for what to do")
  func situations() async throws {
    func told(
      tolerant: Bool = true, _ happened: String, _ next: String, mustAct: Bool, served: Bool = true,
      state: ConnectionStatus.State = .trouble, _ cause: (KeeperWorld) async throws -> Void
    ) async throws {
      let world = try await KeeperWorld(tolerant: tolerant)
      try await world.connect()
      try await cause(world)
      let status = try await world.keeper().desk.status("shop")
      #expect(status.trouble?.contains(happened) == true, "\(status.trouble ?? "nothing")")
      #expect(status.nextStep?.contains(next) == true, "\(status.nextStep ?? "nothing")")
      #expect(status.state == state, "\(status)")
      #expect(status.mustAct == mustAct && status.isServed == served, "\(status)")
      #expect(status.isWell == (state == .disconnected))
    }
    func refresh(_ world: KeeperWorld, _ answer: TokenEndpointAnswer) async {
      world.provider.next(answer)
      _ = await world.refresher().refresh("shop", .due())
    }
    try await told("cannot be reached", "tried again at", mustAct: false) {
      world in
      world.time.advance(by: .hours(20))
      await refresh(world, .notSent("no such host"))
      // Longer than a pause of zero would be.
      try await world.database.write { try $0.execute("UPDATE connections SET retry_at = retry_at + 60000") }
    }
    try await told("cannot be reached", "Calls fail until", mustAct: false, served: false) { world in
      world.time.advance(by: .hours(25))
      await refresh(world, .notSent("no such host"))
    }
    try await told("was lost", "takes the same token again", mustAct: false) { world in
      await refresh(world, .noAnswer("cut"))
    }
    try await told(tolerant: false, "was lost", "the access token is used up first", mustAct: false) { world in
      await refresh(world, .noAnswer("cut"))
    }
    try await told("has ended", "takes the same token again", mustAct: false) { world in
      _ = try await world.claim("other")
      world.time.advance(by: .minutes(4))
    }
    try await told("does not accept the client", "evergrant client add app --replace", mustAct: true) { world in
      await refresh(world, .body(401, #"{"error":"invalid_client"}"#))
    }
    try await told("do not open", "key file", mustAct: true, served: false) { world in
      _ = try await world.database.write { try $0.execute("UPDATE connections SET access_token = refresh_token") }
    }
    try await told("do not open", "key file", mustAct: true) { world in
      _ = try await world.database.write { try $0.execute("UPDATE connections SET refresh_token = access_token") }
    }
    try await told("nobody has tried", "evergrant serve", mustAct: true) { world in world.time.advance(by: .hours(21)) }
    try await told("behind that of", "time service", mustAct: true) { world in
      await refresh(
        world,
        .body(200, #"{"access_token":"a2","refresh_token":"r2"}"#, date: "Mon, 23 Nov 2026 18:00:00 GMT"))
    }
    try await told("an old disk", "evergrant check shop", mustAct: true, state: .quarantined) { world in
      try await world.store().quarantineRotating(.told("an old disk"))
    }
    try await told(
      "disconnected", "evergrant reconnect shop", mustAct: false, served: false, state: .disconnected
    ) { world in
      _ = try await world.store().forget("shop")
    }
  }

  @Test("K19: who waits for a turn while the endpoint is down is told so, and nobody has to act")
  func waitingForItsTurn() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.connect("office", token: "o1")
    world.time.advance(by: .hours(21))
    #expect(try await world.keeper().desk.status("office").mustAct, "nobody has tried")
    world.provider.next(.notSent("connection refused"))
    _ = await world.refresher().refresh("shop", .due())
    let status = try await world.keeper().desk.status("office")
    #expect(!status.mustAct && status.trouble?.contains("cannot be reached") == true, "\(status)")
    #expect(status.trouble?.contains("as shop shows") == true)
    world.time.advance(by: .hours(1))
    #expect(try await world.keeper().desk.status("office").mustAct, "that was too long ago")
  }

  @Test("a refresh that is under way is no trouble")
  func underWay() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    _ = try await world.claim("other")
    #expect(try await world.keeper().desk.status("shop").state == .ok)
  }

  @Test("K18: a server is missed as long as there is a grant to keep alive, or a key that a job could call with")
  func serving() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper()
    #expect(try await !keeper.desk.needsServer())
    try await world.connect()
    #expect(try await keeper.desk.needsServer(), "the grant ends where nobody refreshes it")
    _ = try await keeper.desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: false)
    world.provider.next(.body(200, ""))
    _ = try await keeper.desk.disconnect("shop")
    #expect(try await keeper.desk.needsServer(), "a job is told by a server that its connection is gone")
    try await keeper.desk.revokeKey("nightly")
    #expect(try await !keeper.desk.needsServer(), "nothing is left to do")
  }

  @Test("status reads all connections at one moment, however many there are, and shows no token")
  func many() async throws {
    let counted = Mutex(0)
    let database = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: database)
    for number in 1...50 {
      try await world.connect("shop\(number)", token: "refresh-\(number)", access: "access-\(number)")
    }
    let keeper = world.keeper()
    _ = try await keeper.desk.addKey("nightly", connection: "shop7", rules: [], handsOutTokens: false)
    database.breaks = {
      counted.withLock { $0 += 1 }
      return false
    }
    let all = try await keeper.desk.status()
    #expect(counted.withLock { $0 } == 1)
    #expect(all.count == 50 && all.allSatisfy { $0.state == .ok })
    #expect(all.first { $0.name == "shop7" }?.keys.map(\.name) == ["nightly"])
    let text = String(decoding: try JSONEncoder().encode(all), as: UTF8.self)
    #expect(!text.contains("refresh-") && !text.contains("access-") && text.contains(#""served":true"#))
  }
}

/// Flies a keeper's flights, and nothing else, for as long as `body` takes.
func flying(_ keeper: Keeper, _ body: () async throws -> Void) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await keeper.fly() }
    defer { keeper.close() }
    try await body()
  }
}

extension KeeperWorld {
  /// All events, oldest first.
  func events() async throws -> [AuditEntry] {
    try await database.read { try $0.rows("SELECT * FROM events ORDER BY id").map(AuditEntry.init) }
  }
}
