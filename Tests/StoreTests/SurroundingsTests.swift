import Foundation
import TestKit
import Testing

@testable import Store

/// What is kept of a store outside its folder (K28).
struct SurroundingsTests {
  @Test("K28: a mark outside the folder is raised, never lowered, and kept for each store")
  func marks() async throws {
    let folder = try TemporaryFolder()
    let marks = MarkFolder(path: folder.file("cache/evergrant"))
    #expect(marks.mark(of: "aa") == nil)
    for landings in [3, 7, 5] as [Int64] { try await marks.raise(to: WitnessMark(store: "aa", landings: landings)) }
    try await marks.raise(to: WitnessMark(store: "bb", landings: 1))
    #expect(marks.mark(of: "aa") == WitnessMark(store: "aa", landings: 7))
    #expect(marks.mark(of: "bb") == WitnessMark(store: "bb", landings: 1))
    try FileManager.default.copyItem(
      atPath: folder.file("cache/evergrant/aa.mark"), toPath: folder.file("cache/evergrant/cc.mark"))
    #expect(marks.mark(of: "cc") == nil, "a mark under another store's name is not that store's")
  }

  @Test("K28: a name that is no store's leads to no file, and a place that cannot be had keeps no mark")
  func noPlace() async throws {
    let folder = try TemporaryFolder()
    let marks = MarkFolder(path: folder.file("cache"))
    for name in ["", "../key", "AA", "a/b"] {
      try await marks.raise(to: WitnessMark(store: name, landings: 1))
      #expect(marks.mark(of: name) == nil)
    }
    try Data().write(to: URL(fileURLWithPath: folder.file("file")))
    let nowhere = MarkFolder(path: folder.file("file/cache"))
    await #expect(throws: (any Error).self) { try await nowhere.raise(to: WitnessMark(store: "aa", landings: 1)) }
    #expect(nowhere.mark(of: "aa") == nil)
  }

  @Test("K28: marks are where who copies the data folder does not take them along")
  func places() {
    let home = ["HOME": "/home/ann"]
    #expect(MarkFolder.usual(for: "/var/lib/evergrant", environment: home) == "/var/cache/evergrant")
    #expect(MarkFolder.usual(for: "/srv/keeper", environment: home) == "/home/ann/.cache/evergrant")
    let named = ["HOME": "/home/ann", "XDG_CACHE_HOME": "/fast"]
    #expect(MarkFolder.usual(for: "/srv/keeper", environment: named) == "/fast/evergrant")
    #expect(MarkFolder.usual(for: "/home/ann", environment: home) == nil)
    #expect(MarkFolder.usual(for: "/srv/keeper", environment: [:]) == nil)
  }

  @Test("K28: a machine is told by its id, hashed, and a container has none")
  func machines() throws {
    let folder = try TemporaryFolder(), path = folder.file("machine-id"), mark = folder.file("mark")
    func identity(_ id: String, environment: [String: String] = [:]) throws -> String? {
      try id.write(toFile: path, atomically: false, encoding: .utf8)
      return MachineIdentity.current(idAt: path, containerMarks: [mark], environment: environment)
    }
    let one = String(repeating: "1a", count: 16), other = String(repeating: "2b", count: 16)
    let known = try #require(try identity(one + "\n"))
    #expect(known.count == 32 && !known.contains("1a1a"))
    // The first half of the SHA-256 of "evergrant " and the id, in hexadecimal.
    #expect(try identity(String(repeating: "50", count: 16)) == "ca1ba872c65f4a1ec0f4077a40106959")
    #expect(try identity(one) == known)
    #expect(try identity(other) != known)
    #expect(try identity("uninitialized") == nil)
    #expect(try identity("") == nil)
    #expect(try identity(one, environment: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"]) == nil)
    try Data().write(to: URL(fileURLWithPath: mark))
    #expect(try identity(one) == nil)
  }
}
