import KeeperKit
import OAuth
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// What is done to one connection leaves every other as it is, column by column.
struct NeighbourTests {
  /// What stands in the store of a connection, as text.
  private func stored(_ world: KeeperWorld, of name: String) async throws -> [String] {
    try await world.database.read { db in
      var found: [String] = []
      for (table, key) in [("connections", "name"), ("offers", "connection"), ("events", "connection")] {
        let columns = try db.rows("SELECT name FROM pragma_table_info('\(table)')").map { try $0["name"] as String }
        let text = columns.map { "'\($0)=' || quote(\($0))" }.joined(separator: " || ' ' || ")
        found += try db.rows("SELECT \(text) AS text FROM \(table) WHERE \(key) = $1", name).map { try $0["text"] }
      }
      return found
    }
  }

  private func answer(_ access: String, _ refresh: String?) -> TokenResponse {
    TokenResponse(accessToken: Secret(access), expiresIn: 86_400, refreshToken: refresh.map { Secret($0) })
  }

  /// Two connections of two clients, both with all that a row can hold: a spare, a doubt, a lease, a pause, an offer.
  private func world() async throws -> KeeperWorld {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect("other", token: "o1", client: "second")
    try await world.connect("shop")
    for name in ["other", "shop"] {
      let late = try #require(try await world.claimed(name, by: "p1"))
      world.time.advance(by: .seconds(200))
      _ = await world.refresher("p2").refresh(name, Flights.Request(seen: 1, forced: true))
      _ = try await world.store("p1").land(
        answer("x", "spare-\(name)"), of: late, sentAt: world.time.now, clockSkew: .zero)
      world.time.advance(by: .minutes(10))
    }
    _ = try #require(try await world.claimed("other", by: "p1"))
    try await world.database.write { db in
      try db.execute(
        "UPDATE connections SET retry_at = 5, retry_from = 4, trouble = $1, failures = 7", Trouble.throttled)
      for name in ["other", "shop"] {
        try db.execute(
          """
          INSERT INTO offers (connection, fingerprint, epoch, generation, access_token, access_from, access_until,
            refresh_token, refresh_generation, refresh_until, process, at)
          VALUES ($1, $2, (SELECT epoch FROM connections WHERE name = $1), 90, x'00', 1, 2, x'01', 90, 3, 'p9', 4)
          """, name, Secret(name).fingerprint)
      }
    }
    return world
  }

  enum Act: CaseIterable {
    case claimed, landed, refused, superseded, putBack, doubted, adopted, forgotten, paused, judged, spareKept
  }

  @Test("K3: an act on one connection changes nothing of another", arguments: Act.allCases)
  func alone(_ act: Act) async throws {
    let world = try await world(), store = world.store("p2")
    let before = try await stored(world, of: "other")
    #expect(before.count > 3)
    if act != .adopted, act != .forgotten, act != .paused, act != .judged {
      let claim = try #require(try await world.claimed("shop", by: "p2"))
      switch act {
      case .landed:
        _ = try await store.land(answer("a9", "r9"), of: claim, sentAt: world.time.now, clockSkew: .hours(1))
      case .refused:
        for _ in 0..<2 { _ = try await store.refuse(claim, words: "no", ambiguous: false) }
      case .superseded:
        try await world.connect("shop", token: "anew")
        _ = try await store.refuse(claim, words: "no", ambiguous: false)
        _ = try await store.land(answer("a9", "r9"), of: claim, sentAt: world.time.now, clockSkew: .zero)
      case .putBack:
        _ = try await store.putBack(claim, .unreachable(because: "no route"), after: .hours(1), clockSkew: .seconds(9))
      case .doubted: _ = try await store.doubt(claim, because: "cut")
      case .spareKept:
        _ = try await store.land(answer("a9", "r9"), of: claim, sentAt: world.time.now, clockSkew: .zero)
        _ = try await store.land(answer("b9", "s9"), of: claim, sentAt: world.time.now, clockSkew: .zero)
      default: break
      }
    } else {
      switch act {
      case .adopted: try await world.connect("shop", token: "anew")
      case .forgotten: _ = try await store.forget("shop")
      case .paused:
        try await world.keeper("p2").desk.pause("shop")
        try await world.keeper("p2").desk.resume("shop")
      case .judged:
        try await world.database.write { db in
          try db.execute("UPDATE connections SET refresh_token = NULL, trouble = NULL WHERE name = 'shop'")
        }
        let row = try await world.row("shop")
        let call = CallRecord(
          key: "k", connection: "shop", method: "GET", path: "/",
          token: .init(epoch: row.epoch, generation: row.generation),
          answer: 401, status: 401, at: world.time.now, duration: .zero)
        try await store.note(try #require(KeyUsage.Verdict(call)))
        #expect(try await world.row("shop").trouble != nil)
      default: break
      }
    }
    #expect(try await stored(world, of: "other") == before)
  }

  @Test(
    "K28: what is decided for one connection that is set apart leaves another set apart, with its offers",
    arguments: [true, false])
  func lifted(offered: Bool) async throws {
    let world = try await world(), store = world.store("p2")
    _ = try await store.quarantineRotating(.restored(backup: "old"))
    let before = try await stored(world, of: "other")
    let (row, offer, _) = try await store.quarantined("shop")
    _ = try await store.lift("shop", adopting: offered ? offer : nil, by: .trusted, expecting: row)
    #expect(try await stored(world, of: "other") == before)
    let after = try await world.row("shop")
    #expect(after.quarantine == nil && (after.generation == 90) == offered)
  }
}
