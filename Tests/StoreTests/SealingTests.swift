import Foundation
import OAuth
import TestKit
import Testing

@testable import Store
@testable import Wire

struct SealingTests {
  private func ring(_ seed: UInt64 = 1) throws -> KeyRing {
    try #require(KeyRing(file: KeyRing.newFile(.seeded(seed)).exposed))
  }
  private let place = KeyRing.Place(table: "connections", row: "shop", column: "refresh_token", generation: 7)

  @Test("a sealed value opens in its own place, with its own key, and nowhere else")
  func places() throws {
    let ring = try ring()
    let sealed = try ring.seal(Secret("the token"), at: place)
    #expect(try ring.open(sealed, at: place).exposed == "the token")
    for other in [
      KeyRing.Place(table: "connections", row: "shop", column: "refresh_token", generation: 8),
      KeyRing.Place(table: "connections", row: "other", column: "refresh_token", generation: 7),
      KeyRing.Place(table: "connections", row: "shop", column: "access_token", generation: 7),
    ] { #expect(throws: KeyRing.Failure.doesNotOpen) { try ring.open(sealed, at: other) } }
    #expect(throws: KeyRing.Failure.self) { try self.ring(2).open(sealed, at: place) }
  }

  @Test("a value with any byte changed, or cut, does not open")
  func tampering() throws {
    let ring = try ring()
    let sealed = try ring.seal(Secret("the token"), at: place)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: KeyRing.Failure.self) { try ring.open(changed, at: place) }
      #expect(throws: KeyRing.Failure.self) { try ring.open(Array(sealed[..<index]), at: place) }
    }
  }

  @Test("the newest key seals, and older ones still open")
  func rotation() throws {
    let old = try ring()
    let sealed = try old.seal(Secret("x"), at: place)
    let oldLine = KeyRing.newFile(.seeded(1)).exposed
    let newLine = KeyRing.newFile(.seeded(2)).exposed.replacing("1 ", with: "2 ", maxReplacements: 1)
    let both = try #require(KeyRing(file: oldLine + newLine))
    #expect(both.current == 2)
    #expect(try both.open(sealed, at: place).exposed == "x")
    let fresh = try both.seal(Secret("x"), at: place)
    #expect(throws: KeyRing.Failure.unknownKey(2)) { try old.open(fresh, at: place) }
  }

  @Test("a damaged key file is no key file", arguments: ["", "1", "1 short", "x AAAA", "1 AAAA 2"])
  func damagedFile(_ text: String) { #expect(KeyRing(file: text) == nil) }

  @Test("keys of two purposes or salts have nothing in common")
  func derivation() throws {
    let ring = try ring()
    let keys = [
      try ring.derive(.accessToken, key: 1, salt: [1]), try ring.derive(.refreshToken, key: 1, salt: [1]),
      try ring.derive(.accessToken, key: 1, salt: [2]),
    ]
    #expect(Set(keys.map { $0.withUnsafeBytes { Data($0) } }).count == 3)
  }
}

struct DataFolderTests {
  @Test("a new folder is its owner's alone, and so is its key file")
  func permissions() throws {
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.path + "/data")
    _ = try folder.keyRing()
    let mode = { (path: String) in
      (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
    #expect(try mode(folder.path) == 0o700)
    #expect(try mode(folder.file("key")) == 0o600)
  }

  @Test("a key file that others can read is refused with the command that mends it")
  func readableKey() throws {
    let folder = try DataFolder(path: try TemporaryFolder().path + "/data")
    _ = try folder.keyRing()
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.file("key"))
    let refusal = #expect(throws: DataFolder.Refusal.self) { try folder.keyRing() }
    #expect(refusal?.description.contains("chmod 600") == true)
  }

  @Test("a missing key file is not made anew beside a database that an old one has sealed")
  func missingKey() async throws {
    let outer = try TemporaryFolder()
    let folder = try DataFolder(path: outer.path + "/data")
    _ = try folder.keyRing()
    _ = try await folder.database("keeper.sqlite", migrations: .oneTable)
    try FileManager.default.removeItem(atPath: folder.file("key"))
    #expect(throws: DataFolder.Refusal.self) { try folder.keyRing() }
    #expect(!FileManager.default.fileExists(atPath: folder.file("key")))
  }

  @Test("a folder that cannot be made is refused in words")
  func unusableFolder() throws {
    let outer = try TemporaryFolder()
    try DataFolder.writePrivately("x", to: outer.path + "/file")
    #expect(throws: DataFolder.Refusal.self) { try DataFolder(path: outer.path + "/file/data") }
  }

  @Test("K9: a lease ends by the clock alone, whatever boot a process is shown, and with a restart")
  func leases() {
    let lease = Lease(holder: "p", from: Uptime(boot: "a", milliseconds: 1_000_000))
    for boot in ["a", "another"] {
      // Whoever waited for the store judges by a moment from before it began.
      #expect(!lease.isOver(at: Uptime(boot: boot, milliseconds: 900_000)))
      #expect(!lease.isOver(at: Uptime(boot: boot, milliseconds: 1_000_000)))
      #expect(!lease.isOver(at: Uptime(boot: boot, milliseconds: 1_179_999)))
      #expect(lease.isOver(at: Uptime(boot: boot, milliseconds: 1_180_000)))
      #expect(lease.remaining(at: Uptime(boot: boot, milliseconds: 1_060_000)) == .seconds(120))
    }
    #expect(lease.isOver(at: Uptime(boot: "after a restart", milliseconds: 50_000)))
  }
}
