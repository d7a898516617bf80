import Foundation
import TestKit
import Testing

@testable import Store

/// A look at journals takes nothing and tells who lives.
struct JournalSightTests {
  @Test("K30: a look tells a journal whose process lives from one whose process has ended, and what each holds")
  func look() async throws {
    let folder = try TemporaryFolder(), path = folder.path + "/journal"
    #expect(try JournalFolder.look(at: path).isEmpty)
    let living = try JournalFolder(path: path, process: "p1"), journal = try living.own()
    try await journal.write([1, 2, 3], to: try #require(journal.reserve()))
    do { _ = try JournalFolder(path: path, process: "p2").own() }
    try Data("short".utf8).write(to: URL(fileURLWithPath: path + "/p3.journal"))
    for _ in 0..<2 {
      let seen = try JournalFolder.look(at: path)
      #expect(seen.map(\.process) == ["p1", "p2", "p3"])
      #expect(seen.map(\.isLiving) == [true, false, false], "nothing was taken by looking")
      #expect(seen.map(\.isCut) == [false, false, true])
      #expect(seen.map { $0.entries.map(\.bytes) } == [[[1, 2, 3]], [], []])
    }
    #expect(try living.abandoned().map(\.process) == ["p2", "p3"])
  }
}
