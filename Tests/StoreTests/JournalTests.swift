import Foundation
import Synchronization
import TestKit
import Testing

@testable import Store
@testable import Wire

/// K2: a place for each answer, laid out before it is needed, that a cut cannot turn into something else.
struct JournalTests {
  /// A file whose bytes a test sees and sets.
  private final class PlainMedium: Medium {
    let bytes = Mutex([UInt8](repeating: 0, count: Journal.size))
    let syncs = Mutex(0)

    func read() throws -> [UInt8] { bytes.withLock { $0 } }
    func write(_ piece: [UInt8], at offset: Int) throws {
      bytes.withLock { $0.replaceSubrange(offset..<offset + piece.count, with: piece) }
    }
    func sync() async throws { syncs.withLock { $0 += 1 } }
  }

  private func answer(_ seed: UInt64, _ count: Int = 400) -> [UInt8] { Randomness.seeded(seed).bytes(count) }

  private func laidOut(_ folder: TemporaryFolder, _ process: String) throws -> (JournalFolder, Journal) {
    let journals = try JournalFolder(path: folder.path + "/journal", process: process)
    return (journals, try journals.own())
  }

  /// Waits until a journal that nobody holds any more is closed: what has synced it last may still be about to end.
  private func waitUntilClosed(_ folder: TemporaryFolder, _ process: String) async throws {
    let path = folder.path + "/journal/\(process).journal"
    try await eventually("the journal of \(process) is closed") {
      try !FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").contains {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)) == path
      }
    }
  }

  @Test("K2: what is written is read back, slot by slot, and a slot that is given back holds nothing")
  func roundTrip() async throws {
    let journal = Journal(process: "p1", medium: PlainMedium())
    let slots = (0..<3).compactMap { _ in journal.reserve() }
    for (index, slot) in slots.enumerated() { try await journal.write(answer(UInt64(index)), to: slot) }
    #expect(Set(slots).count == 3)
    #expect(try journal.entries().map(\.bytes) == (0..<3).map { answer(UInt64($0)) })
    journal.release(slots[1])
    #expect(try journal.entries().map(\.bytes) == [answer(0), answer(2)])
  }

  @Test("K2: an answer is synced before the write returns")
  func synced() async throws {
    let medium = PlainMedium()
    let journal = Journal(process: "p1", medium: medium)
    let slot = try #require(journal.reserve())
    try await journal.write(answer(1), to: slot)
    #expect(medium.syncs.withLock { $0 } == 1)
  }

  @Test("K2: there are as many slots as flights may be in the air, and no more")
  func full() throws {
    let journal = Journal(process: "p1", medium: PlainMedium())
    let slots = (0..<Journal.slotCount).compactMap { _ in journal.reserve() }
    #expect(Set(slots).count == Journal.slotCount)
    #expect(journal.reserve() == nil)
    journal.release(slots[7])
    #expect(journal.reserve() == slots[7])
    #expect(journal.reserve() == nil)
  }

  @Test("K2: an answer that fills its slot to the last byte fits, one byte more is refused and harms no neighbour")
  func capacity() async throws {
    let journal = Journal(process: "p1", medium: PlainMedium())
    let slots = (0..<3).compactMap { _ in journal.reserve() }
    try await journal.write(answer(2, Journal.capacity), to: slots[1])
    try await journal.write(answer(3), to: slots[2])
    await #expect(throws: StoreError.self) { try await journal.write(answer(1, Journal.capacity + 1), to: slots[0]) }
    #expect(try journal.entries().map(\.bytes) == [answer(2, Journal.capacity), answer(3)])
  }

  @Test("K2: a slot cut at any byte is no entry and harms no other, whatever it held before", arguments: UInt64(0)..<6)
  func cutAnywhere(_ seed: UInt64) async throws {
    let old = answer(seed, 300 + Int(seed) * 40), new = answer(seed + 100), neighbour = answer(seed + 200)
    let medium = PlainMedium()
    let journal = Journal(process: "p1", medium: medium)
    let slots = (0..<2).compactMap { _ in journal.reserve() }
    try await journal.write(neighbour, to: slots[1])
    // The even seeds write over an answer that was never given back, the odd ones over nothing.
    if seed.isMultiple(of: 2) { try await journal.write(old, to: slots[0]) }
    let before = medium.bytes.withLock { $0 }
    try await journal.write(new, to: slots[0])
    let after = medium.bytes.withLock { $0 }
    let written = Journal.slotSize - Journal.capacity + new.count
    let changed = (0..<written).filter { before[$0] != after[$0] }
    let changes = try #require(changed.first)..<(try #require(changed.last))
    for cut in 0...written {
      medium.bytes.withLock { bytes in
        bytes = before
        bytes.replaceSubrange(0..<cut, with: after[0..<cut])
      }
      let entries = try journal.entries().map(\.bytes)
      #expect(entries.last == neighbour, "cut at \(cut)")
      let first = entries.dropLast()
      // Before the first byte that differs it is the old answer still, after the last one the new.
      #expect(first.isEmpty || Array(first) == [old] || Array(first) == [new], "cut at \(cut)")
      if changes.contains(cut - 1) { #expect(first.isEmpty, "cut at \(cut)") }
      if cut == written { #expect(Array(first) == [new]) }
    }
  }

  @Test("K2: a slot in which any one bit is turned is no entry", arguments: UInt64(0)..<200)
  func turnedBit(_ seed: UInt64) async throws {
    let medium = PlainMedium()
    let journal = Journal(process: "p1", medium: medium)
    let slot = try #require(journal.reserve())
    try await journal.write(answer(seed), to: slot)
    var generator = SeededGenerator(seed: seed)
    let place = Int.random(in: 0..<(Journal.slotSize - Journal.capacity + 400), using: &generator)
    let bit = UInt8.random(in: 0..<8, using: &generator)
    medium.bytes.withLock { $0[place] ^= 1 << bit }
    #expect(try journal.entries().isEmpty, "byte \(place), bit \(bit)")
  }

  @Test("K2: a journal is laid out at its full size, for its owner alone, before anything is written to it")
  func layOut() async throws {
    let folder = try TemporaryFolder()
    let (journals, journal) = try laidOut(folder, "p1")
    let file = folder.path + "/journal/p1.journal"
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.size] as? Int == Journal.size)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    var facts = stat()
    #expect(
      stat(file, &facts) == 0 && facts.st_blocks * 512 >= Journal.size, "its blocks are there, not only its length")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/journal") == ["p1.journal"])
    #expect(try journals.own() === journal)
  }

  @Test("K2: an answer in a file is found by whoever reads it next")
  func file() async throws {
    let folder = try TemporaryFolder()
    let (_, journal) = try laidOut(folder, "p1")
    let (others, _) = try laidOut(folder, "p2")
    let slots = (0..<8).compactMap { _ in journal.reserve() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, slot) in slots.enumerated() {
        group.addTask { try await journal.write(answer(UInt64(index)), to: slot) }
      }
      try await group.waitForAll()
    }
    #expect(try others.entries(of: "p1").map(\.bytes) == (0..<8).map { answer(UInt64($0)) })
    #expect(try others.entries(of: "nobody").isEmpty)
  }

  @Test(
    "K2: a lock tells a process that lives from one that has ended, and what that one left is one successor's alone")
  func successor() async throws {
    let folder = try TemporaryFolder()
    let (second, _) = try laidOut(folder, "p2")
    let (third, _) = try laidOut(folder, "p3")
    do {
      let (first, journal) = try laidOut(folder, "p1")
      let slot = try #require(journal.reserve())
      try await journal.write(answer(1), to: slot)
      #expect(try second.living() == ["p1", "p2", "p3"])
      #expect(try second.abandoned().isEmpty)
      #expect(try first.living() == ["p1", "p2", "p3"])
    }
    try await waitUntilClosed(folder, "p1")
    #expect(try second.living() == ["p2", "p3"])
    let left = try second.abandoned()
    #expect(left.map(\.process) == ["p1"])
    #expect(try left[0].entries().map(\.bytes) == [answer(1)])
    #expect(try third.abandoned().isEmpty, "the second has it")
    for journals in [second, third] {
      #expect(try journals.living() == ["p2", "p3"], "what was taken over does not live")
      #expect(try journals.processes() == ["p1", "p2", "p3"])
    }

    let own = try second.own()
    try second.retire(left[0])
    #expect(try second.own() === own, "its own is the one that it had")
    #expect(try second.abandoned().isEmpty && third.abandoned().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/journal/p1.journal"))
  }

  @Test("K2: a successor that ends too leaves what it had taken over to the next")
  func successorOfASuccessor() async throws {
    let folder = try TemporaryFolder()
    do {
      let (_, journal) = try laidOut(folder, "p1")
      try await journal.write(answer(1), to: try #require(journal.reserve()))
    }
    do {
      let (second, _) = try laidOut(folder, "p2")
      try await waitUntilClosed(folder, "p1")
      #expect(try second.abandoned().map(\.process) == ["p1"])
    }
    for process in ["p1", "p2"] { try await waitUntilClosed(folder, process) }
    let (third, _) = try laidOut(folder, "p3")
    #expect(try third.abandoned().map(\.process) == ["p1", "p2"])
    #expect(try third.entries(of: "p1").map(\.bytes) == [answer(1)])
  }

  @Test("K2: a real process that is killed leaves its journal to others, and keeps it until then")
  func killed() async throws {
    let folder = try TemporaryFolder()
    do {
      let (_, journal) = try laidOut(folder, "child")
      try await journal.write(answer(1), to: try #require(journal.reserve()))
    }
    let (ours, _) = try laidOut(folder, "p1")
    let child = try Program(
      "/usr/bin/flock",
      ["--no-fork", "-x", folder.path + "/journal/child.journal", "sh", "-c", "echo locked; exec tail -f /dev/null"],
      environment: ["PATH": "/usr/bin:/bin"], name: "another keeper", record: folder.file("child"))
    _ = try await child.says(/locked\n/)
    #expect(try ours.living() == ["child", "p1"])
    #expect(try ours.abandoned().isEmpty)
    try await child.kill()
    #expect(try ours.living() == ["p1"])
    #expect(try ours.abandoned().flatMap { try $0.entries() }.map(\.bytes) == [answer(1)])
  }

  @Test("K2: a journal that was retired is gone, and its process can lay out another")
  func retired() async throws {
    let folder = try TemporaryFolder()
    let (journals, journal) = try laidOut(folder, "p1")
    try await journal.write(answer(1), to: try #require(journal.reserve()))
    try journals.retire(journal)
    #expect(try journals.living().isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/journal").isEmpty)
    #expect(try journals.own().entries().isEmpty)
    #expect(try journals.living() == ["p1"])
  }

  @Test("K2: a journal that cannot be laid out is none, says why, and leaves nothing behind")
  func cannotBeLaidOut() throws {
    let folder = try TemporaryFolder()
    let journals = try JournalFolder(path: folder.path + "/journal", process: "p1")
    let place = folder.path + "/journal/p1.journal"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    let error = #expect(throws: StoreError.self) { _ = try journals.own() }
    #expect(error?.description.contains("p1.journal") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/journal") == ["p1.journal"])
    try FileManager.default.removeItem(atPath: place)
    #expect(try journals.own().entries().isEmpty, "it is tried anew when it is needed next")
  }

  @Test("K2: a file that was cut short, or is no journal, holds no answer and stops nobody")
  func foreignFiles() async throws {
    let folder = try TemporaryFolder()
    do {
      let (_, journal) = try laidOut(folder, "short")
      let slots = (0..<2).compactMap { _ in journal.reserve() }
      for (index, slot) in slots.enumerated() { try await journal.write(answer(UInt64(index)), to: slot) }
    }
    try await waitUntilClosed(folder, "short")
    truncate(folder.path + "/journal/short.journal", off_t(Journal.slotSize + 100))
    try Data("not a journal".utf8).write(to: URL(fileURLWithPath: folder.path + "/journal/words.journal"))
    try Data().write(to: URL(fileURLWithPath: folder.path + "/journal/empty.journal"))
    try Data("a draft".utf8).write(to: URL(fileURLWithPath: folder.path + "/journal/.draft"))
    let (ours, _) = try laidOut(folder, "p1")
    #expect(try ours.abandoned().map(\.process) == ["empty", "short", "words"])
    #expect(try ours.abandoned().flatMap { try $0.entries() }.map(\.bytes) == [answer(0)])
  }

  @Test("K2: a journal that is there and cannot be opened is neither empty nor a dead process's")
  func cannotBeOpened() throws {
    let folder = try TemporaryFolder()
    let (ours, _) = try laidOut(folder, "p1")
    let path = folder.path + "/journal/p2.journal"
    // Leads to itself: there, and nobody can open it.
    symlink(path, path)
    for look in [{ _ = try ours.abandoned() }, { _ = try ours.living() }, { _ = try ours.entries(of: "p2") }] {
      let error = #expect(throws: StoreError.self) { try look() }
      #expect(error?.description.contains("p2.journal") == true)
    }
    unlink(path)
    #expect(try ours.abandoned().isEmpty && ours.entries(of: "p2").isEmpty)
    #expect(try ours.living() == ["p1"])
  }

  @Test("K2: a journal that cannot be removed is not given up")
  func cannotBeRemoved() throws {
    let folder = try TemporaryFolder()
    let (ours, journal) = try laidOut(folder, "p1")
    let path = folder.path + "/journal/p1.journal"
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: StoreError.self) { try ours.retire(journal) }
    try FileManager.default.removeItem(atPath: path)
    try ours.retire(journal)
  }
}
