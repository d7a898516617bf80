import Foundation
import OAuth
import TestKit
import Testing

@testable import Store

/// Keys that come and go while processes run.
struct KeyFileTests {
  private let place = KeyRing.Place(table: "connections", row: "shop", column: "refresh_token", generation: 7)

  private func inFolder(_ test: (DataFolder) throws -> Void) throws {
    let outer = try TemporaryFolder()
    try withExtendedLifetime(outer) { try test(try DataFolder(path: outer.path + "/data")) }
  }

  @Test("a running process seals with a key from the moment it was added, and opens what another has sealed with it")
  func added() throws {
    try inFolder { folder in
      let running = try folder.keyRing(), adding = try folder.keyRing()
      let old = try running.seal(Secret("old"), at: place)
      #expect(try adding.addKey(random: .system) == 2)
      let new = try running.seal(Secret("new"), at: place)
      #expect(KeyRing.key(of: new) == 2)
      for ring in [running, adding, try folder.keyRing()] {
        #expect(try ring.open(old, at: place).exposed == "old")
        #expect(try ring.open(new, at: place).exposed == "new")
      }
      let renewed = try running.renewed(old, at: place, random: .system)
      #expect(KeyRing.key(of: renewed) == 2)
      #expect(try running.open(renewed, at: place).exposed == "old")
      #expect(try running.renewed(renewed, at: place, random: .system) == renewed)
    }
  }

  @Test("a process that only opens looks again where a value names a key that it does not know")
  func opened() throws {
    try inFolder { folder in
      let running = try folder.keyRing(), adding = try folder.keyRing()
      try adding.addKey(random: .system)
      let new = try adding.seal(Secret("new"), at: place)
      #expect(try running.open(new, at: place).exposed == "new")
    }
  }

  @Test("a dropped key leaves the file with its line handed over first, and the file stays its owner's alone")
  func dropped() throws {
    try inFolder { folder in
      let ring = try folder.keyRing()
      let before = try String(contentsOfFile: folder.file("key"), encoding: .utf8)
      let old = try ring.seal(Secret("old"), at: place)
      try ring.addKey(random: .system)
      var kept = ""
      try ring.dropKeys([1, 2]) { kept = $0.exposed }
      #expect(kept == before)
      #expect(ring.ids == [2])
      #expect(try folder.keyRing().ids == [2])
      #expect(throws: KeyRing.Failure.unknownKey(1)) { try folder.keyRing().open(old, at: place) }
      // What this process still has in memory opens until it ends.
      #expect(try ring.open(old, at: place).exposed == "old")
      let mode = try FileManager.default.attributesOfItem(atPath: folder.file("key"))[.posixPermissions] as? NSNumber
      #expect(mode?.intValue == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
    }
  }

  @Test("a key file elsewhere is read where it is, never made and never changed")
  func elsewhere() throws {
    let outer = try TemporaryFolder()
    let other = outer.path + "/credentials", path = other + "/evergrant.key"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
    let folder = try DataFolder(path: outer.path + "/data", keyPath: path)
    #expect(throws: DataFolder.Refusal.self) { try folder.keyRing() }
    #expect(!FileManager.default.fileExists(atPath: path))
    let before = try DataFolder(path: folder.path)
    let sealed = try before.keyRing().seal(Secret("old"), at: place)
    try FileManager.default.moveItem(atPath: before.file("key"), toPath: path)
    #expect(try folder.keyRing().open(sealed, at: place).exposed == "old")
    #expect(throws: DataFolder.Refusal.self) { try folder.keyRing().addKey(random: .system) }
    #expect(try folder.keyRing().ids == [1])
  }

  @Test("lines that cannot be handed over keep the key in the file")
  func notHandedOver() throws {
    try inFolder { folder in
      let ring = try folder.keyRing()
      try ring.addKey(random: .system)
      #expect(throws: StoreError.self) { try ring.dropKeys([1]) { _ in throw StoreError.unavailable("full") } }
      #expect(ring.ids == [1, 2])
    }
  }

  @Test("a file that is gone, damaged or another's changes nothing in a running process")
  func mishaps() throws {
    let keys = MemoryKeys(.seeded(1))
    let ring = try keys.ring()
    let sealed = try ring.seal(Secret("x"), at: place)
    for text in ["", "nonsense", KeyRing.newFile(.seeded(2)).exposed] {
      keys.put(Secret(text))
      #expect(ring.current == 1)
      #expect(try ring.open(ring.seal(Secret("y"), at: place), at: place).exposed == "y")
      #expect(try ring.open(sealed, at: place).exposed == "x")
    }
    keys.setGone(true)
    #expect(try ring.open(ring.seal(Secret("y"), at: place), at: place).exposed == "y")
  }

  @Test("comments in a key file stay, and a last line without its end is a line")
  func comments() throws {
    let line = KeyRing.newFile(.seeded(1)).exposed
    let text = try #require(KeyText("# from the safe\n" + line.dropLast()))
    let two = text.adding(.seeded(2))
    #expect(two.exposed.hasPrefix("# from the safe\n" + line))
    let both = try #require(KeyText(two.exposed))
    #expect(both.current == 2)
    #expect(both.dropping([1]).rest.exposed.split(separator: "\n").count == 2)
  }

  @Test("a database that somebody works on is not replaced, and one that is being replaced is not opened")
  func replacing() async throws {
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.path + "/data")
    let database = try await folder.database("keeper.sqlite", migrations: .oneTable)
    let second = try await folder.database("keeper.sqlite", migrations: .oneTable)
    #expect(throws: DataFolder.Refusal.self) { try folder.beginReplacing("keeper.sqlite") }
    try database.close()
    #expect(throws: DataFolder.Refusal.self) { try folder.beginReplacing("keeper.sqlite") }
    try second.close()
    let lock = try folder.beginReplacing("keeper.sqlite")
    await #expect(throws: DataFolder.Refusal.self) {
      try await folder.database("keeper.sqlite", migrations: .oneTable)
    }
    withExtendedLifetime(lock) {}
  }

  @Test("a folder that is named as the key file is refused with what to name")
  func folderAsKeyFile() throws {
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.path + "/data", keyPath: outer.path)
    let refusal = #expect(throws: DataFolder.Refusal.self) { _ = try folder.keyRing() }
    #expect(refusal?.description.contains("is a folder") == true)
  }

  @Test("the keys that a ring names are those of its file at that moment")
  func idsFollow() throws {
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.path + "/data")
    let ours = try folder.keyRing(), theirs = try folder.keyRing()
    #expect(ours.ids == [1])
    #expect(try theirs.addKey(random: .seeded(2)) == 2)
    #expect(ours.ids == [1, 2])
    try theirs.dropKeys([1])
    #expect(ours.ids == [2])
  }

  @Test("a key is 32 bytes, no fewer and no more", arguments: [0, 16, 31, 32, 33, 64])
  func keySize(_ count: Int) {
    let text = "1 \(Data(repeating: 7, count: count).base64EncodedString())\n"
    #expect((KeyRing(file: text) != nil) == (count == 32))
  }

  @Test("a key file is read again only where it was written since")
  func readOnce() throws {
    let keys = MemoryKeys(.seeded(1)), ring = try keys.ring(), before = keys.reads
    for _ in 1...3 { #expect(ring.ids == [1]) }
    #expect(keys.reads == before)
    try ring.addKey(random: .seeded(2))
    let once = keys.reads
    for _ in 1...3 { #expect(ring.ids == [1, 2]) }
    #expect(keys.reads <= once + 1)
  }
}
