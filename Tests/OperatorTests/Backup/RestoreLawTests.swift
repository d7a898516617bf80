import Foundation
import Issuer
import KeeperKit
import Store
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// A backup that is put in place of newer data (K28), with real files.
struct RestoreLawTests {
  private func backUp(_ world: FileWorld, _ name: String = "backup") async throws -> String {
    _ = try await world.folder.backUpKeeper(
      to: world.file(name), ring: try world.folder.keyRing(), replacing: true, clock: world.clock)
    return world.file(name)
  }

  @Test("K28: an hour-old backup restored refreshes nothing until it is trusted, and newer tokens are offered")
  func hourOld() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    for _ in 1...3 {
      world.time.advance(by: .minutes(20))
      #expect(try await world.refresh().text != nil)
    }
    let newest = try #require(world.provider.presented.last)
    #expect(newest == "r3")
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.quarantined == ["shop"])
    #expect(restoration.offered == ["shop"])
    #expect(restoration.unread == nil)
    let aside = try #require(restoration.aside)
    #expect(FileManager.default.fileExists(atPath: aside))

    let asked = world.provider.requests.count
    for process in ["p2", "p3"] {
      world.time.advance(by: .hours(30))
      _ = try await world.refresh(as: process)
    }
    #expect(world.provider.requests.count == asked)
    let row = try await world.row()
    #expect(row.generation == 1)
    #expect(row.quarantine?.cause.words.contains("restored from the backup") == true)

    _ = try await world.keeper("p4").desk.trust("shop", offered: true)
    #expect(try await world.refresh(as: "p5").text != nil)
    #expect(world.provider.presented.last == "r4")
  }

  /// What the witness knows.
  enum Memory: CaseIterable { case whole, gone, damaged, ofAnother }

  @Test("K28: a restore counts as one whatever the witness says", arguments: Memory.allCases)
  func witnesses(_ memory: Memory) async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    try world.stop()
    let witness = world.folder.file("witness")
    switch memory {
    case .whole: break
    case .gone: try FileManager.default.removeItem(atPath: witness)
    case .damaged: try Data("nonsense".utf8).write(to: URL(fileURLWithPath: witness))
    case .ofAnother:
      try FileManager.default.removeItem(atPath: witness)
      try await WitnessFile(path: witness).raise(to: WitnessMark(store: "other", landings: 1000))
    }
    // Nothing has happened since the backup was made: still nobody can know that.
    let restoration = try await world.restore(backup)
    #expect(restoration.quarantined == ["shop"])
    #expect(restoration.offered == [])
    world.time.advance(by: .hours(30))
    let asked = world.provider.requests.count
    _ = try await world.refresh(as: "p2")
    #expect(world.provider.requests.count == asked)
    #expect(try await world.row().quarantine != nil)
    _ = try await world.keeper("p3").desk.trust("shop", offered: false)
    #expect(try await world.refresh(as: "p4").text != nil)
    #expect(try await world.row().quarantine == nil)
  }

  @Test("K28: newer tokens of another approver are not offered")
  func others() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    try await world.database().write { try $0.execute("UPDATE connections SET approver = 'bob', epoch = 2") }
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.quarantined == ["shop"])
    #expect(restoration.offered == [])
  }

  @Test("K28: an API key that was revoked since the backup stays revoked")
  func revokedKeys() async throws {
    let world = try FileWorld()
    try await world.connect()
    let keeper = try await world.keeper()
    let rules = [APIKey.Rule("GET /x")].compactMap(\.self)
    for name in ["nightly", "portal"] {
      _ = try await keeper.desk.addKey(
        name, connection: "shop", rules: rules, handsOutTokens: false, lifetime: .days(9))
    }
    let backup = try await backUp(world)
    try await keeper.desk.revokeKey("nightly")
    try world.stop()
    #expect(try await world.restore(backup).revokedKeys == ["nightly"])
    #expect(try await world.keeper("p2").desk.keys().map(\.name) == ["portal"])
  }

  @Test("K28: a replaced database that cannot be read is kept all the same, and its log of writes with it")
  func unreadable() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    try world.stop()
    let path = world.folder.file("keeper.sqlite")
    for name in [path, path + "-wal"] { try Data("nonsense".utf8).write(to: URL(fileURLWithPath: name)) }
    let restoration = try await world.restore(backup)
    #expect(restoration.unread != nil)
    let aside = try #require(restoration.aside)
    #expect(FileManager.default.contents(atPath: aside) == Data("nonsense".utf8))
    #expect(FileManager.default.contents(atPath: aside + "-wal") == Data("nonsense".utf8))
    #expect(try await world.row().quarantine != nil)
  }

  /// A file that is no backup.
  enum Wrong: CaseIterable { case nothing, text, empty, otherDatabase, issuers, newer, cut, otherKey }

  @Test("K28: what is no backup of a keeper is refused, and nothing is changed", arguments: Wrong.allCases)
  func wrongFiles(_ wrong: Wrong) async throws {
    let world = try FileWorld()
    try await world.connect()
    // Longer than one page of a database's file.
    try await world.database().write { db in
      for at in 1...2000 {
        try db.execute(
          "INSERT INTO events (at, connection, kind, detail) VALUES ($1, 'shop', 'refreshed', 'refreshed')", at)
      }
    }
    let path = try await backUp(world)
    try world.stop()
    let words = try await spoil(path, wrong, world)
    let before = try world.bytes()
    let refusal = await #expect(throws: DataFolder.Refusal.self) { try await world.restore(path) }
    #expect(refusal?.description.contains(words) == true, "\(refusal?.description ?? "")")
    var after = try world.bytes()
    after["keeper.sqlite.lock"] = before["keeper.sqlite.lock"]
    #expect(after == before)
  }

  private func spoil(_ path: String, _ wrong: Wrong, _ world: FileWorld) async throws -> String {
    let url = URL(fileURLWithPath: path)
    let content = try Data(contentsOf: url)
    switch wrong {
    case .nothing:
      try FileManager.default.removeItem(at: url)
      return "cannot be read"
    case .text:
      try Data("no database at all, but long enough to be looked at".utf8).write(to: url)
      return "is no database, or a damaged one"
    case .empty:
      try Data().write(to: url)
      return "not a keeper's"
    case .otherDatabase, .issuers:
      try FileManager.default.removeItem(at: url)
      let other = try SQLite(path: path)
      try await other.migrate(
        wrong == .issuers ? IssuerSchema.migrations : [Migration(1, ["CREATE TABLE photos (id INTEGER)"])])
      try other.close()
      return wrong == .issuers ? "of an issuer" : "not a keeper's"
    case .newer:
      let copy = try SQLite.copy(at: path)
      try await copy.write { try $0.execute("INSERT INTO schema_versions (version) VALUES (99)") }
      try copy.close()
      return "newer version"
    case .cut:
      try content.prefix(content.count * 2 / 3).write(to: url)
      return "damaged"
    case .otherKey:
      let key = world.folder.file("key")
      try KeyRing.newFile(.seeded(99)).exposed.write(toFile: key, atomically: false, encoding: .utf8)
      return "Put the key file back"
    }
  }

  @Test("K28: nothing is restored under a server that runs")
  func running() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    let keeper = try await world.keeper("server")
    let before = try await world.row()
    let refusal = await #expect(throws: DataFolder.Refusal.self) { try await world.restore(backup) }
    #expect(refusal?.description.contains("Stop it") == true)
    #expect(try await world.row() == before)
    withExtendedLifetime(keeper) {}
  }

  @Test("a backup made while others write is of one moment, its owner's alone, and holds no secret and no key")
  func consistent() async throws {
    let world = try FileWorld()
    try await world.connect()
    let database = try await world.database()
    let path = world.file("backup")
    // Two rows that are changed together are the same in every moment.
    let change: @Sendable (Int) async throws -> Void = { count in
      try await database.write { db in
        try db.execute("UPDATE connections SET failures = $1", count)
        try db.execute("UPDATE store_state SET touches = $1", count)
      }
    }
    try await change(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for count in 1...300 { try await change(count) } }
      for _ in 1...5 {
        _ = try await world.folder.backUpKeeper(
          to: path, ring: try world.folder.keyRing(), replacing: true, clock: world.clock)
        let copy = try SQLite.copy(at: path)
        let (failures, touches): (Int64, Int64) = try await copy.read { db in
          (
            try db.row("SELECT failures FROM connections")?["failures"] ?? -1,
            try db.row("SELECT touches FROM store_state")?["touches"] ?? -2
          )
        }
        #expect(failures == touches)
        try copy.close()
      }
      try await group.waitForAll()
    }
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
    #expect(mode?.intValue == 0o600)
    let content = try Data(contentsOf: URL(fileURLWithPath: path))
    let key = try String(contentsOfFile: world.folder.file("key"), encoding: .utf8).split(separator: " ")[1]
    for secret in ["s3cr3t", String(key)] { #expect(content.range(of: Data(secret.utf8)) == nil) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: world.file("")).sorted() == ["backup", "data"])
  }

  @Test("a backup replaces no file unasked, and never the database itself")
  func targets() async throws {
    let world = try FileWorld()
    try await world.connect()
    let path = try await backUp(world), ring = try world.folder.keyRing()
    let record = try #require(try world.folder.lastBackup())
    #expect(record.path == path && record.key == 1)
    await #expect(throws: DataFolder.Refusal.self) {
      try await world.folder.backUpKeeper(to: path, ring: ring, replacing: false, clock: world.clock)
    }
    await #expect(throws: DataFolder.Refusal.self) {
      try await world.folder.backUpKeeper(
        to: world.folder.file("keeper.sqlite"), ring: ring, replacing: true, clock: world.clock)
    }
    #expect(try world.folder.lastBackup() == record)
    let empty = try DataFolder(path: world.file("empty"))
    await #expect(throws: DataFolder.Refusal.self) {
      try await empty.backUpKeeper(to: world.file("b2"), ring: ring, replacing: true, clock: world.clock)
    }
  }
}
