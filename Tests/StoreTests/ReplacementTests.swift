import DiskWatch
import Foundation
import TestKit
import Testing

@testable import Store
@testable import Wire

/// A database that is put in the place of another one, broken off anywhere.
struct ReplacementTests {
  private static let name = "keeper.sqlite"
  private static let migrations = [Migration(1, ["CREATE TABLE things (name TEXT PRIMARY KEY)"])]

  private static func names(_ database: SQLite) async throws -> [String] {
    try await database.read { db in
      try db.rows("SELECT name FROM things ORDER BY name").map { try $0["name"] as String }
    }
  }

  /// A folder whose database was killed with part of it in its log of writes alone, and a draft beside it.
  private static func killed(_ outer: TemporaryFolder) async throws -> (DataFolder, draft: String) {
    let live = try DataFolder(path: outer.file("live")), folder = try DataFolder(path: outer.file("data"))
    let database = try await live.database(name, migrations: migrations)
    try await database.write { db in
      for thing in ["old", "older"] { try db.execute("INSERT INTO things (name) VALUES ($1)", thing) }
    }
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.copyItem(atPath: live.file(name) + suffix, toPath: folder.file(name) + suffix)
    }
    let source = outer.file("backup")
    let backup = try SQLite(path: source)
    try await backup.migrate(migrations)
    try await backup.write { try $0.execute("INSERT INTO things (name) VALUES ('new')") }
    try backup.close()
    try database.close()
    return (folder, try folder.draft(of: source, for: name))
  }

  /// As many as there are, whatever is in the folder.
  private static let count = 10

  @Test(
    "K28: a restore that is broken off after any step leaves the old data whole or the new, never a mix",
    arguments: 0...ReplacementTests.count)
  func brokenOff(_ done: Int) async throws {
    let outer = try TemporaryFolder()
    let (folder, draft) = try await Self.killed(outer)
    let replacement = Replacement(of: Self.name, in: folder, at: Timestamp(seconds: 1_795_449_600))
    let steps = replacement.steps(with: draft)
    try #require(steps.count == Self.count)
    for step in steps.prefix(done) { try step() }
    for _ in 1...2 {
      let database = try await folder.database(Self.name, migrations: Self.migrations)
      #expect(try await database.damage() == nil)
      #expect(try await Self.names(database) == (done < 2 ? ["old", "older"] : ["new"]))
      try database.close()
    }
    guard done >= 2 else { return }
    let aside = try SQLite(path: replacement.aside)
    #expect(try await Self.names(aside) == ["old", "older"], "what was replaced is kept, with its log of writes")
    try aside.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains(".next-") })
  }

  @Test(
    "K28: each of the two names that a restore gives is synced before the next step, and the new file before it has one"
  )
  func order() async throws {
    let outer = try TemporaryFolder()
    let (folder, draft) = try await Self.killed(outer)
    let moment = Timestamp(seconds: 1_795_449_600), replacement = Replacement(of: Self.name, in: folder, at: moment)
    let acts = try await DiskWatch.acts(in: folder.path) { _ in
      _ = try folder.put(draft, inPlaceOf: Self.name, at: moment)
    }
    let name = { (path: String) in String(path.dropFirst(folder.path.count + 1)) }
    let aside = name(replacement.aside)
    guard acts.count > 1, case .renamed(_, let next) = acts[1] else {
      Issue.record("the new file got no name: \(acts)")
      return
    }
    let leaving = ["", "-wal", "-shm"].map { DiskWatch.Act.renamed(Self.name + $0, to: aside + $0) }
    #expect(
      acts == [.synced(name(draft)), .renamed(name(draft), to: next), .synced(".")] + leaving
        + [.synced("."), .renamed(next, to: Self.name), .synced(".")])
  }

  @Test("a second replacement in the same second keeps both of what was replaced")
  func twice() async throws {
    let outer = try TemporaryFolder()
    let (folder, draft) = try await Self.killed(outer)
    let moment = Timestamp(seconds: 1_795_449_600), again = try folder.draft(of: draft, for: "copy")
    let first = try folder.put(draft, inPlaceOf: Self.name, at: moment)
    let second = try folder.put(again, inPlaceOf: Self.name, at: moment)
    #expect(first != nil && second != nil && first != second)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".replaced-") }.count >= 2)
  }

  @Test("a data folder that is made with those above it can be used, and one by a relative name too")
  func folders() throws {
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.file("a/b/c"))
    #expect(FolderSight(folder.path) != .missing)
    #expect(DataFolder.syncFolder(""), "the parent of a relative name")
    #expect(!DataFolder.syncFolder(outer.file("nowhere")))
  }
}
