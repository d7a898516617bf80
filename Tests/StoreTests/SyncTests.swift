import DiskWatch
import Foundation
import TestKit
import Testing

@testable import Store

/// What must survive a power cut is synced by a real call, and before anybody is told.
struct SyncTests {
  @Test("K2: a journal is synced before it gets its name, and its folder after, before any answer is written to it")
  func journalIsLaidOut() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let journals = try JournalFolder(path: place, process: "p1")
    let acts = try await DiskWatch.acts(in: place) { _ in _ = try journals.own() }
    #expect(acts == [.synced(".p1"), .locked(".p1"), .renamed(".p1", to: "p1.journal"), .synced(".")])
  }

  @Test("K2: an answer is written and then synced on the disk, and only then is it said to be kept")
  func answer() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let journal = try JournalFolder(path: place, process: "p1").own()
    let acts = try await DiskWatch.acts(in: place) { watch in
      for bytes in 1...3 as ClosedRange<UInt8> {
        let slot = try #require(journal.reserve())
        try await journal.write([UInt8](repeating: bytes, count: 100), to: slot)
        watch.note("kept")
      }
    }
    let one: [DiskWatch.Act] = [.wrote("p1.journal"), .synced("p1.journal"), .note("kept")]
    #expect(acts == one + one + one)
  }

  @Test("K2: of answers that come at once none is said to be kept before a sync that began after it was written")
  func answersAtOnce() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let journal = try JournalFolder(path: place, process: "p1").own()
    let acts = try await DiskWatch.acts(in: place) { watch in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<16 {
          let slot = try #require(journal.reserve())
          group.addTask {
            try await journal.write([UInt8](repeating: UInt8(number), count: 100), to: slot)
            watch.note("kept \(number)")
          }
        }
        try await group.waitForAll()
      }
    }
    let lastWrite = try #require(acts.lastIndex(of: .wrote("p1.journal")))
    #expect(acts[lastWrite...].contains(.synced("p1.journal")))
    let firstKept = try #require(acts.firstIndex { "\($0)".hasPrefix("kept") })
    #expect(acts[..<firstKept].contains(.synced("p1.journal")))
    #expect(acts.count { "\($0)".hasPrefix("kept") } == 16)
  }

  @Test(
    "K28: a mark is written and then synced on the disk before it counts, and a new witness is in its folder by then")
  func witness() async throws {
    let folder = try TemporaryFolder()
    let witness = WitnessFile(path: folder.file("witness"))
    let acts = try await DiskWatch.acts(in: folder.path) { watch in
      for count in Int64(1)...3 {
        try await witness.raise(to: WitnessMark(store: "s", landings: count))
        watch.note("raised")
      }
    }
    let one: [DiskWatch.Act] = [.locked("witness"), .wrote("witness"), .synced("witness"), .note("raised")]
    #expect(acts == one.dropLast() + [.synced("."), .note("raised")] + one + one)
  }

  @Test("K2, K28: what cannot be synced is not said to be kept")
  func failingSync() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let journals = try JournalFolder(path: place, process: "p1"), later = try JournalFolder(path: place, process: "p2")
    let journal = try journals.own(), slot = try #require(journal.reserve())
    let witness = WitnessFile(path: folder.file("witness"))
    let watch = DiskWatch(folder.path)
    defer { watch.end() }
    watch.set(.syncFails())
    await #expect(throws: StoreError.self) { try await journal.write([1, 2, 3], to: slot) }
    await #expect(throws: StoreError.self) { try await witness.raise(to: WitnessMark(store: "s", landings: 1)) }
    #expect(throws: StoreError.self) { _ = try later.own() }
    #expect(throws: DataFolder.Refusal.self) { try DataFolder.replace(folder.file("key"), by: "new") }
    #expect(!FileManager.default.fileExists(atPath: folder.file("key")))
    watch.set(nil)
    try await journal.write([1, 2, 3], to: slot)
    #expect(try journal.entries().map(\.bytes) == [[1, 2, 3]])
    #expect(try later.own().entries().isEmpty)
  }

  @Test("K28: a mark whose sync failed is written and synced again, though the file names it already")
  func syncedAgain() async throws {
    let folder = try TemporaryFolder()
    let witness = WitnessFile(path: folder.file("witness"))
    let watch = DiskWatch(folder.path)
    defer { watch.end() }
    try await witness.raise(to: WitnessMark(store: "s", landings: 1))
    watch.set(.syncFails())
    await #expect(throws: StoreError.self) { try await witness.raise(to: WitnessMark(store: "s", landings: 2)) }
    watch.set(nil)
    watch.note("again")
    for landings in [2, 1] as [Int64] { try await witness.raise(to: WitnessMark(store: "s", landings: landings)) }
    let acts = watch.acts
    let again = try #require(acts.firstIndex(of: .note("again")))
    // The second finds nothing left to do.
    #expect(
      Array(acts[(again + 1)...]) == [.locked("witness"), .wrote("witness"), .synced("witness"), .locked("witness")])
    #expect(try witness.read() == .mark(WitnessMark(store: "s", landings: 2)))
  }

  @Test(
    "K2: an answer that the disk takes in pieces is whole in the journal, and one that it does not take is not kept")
  func inPieces() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let journal = try JournalFolder(path: place, process: "p1").own()
    let slots = (0..<2).compactMap { _ in journal.reserve() }
    // The first fills its slot to the last byte, so that one byte too many would be its neighbour's.
    let answers = [[UInt8](repeating: 3, count: Journal.capacity), (0..<100).map { UInt8($0) }]
    let watch = DiskWatch(place)
    defer { watch.end() }
    watch.set(.writesAtMost(1000))
    for (slot, answer) in Array(zip(slots, answers)).reversed() { try await journal.write(answer, to: slot) }
    #expect(try journal.entries().map(\.bytes) == answers)
    watch.set(.readsAtMost(1000))
    #expect(try journal.entries().map(\.bytes) == answers, "what comes back in pieces is whole too")
    watch.set(.writesAtMost(0))
    await #expect(throws: StoreError.self) { try await journal.write(answers[0], to: slots[1]) }
  }

  @Test("K1: a commit is synced on the disk before its write returns")
  func commit() async throws {
    let folder = try TemporaryFolder()
    let database = try SQLite(path: folder.file("a.sqlite"))
    try await database.write { try $0.execute("CREATE TABLE numbers (number INTEGER)") }
    let acts = try await DiskWatch.acts(in: folder.path) { watch in
      for number in Int64(1)...3 {
        try await database.write { try $0.execute("INSERT INTO numbers VALUES ($1)", number) }
        watch.note("committed")
      }
    }
    let one: [DiskWatch.Act] = [.wrote("a.sqlite-wal"), .synced("a.sqlite-wal"), .note("committed")]
    #expect(acts == one + one + one)
    try database.close()
  }

  @Test("K28: what is changed in a backup before it is put in place is synced")
  func copy() async throws {
    let folder = try TemporaryFolder(), path = folder.file("copy.sqlite")
    _ = try SQLite.copy(at: path).close()
    let copy = try SQLite.copy(at: path)
    let acts = try await DiskWatch.acts(in: folder.path) { _ in
      _ = try await copy.write { try $0.execute("CREATE TABLE numbers (number INTEGER)") }
      try copy.close()
    }
    let lastWrite = try #require(acts.lastIndex(of: .wrote("copy.sqlite")))
    #expect(acts[lastWrite...].contains(.synced("copy.sqlite")))
  }

  @Test("K28: a backup of a database with a log of writes is one file while it is changed, and afterwards")
  func copyIsOneFile() async throws {
    let folder = try TemporaryFolder(), path = folder.file("copy.sqlite")
    let database = try SQLite(path: path)
    try await database.write { try $0.execute("CREATE TABLE numbers (number INTEGER)") }
    try database.close()
    let copy = try SQLite.copy(at: path)
    let acts = try await DiskWatch.acts(in: folder.path) { _ in
      _ = try await copy.write { try $0.execute("INSERT INTO numbers VALUES (1)") }
    }
    #expect(acts.contains(.synced("copy.sqlite")))
    #expect(!acts.contains(.wrote("copy.sqlite-wal")))
    try copy.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["copy.sqlite"])
  }

  @Test("K28: a file that takes the place of another is synced before it gets the name, and its folder after")
  func replaced() async throws {
    let folder = try TemporaryFolder(), path = folder.file("key")
    try DataFolder.writePrivately("old", to: path)
    let acts = try await DiskWatch.acts(in: folder.path) { _ in try DataFolder.replace(path, by: "new") }
    #expect(acts.count == 4)
    guard case .wrote(let draft)? = acts.first else {
      Issue.record("nothing was written: \(acts)")
      return
    }
    #expect(acts == [.wrote(draft), .synced(draft), .renamed(draft, to: "key"), .synced(".")])
  }

  @Test("K28: a backup is synced before it gets its name, and its folder after")
  func backup() async throws {
    let outer = try TemporaryFolder(), folder = try DataFolder(path: outer.file("data"))
    let database = try await folder.database("a.sqlite", migrations: [])
    let place = outer.file("backups")
    try DataFolder.make(place)
    let acts = try await DiskWatch.acts(in: place) { _ in
      try await folder.backUp(database, to: place + "/backup", replacing: false)
    }
    guard acts.count > 3, case .renamed(let draft, "backup") = acts[acts.count - 2] else {
      Issue.record("the last but one is not that it gets its name: \(acts)")
      return
    }
    #expect(acts[acts.count - 3] == .synced(draft))
    #expect(acts.last == .synced("."))
    try database.close()
  }

  @Test("a new key file is synced, and its folder, before anything is sealed with it")
  func newKey() async throws {
    let outer = try TemporaryFolder(), folder = try DataFolder(path: outer.file("data"))
    let acts = try await DiskWatch.acts(in: folder.path) { _ in _ = try folder.keyRing() }
    guard case .wrote(let draft)? = acts.first else {
      Issue.record("nothing was written: \(acts)")
      return
    }
    #expect(acts == [.wrote(draft), .synced(draft), .synced(".")])
  }

  @Test("K2: all journals are synced at once, that of another process too")
  func allJournals() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let first = try JournalFolder(path: place, process: "p1"), second = try JournalFolder(path: place, process: "p2")
    for journals in [first, second] { _ = try journals.own() }
    let acts = try await DiskWatch.acts(in: place) { _ in try await first.sync() }
    #expect(acts == [.synced("p1.journal"), .synced("p2.journal")])
  }

  @Test("K2: a journal that could not be laid out is not held open", arguments: [".p1", "."])
  func laidOutInVain(_ unsynced: String) throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    let journals = try JournalFolder(path: place, process: "p1")
    let watch = DiskWatch(place)
    defer { watch.end() }
    watch.set(.syncFails(of: unsynced))
    #expect(throws: StoreError.self) { _ = try journals.own() }
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
    }
    #expect(!open.contains { $0.contains(place) })
    #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
  }

  @Test("K2: the folder of the journals is synced where it is named, though it was there before")
  func journalFolder() async throws {
    let folder = try TemporaryFolder(), place = folder.path + "/journal"
    for _ in 1...2 {
      let acts = try await DiskWatch.acts(in: folder.path) { _ in _ = try JournalFolder(path: place, process: "p1") }
      #expect(acts.last == .synced("."))
    }
  }

  @Test("folders that are made above a data folder are each synced where they are named")
  func madeFolders() async throws {
    let outer = try TemporaryFolder()
    let acts = try await DiskWatch.acts(in: outer.path) { _ in try DataFolder.make(outer.file("a/b/c")) }
    #expect(acts == [.synced("a/b"), .synced("a"), .synced(".")])
  }
}
