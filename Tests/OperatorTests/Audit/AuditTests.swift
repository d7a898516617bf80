import KeeperKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// The chain of events, and who may have changed it.
struct AuditTests {
  /// A world with an approval and three refreshes.
  private func lived() async throws -> (KeeperWorld, Keeper) {
    let world = try await KeeperWorld()
    try await world.connect()
    for generation in 1...3 { _ = await world.refresher("p\(generation)").refresh("shop", .due(Int64(generation))) }
    return (world, world.keeper())
  }

  @Test("K25: the chain of events holds across processes, and names its head")
  func holds() async throws {
    let (world, keeper) = try await lived()
    let report = try await keeper.desk.verifyEvents()
    #expect(report.events == 4 && report.earlier == 0 && report.broken == nil)
    #expect(report.head == (try await world.events().last?.link))
    #expect(Set(try await world.events().compactMap(\.link)).count == 4)
  }

  /// What is done to the database, at which event that shows, and in what words.
  private static let attacks: [(String, Int64?, String)] = [
    ("UPDATE events SET detail = 'refreshed, generation 9' WHERE id = 2", 2, "not what was written"),
    ("UPDATE events SET at = at + 1 WHERE id = 2", 2, "not what was written"),
    ("UPDATE events SET kind = 'putOff' WHERE id = 3", 3, "not what was written"),
    ("UPDATE events SET connection = 'shop2' WHERE id = 4", 4, "not what was written"),
    ("UPDATE events SET link = NULL WHERE id = 3", 3, "no link"),
    ("UPDATE events SET link = (SELECT link FROM events WHERE id = 1) WHERE id = 3", 3, "not what was written"),
    ("DELETE FROM events WHERE id = 2", 3, "is gone: one event"),
    ("DELETE FROM events WHERE id = 1", 2, "not what was written"),
    ("DELETE FROM events WHERE id = 4", nil, "the last event is gone"),
    ("DELETE FROM events", nil, "the last 4 events are gone"),
    (
      "INSERT INTO events (at, connection, kind, detail, link) SELECT at, connection, kind, detail, link FROM events "
        + "WHERE id = 4", 5, "not what was written"
    ),
    ("INSERT INTO events (at, connection, kind, detail) VALUES (1, 'shop', 'refreshed', 'x')", 5, "no link"),
    ("UPDATE store_state SET event_head = NULL", nil, "not the one that the store has noted"),
  ]

  @Test(
    "K25: an event that is edited, taken out, put in, moved or cut off breaks the chain at its place",
    arguments: attacks)
  func breaks(_ attack: String, _ place: Int64?, _ meaning: String) async throws {
    let (world, keeper) = try await lived()
    try await world.database.write { try $0.execute(attack) }
    let broken = try #require(try await keeper.desk.verifyEvents().broken)
    #expect(broken.event?.id == place)
    #expect(broken.meaning.contains(meaning), "\(broken.meaning)")
  }

  @Test(
    "K25: a chain that was computed anew as a whole is told by a head that was noted elsewhere, and by nothing else")
  func rewritten() async throws {
    let (world, keeper) = try await lived()
    let noted = try #require(try await keeper.desk.verifyEvents().head)
    _ = await world.refresher().refresh("shop", .due(4))
    let later = try await keeper.desk.verifyEvents(expecting: noted.uppercased())
    #expect(later.expected == 4 && later.events == 5 && later.broken == nil)

    try await world.database.write { db in
      try db.execute("UPDATE events SET detail = 'nothing happened' WHERE id = 2")
      var head: [UInt8]?
      for (index, row) in try db.rows("SELECT * FROM events ORDER BY id").enumerated() {
        let link = ChainedEvent(
          number: Int64(index + 1), at: try row["at"], connection: try row["connection"], kind: try row["kind"],
          detail: try row["detail"]
        ).link(after: head)
        try db.execute("UPDATE events SET link = $1 WHERE id = $2", link, try row["id"] as Int64)
        head = link
      }
      try db.execute("UPDATE store_state SET event_head = $1", head)
    }
    #expect(try await keeper.desk.verifyEvents().broken == nil)
    let found = try await keeper.desk.verifyEvents(expecting: noted)
    #expect(found.expected == nil)
  }

  @Test("events from before there was a chain are counted and not vouched for")
  func earlier() async throws {
    let world = try await KeeperWorld()
    try await world.database.write {
      try $0.execute("INSERT INTO events (at, connection, kind, detail) VALUES (1, 'shop', 'refreshed', 'x')")
    }
    try await world.connect()
    let report = try await world.keeper().desk.verifyEvents()
    #expect(report.earlier == 1 && report.events == 1 && report.broken == nil)
  }

  @Test("an act that fails leaves no event and no gap")
  func undone() async throws {
    let (world, keeper) = try await lived()
    let store = world.store()
    await #expect(throws: KeeperError.self) {
      try await world.database.write { db in
        try store.event(.refreshed, "shop", "not so", db)
        throw KeeperError.refused("undone")
      }
    }
    _ = await world.refresher().refresh("shop", .due(4))
    let report = try await keeper.desk.verifyEvents()
    #expect(report.events == 5 && report.broken == nil)
  }

  @Test("events are listed by connection and time, and more than a page of them")
  func listing() async throws {
    let (world, keeper) = try await lived()
    let store = world.store()
    world.time.advance(by: .days(1))
    let since = world.time.now
    try await world.database.write { db in
      for number in 1...2500 {
        try store.event(.refreshed, number.isMultiple(of: 2) ? "shop" : "other", "\(number)", db)
      }
    }
    var all: [AuditEntry] = [], shops = 0
    try await keeper.desk.events(since: since) { all.append($0) }
    try await keeper.desk.events(of: "shop") { _ in shops += 1 }
    #expect(all.map(\.detail) == (1...2500).map(String.init))
    #expect(shops == 4 + 1250)
    #expect(try await keeper.desk.verifyEvents().events == 2504)
  }

  @Test("two events that differ only in where one text ends and the next begins have different links")
  func boundaries() {
    func link(_ connection: String, _ kind: String, _ detail: String) -> [UInt8] {
      ChainedEvent(number: 1, at: Timestamp(seconds: 0), connection: connection, kind: kind, detail: detail)
        .link(after: nil)
    }
    #expect(link("ab", "c", "d") != link("a", "bc", "d"))
    #expect(link("a", "b", "cd") != link("a", "bc", "d"))
  }
}
