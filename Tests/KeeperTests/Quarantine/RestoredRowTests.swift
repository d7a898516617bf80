import KeeperKit
import Operator
import Store
import Testing

@testable import Keeper
@testable import Wire

/// What a row is after a backup was restored and the operator has spoken (K28), column by column.
struct RestoredRowTests {
  private let world: FileWorld

  init() throws { world = try FileWorld() }

  private func backUp() async throws -> String {
    _ = try await world.folder.backUpKeeper(
      to: world.file("backup"), ring: try world.folder.keyRing(), replacing: true, clock: world.clock)
    return world.file("backup")
  }

  @Test("K28: what was offered replaces all that an old row held, whatever state that was in")
  func adopted() async throws {
    try await world.connect()
    try await world.database().write {
      try $0.execute(
        """
        UPDATE connections SET state = 'needs_approval', reason = $1, spent_fingerprint = x'01',
          spare_token = x'02', spare_fingerprint = x'03', retry_at = 1, trouble = $2
        """, Loss.refused(words: "then"), Trouble.unavailable(words: "then"))
    }
    let backup = try await backUp()
    world.time.advance(by: .hours(5))
    try await world.connect(token: "r7", access: "a7")
    world.time.advance(by: .hours(20))
    try await world.refresh()
    let newest = try await world.row()
    try world.stop()
    #expect(try await world.restore(backup).offered == ["shop"])
    _ = try await world.keeper("p2").desk.trust("shop", offered: true)

    let row = try await world.row()
    #expect(row.state == .active && row.loss == nil && row.trouble == nil && row.retryAt == nil)
    #expect(row.quarantine == nil && row.spent == nil && row.spare == nil)
    #expect(row.epoch == newest.epoch && row.generation == newest.generation)
    #expect(row.access?.from == newest.access?.from && row.access?.until == newest.access?.until)
    #expect(row.refresh?.fingerprint == newest.refresh?.fingerprint && row.refresh?.until == newest.refresh?.until)
    #expect(try await world.refresh(as: "p3").text != nil)
    #expect(try await world.row().generation == newest.generation + 1)
    try world.stop()
  }

  @Test("K28: what was paused since the backup stays paused after it is restored")
  func paused() async throws {
    for name in ["shop", "other"] { try await world.connect(name, token: "r-\(name)") }
    let backup = try await backUp()
    try await world.keeper().desk.pause("shop")
    try world.stop()
    _ = try await world.restore(backup)
    #expect(try await world.row("shop").pausedAt != nil)
    #expect(try await world.row("other").pausedAt == nil)
    try world.stop()
  }

  @Test("K28: a restore names the connections that it sets apart, in order, and no others")
  func named() async throws {
    for name in ["shop", "key", "attic"] { try await world.connect(name, token: "r-\(name)") }
    try await world.database().write {
      try $0.execute("UPDATE connections SET refresh_token = NULL, refresh_fingerprint = NULL WHERE name = 'key'")
    }
    let backup = try await backUp()
    try world.stop()
    #expect(try await world.restore(backup).quarantined == ["attic", "shop"])
    #expect(try await world.row("key").quarantine == nil)
    try world.stop()
  }

  @Test("K28: a backup of a store without a name gets one, and one that has a name keeps it", arguments: ["", "kept"])
  func storeName(_ name: String) async throws {
    try await world.connect()
    try await world.database().write { try $0.execute("UPDATE store_state SET store = $1", name) }
    let backup = try await backUp()
    try world.stop()
    _ = try await world.restore(backup)
    let after = try await world.database().read { try $0.row("SELECT store FROM store_state")?["store"] as String? }
    #expect(name.isEmpty ? after?.isEmpty == false : after == name)
    try world.stop()
  }

  @Test("K28: where no database was, a backup is restored with nothing read and nothing put aside")
  func intoEmptyFolder() async throws {
    try await world.connect()
    let backup = try await backUp()
    try world.stop()
    let empty = try FileWorld()
    let restoration = try await empty.restore(backup)
    #expect(restoration.quarantined == ["shop"] && restoration.aside == nil && restoration.unread == nil)
    #expect(restoration.missing == [] && restoration.offered == [] && restoration.revokedKeys == [])
    try empty.stop()
  }

  @Test("K28: the operator's word is on record with what it was given for", arguments: [true, false])
  func onRecord(offered: Bool) async throws {
    try await world.connect()
    let backup = try await backUp()
    world.time.advance(by: .hours(20))
    try await world.refresh()
    try world.stop()
    _ = try await world.restore(backup)
    _ = try await world.keeper("p2").desk.trust("shop", offered: offered)
    let told = try await world.database().read {
      try $0.row("SELECT detail FROM events WHERE kind = 'trusted'")?["detail"] as String?
    }
    #expect(told?.contains(offered ? "the newer tokens that were offered" : "the tokens that are stored") == true)
    try world.stop()
  }

  @Test("K28: a backup of which nothing opens is refused, and one of which something does not says what")
  func unopened() async throws {
    for name in ["shop", "other"] { try await world.connect(name, token: "r-\(name)") }
    try await world.database().write {
      // Under a key that nobody has.
      try $0.execute(
        "UPDATE connections SET access_token = $1 WHERE name = 'other'",
        [0, 0, 0, 9] + [UInt8](repeating: 1, count: 40))
    }
    let backup = try await backUp()
    try world.stop()
    #expect(try await world.restore(backup).unopened.count == 1)
    try world.stop()
    let before = try world.bytes()
    try DataFolder.replace(world.folder.file("key"), by: KeyRing.newFile(.seeded(8)).exposed)
    let refusal = await #expect(throws: DataFolder.Refusal.self) { _ = try await world.restore(backup) }
    #expect(refusal?.description.contains("Nothing in") == true)
    #expect(try world.bytes(except: "key")["keeper.sqlite"] == before["keeper.sqlite"])
  }
}
