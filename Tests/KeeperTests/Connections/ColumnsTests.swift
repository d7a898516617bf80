import KeeperKit
import Store
import Testing

@testable import Keeper
@testable import Wire

/// A row in the store and as a value.
@Suite("Columns")
struct ColumnsTests {
  /// A row in which everything that may be there is there, each with a value of its own.
  private static func full() -> Connection {
    var row = Rows.held()
    row.state = .needsApproval
    row.loss = .answerLost(at: Rows.now, words: "no")
    (row.epoch, row.generation, row.version) = (11, 12, 13)
    row.refresh = Rows.refresh("r38", generation: 39)
    row.spent = [14]
    row.spare = Connection.Spare(sealed: [15], fingerprint: [16])
    (row.proven, row.refused) = (17, 18)
    row.lease = Lease(holder: "p19", until: 20)
    row.intent = Connection.Intent(
      epoch: 21, generation: 22, fingerprint: [23], at: Timestamp(milliseconds: 24), process: "p25")
    (row.retryAt, row.retryFrom) = (Timestamp(milliseconds: 26), Timestamp(milliseconds: 27))
    row.failures = 28
    row.trouble = .unavailable(words: "503")
    (row.suspendedAt, row.pausedAt) = (Timestamp(milliseconds: 29), Timestamp(milliseconds: 30))
    row.clockSkew = .milliseconds(31)
    row.providerClock = Uptime(boot: "b32", milliseconds: 33)
    row.quarantine = Connection.Quarantine(
      cause: .behindWitness(refreshes: 34), at: Timestamp(milliseconds: 35), uptime: 36,
      refusedAt: Timestamp(milliseconds: 37))
    return row
  }

  @Test("K1 to K3: what is saved of a row is read again, every column of it")
  func roundTrip() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    for saved in [Self.full(), Rows.held()] {
      let read = try await world.database.write { db in
        try saved.save(db)
        return try db.row("SELECT * FROM connections WHERE name = $1", "shop").map(Connection.init)
      }
      var expected = saved
      expected.touched = try #require(read).touched
      #expect(read == expected)
    }
  }

  @Test("every column that a row may change is saved by name, and none that the store counts itself")
  func columns() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let before = try await columns(world)
    try await world.database.write { db in try Self.full().save(db) }
    let after = try await columns(world)
    let kept = Set(before.keys).filter { before[$0] == after[$0] }
    #expect(kept == ["name", "client", "created_at", "touched", "tenant", "approver"])
  }

  private func columns(_ world: KeeperWorld) async throws -> [String: Value] {
    try await world.database.read { db in
      let names: [String] = try db.rows("SELECT name FROM pragma_table_info('connections')").map { try $0["name"] }
      guard let row = try db.row("SELECT * FROM connections WHERE name = 'shop'") else { return [:] }
      return try Dictionary(uniqueKeysWithValues: names.map { ($0, try row[$0] as Value) })
    }
  }
}
