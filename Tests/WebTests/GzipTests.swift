import NIOCore
import TestKit
import Testing

@testable import Web

@Suite("gzip")
struct GzipTests {
  private func packed(_ bytes: [UInt8]) async throws -> [UInt8] {
    let packed = await Gzip.pack(ByteBuffer(bytes: bytes))
    return Array(try #require(packed).readableBytesView)
  }

  @Test("what is packed is read by zlib as it was, whatever it is", arguments: 0..<20)
  func roundTrip(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let letters = Int.random(in: 1...256, using: &random)
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      if Bool.random(using: &random), !text.isEmpty {
        let start = Int.random(in: 0..<text.count, using: &random)
        text += Array(text[start...].prefix(Int.random(in: 1...2000, using: &random)))
      } else {
        for _ in 0..<Int.random(in: 0...3000, using: &random) {
          text.append(UInt8(Int.random(in: 0..<letters, using: &random)))
        }
      }
    }
    let once = try await packed(text)
    #expect(try Gunzip.read(once) == text)
  }

  @Test(
    "what ends where a piece ends is whole, and what cannot be packed grows little", arguments: [1, 2, 3], [-1, 0, 1])
  func pieces(pieces: Int, more: Int) async throws {
    let count = pieces * Gzip.piece + more
    var random = SeededGenerator(seed: UInt64(count))
    let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let once = try await packed(noise)
    #expect(try Gunzip.read(once) == noise)
    #expect(once.count < noise.count + noise.count / 100 + 64)
    let same = [UInt8](repeating: 0x41, count: count)
    let short = try await packed(same)
    #expect(try Gunzip.read(short) == same)
  }

  @Test("nothing at all is a whole gzip too, and part of one is none")
  func edges() async throws {
    let nothing = try await packed([])
    #expect(try Gunzip.read(nothing) == [])
    let whole = try await packed(Array("evergrant".utf8))
    #expect(throws: Missed.self) { try Gunzip.read(Array(whole.dropLast())) }
  }
}
