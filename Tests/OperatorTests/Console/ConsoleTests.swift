import KeeperKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// What the console stands on: who is let in, what it shows, and pausing.
struct ConsoleTests {
  @Test("a link lets in once, within ten minutes, and the session that it begins lasts twelve hours")
  func passes() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper()
    let link = try await keeper.desk.issueConsoleLink()
    #expect(try await keeper.desk.isConsoleLink(link))
    #expect(try await !keeper.desk.isInConsole(link), "a link is no session")
    let session = try #require(try await keeper.desk.enterConsole(link))
    #expect(try await keeper.desk.enterConsole(link) == nil)
    #expect(try await !keeper.desk.isConsoleLink(link))
    #expect(try await !keeper.desk.isConsoleLink(session))
    #expect(try await keeper.desk.enterConsole(session) == nil, "a session is no link")
    #expect(try await world.keeper("p2").desk.isInConsole(session), "another process knows it")

    world.time.advance(by: .hours(12) - .seconds(1))
    #expect(try await keeper.desk.isInConsole(session))
    world.time.advance(by: .seconds(1))
    #expect(try await !keeper.desk.isInConsole(session))

    let late = try await keeper.desk.issueConsoleLink()
    world.time.advance(by: .minutes(10))
    #expect(try await keeper.desk.enterConsole(late) == nil)
    let stored = try await world.database.read { try $0.rows("SELECT hash FROM console_passes") }
    #expect(try stored.allSatisfy { try ($0["hash"] as [UInt8]) != Array(late.exposed.utf8) })
  }

  @Test("who signs out is out, and nobody else is")
  func leaving() async throws {
    let keeper = try await KeeperWorld().keeper()
    let first = try #require(try await keeper.desk.enterConsole(try await keeper.desk.issueConsoleLink()))
    let second = try #require(try await keeper.desk.enterConsole(try await keeper.desk.issueConsoleLink()))
    try await keeper.desk.leaveConsole(first)
    #expect(try await !keeper.desk.isInConsole(first))
    #expect(try await keeper.desk.isInConsole(second))
  }

  @Test("a paused connection lets no call through, in any process, and its grant is kept alive until it is resumed")
  func pausing() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper("p1", clock: world.time.clock), other = world.keeper("p2")
    try await other.start()
    try await world.running(keeper) {
      #expect(keeper.route(to: "shop") != nil)
      try await other.desk.pause("shop")
      try await other.desk.pause("shop")
      world.time.advance(by: .seconds(2))
      await world.until { keeper.route(to: "shop") == nil }
      #expect(keeper.route(to: "shop") == nil && other.route(to: "shop") == nil)
      guard case .paused(let sentence) = keeper.absence(of: "shop") else {
        Issue.record("a paused connection is not told apart from none, nor from one that heals by itself")
        return
      }
      #expect(sentence.contains("evergrant resume shop"))
      let status = try await keeper.desk.status("shop")
      #expect(status.pausedAt != nil && !status.isServed && status.state == .paused)
      #expect(!status.isWell && status.mustAct && status.nextStep?.contains("evergrant resume shop") == true)
      await world.pass(hours: 48, over: keeper)
      #expect(world.provider.presented.count >= 2, "refreshed all the same")
      try await other.desk.resume("shop")
      world.time.advance(by: .seconds(2))
      await world.until { keeper.route(to: "shop") != nil }
      #expect(keeper.route(to: "shop") != nil)
    }
    let kinds = try await world.database.read {
      try $0.rows("SELECT kind FROM events WHERE kind IN ('paused', 'resumed') ORDER BY id").map {
        try $0["kind"] as String
      }
    }
    #expect(kinds == ["paused", "resumed"])
    await #expect(throws: KeeperError.noSuchConnection("none")) { try await keeper.desk.pause("none") }
  }

  @Test("a reading of before a pause does not undo it, whoever comes with it")
  func pausedAgainstOlderReading() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    try await keeper.start()
    let older = try await keeper.store.loadConnection("shop")
    try await keeper.desk.pause("shop")
    keeper.snapshot.publish(older)
    #expect(keeper.route(to: "shop") == nil)
  }

  @Test("calls are counted by day, failures apart, for thirty days, and over several processes")
  func calls() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keepers = [world.keeper("p1"), world.keeper("p2")]
    for keeper in keepers { try await keeper.start() }
    _ = try await keepers[0].desk.addKey("nightly", connection: "shop", rules: [], handsOutTokens: true)
    func call(_ keeper: Keeper, _ status: Int) {
      keeper.record(
        CallRecord(
          key: "nightly", connection: "shop", method: "GET", path: "/", status: status, at: world.time.now,
          duration: .zero))
    }
    for keeper in keepers {
      try await world.running(keeper) {
        call(keeper, 200)
        call(keeper, 401)
        try await world.clock.sleep(.seconds(3))
      }
    }
    var shown = try #require(try await keepers[0].desk.consoleView().calls["shop"])
    #expect(shown.count == 30 && shown.last == CallDay(calls: 4, failures: 2))
    world.time.advance(by: .days(29))
    shown = try #require(try await keepers[0].desk.consoleView().calls["shop"])
    #expect(shown.first == CallDay(calls: 4, failures: 2) && shown.last == CallDay())
    world.time.advance(by: .days(1))
    #expect(try await keepers[0].desk.consoleView().calls["shop"] == nil)
  }

  @Test("what is going on comes before what is over")
  func alerts() async throws {
    let world = try await KeeperWorld()
    try await world.connect("shop")
    try await world.connect("other", token: "r9")
    let keeper = world.keeper()
    try await keeper.start()
    let book = keeper.desk.alerts()
    for name in ["shop", "other"] {
      _ = try await world.database.write {
        try $0.execute(
          "UPDATE connections SET state = 'needs_approval', reason = $2 WHERE name = $1", name,
          Loss.refused(words: "400"))
      }
    }
    try await book.look()
    _ = try await world.database.write { try $0.execute("UPDATE connections SET state = 'active' WHERE name = 'shop'") }
    world.time.advance(by: .minutes(5))
    try await book.look()
    let alerts = try await keeper.desk.consoleView().alerts
    #expect(alerts.map { $0.endedAt == nil } == [true, false])
    #expect(alerts.first?.title.contains("other") == true && alerts.first?.nextStep != nil)
    #expect(alerts.last?.title.contains("shop") == true && alerts.last?.nextStep == nil)
  }
}
