import Foundation
import Testing

@testable import Wire

/// Bytes as letters that an address may have.
struct Base64URLTests {
  @Test(
    "the other alphabet, padding and anything else is refused",
    arguments: [
      "a", "aaaaa", "YQ==", "YQ=", "=", "++++", "////", "a b", "YWI\n", "YW\0I", "YWIé", "ＹWI", "YWI.", "YWI,",
    ])
  func refused(_ text: String) { #expect(Base64URL.decode(text) == nil) }

  @Test("bytes of any number come back, in letters that need no escape")
  func bytes() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 250) }
      let text = Base64URL.encode(bytes)
      #expect(Base64URL.decode(text) == bytes && PercentEncoding.encode(text) == text, "\(count)")
      #expect(text.utf8.count == (count * 8 + 5) / 6)
    }
    #expect(Base64URL.encode([0xFB, 0xEF, 0xFF]) == "--__")
  }
}
