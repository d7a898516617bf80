import Foundation
import OAuth
import TestKit
import Testing

@testable import Store
@testable import Wire

/// What is on a disk is read by the next version too: the bytes, worked out apart from this program.
struct FormatTests {
  private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
  }

  @Test("K28: a witness is its store, its count, the first half of their SHA-256, a line end and blanks, in 512 bytes")
  func witness() async throws {
    let folder = try TemporaryFolder(), path = folder.file("witness")
    let line = Array("store-a 7 7c1416f8e010fd042d5f890d074d3ef0\n".utf8)
    let record = line + [UInt8](repeating: 0x20, count: 512 - line.count)
    try await WitnessFile(path: path).raise(to: WitnessMark(store: "store-a", landings: 7))
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == record)
    // In the second place, with nothing in the first.
    try Data([UInt8](repeating: 0, count: 512) + record).write(to: URL(fileURLWithPath: path))
    #expect(try WitnessFile(path: path).read() == .mark(WitnessMark(store: "store-a", landings: 7)))
  }

  @Test("K2: a slot is its mark, a length of four bytes, eight bytes of a SHA-256 and the answer, at every 32 KiB")
  func journal() async throws {
    let folder = try TemporaryFolder(), path = folder.path + "/journal"
    let journal = try JournalFolder(path: path, process: "p1").own()
    let slots = (0..<32).compactMap { _ in journal.reserve() }
    #expect(slots.count == 32 && journal.reserve() == nil)
    let slot = Array("EVJ1".utf8) + [0, 0, 0, 5] + bytes("74f81fe167d99b4c") + [1, 2, 3, 4, 5]
    for slot in [slots[0], slots[2]] { try await journal.write([1, 2, 3, 4, 5], to: slot) }
    let file = try Array(Data(contentsOf: URL(fileURLWithPath: path + "/p1.journal")))
    #expect(file.count == 32 * 32 * 1024)
    for place in [0, 2] { #expect(Array(file.dropFirst(place * 32 * 1024).prefix(slot.count)) == slot) }
    #expect(file.dropFirst(32 * 1024).prefix(32 * 1024).allSatisfy { $0 == 0 })
  }

  @Test("a sealed value is its key's number, a nonce of 12 bytes, AES-256-GCM over its place, and the tag")
  func sealed() throws {
    let ring = try #require(KeyRing(file: "7 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"))
    let place = KeyRing.Place(table: "connections", row: "shop", column: "access_token", generation: 3)
    let value = bytes(
      "000000076465666768696a6b6c6d6e6f1d010a86b54bb3fe20f8f13dc568725cc6375a1385269a2a1a")
    let nonce = Randomness { count in (0..<count).map { 100 + UInt8($0) } }
    #expect(try ring.seal(Secret("the token"), at: place, random: nonce) == value)
    #expect(try ring.open(value, at: place).exposed == "the token")
    #expect(KeyRing.key(of: value) == 7)
    #expect(KeyRing.key(of: Array(value.prefix(32))) == 7 && KeyRing.key(of: Array(value.prefix(31))) == nil)
  }
}
