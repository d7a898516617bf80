import Testing

@testable import Wire

/// Bytes as digits.
struct HexadecimalTests {
  @Test(
    "bytes have one spelling",
    arguments: [
      "0", "000", "AB", "aB", "0x", "0x00", "g0", "0g", " 00", "00 ", "00\n", "+0", "-1", "００", "0\u{301}0", "../x",
    ])
  func refused(_ text: String) { #expect([UInt8](hex: text) == nil) }

  @Test("each byte comes back from its digits")
  func bytes() {
    let all = (UInt8(0)...255).map(\.self)
    #expect(all.hex.count == 512 && [UInt8](hex: all.hex) == all)
    #expect([0x00, 0x0F, 0xA0, 0xFF].hex == "000fa0ff" && ([] as [UInt8]).hex.isEmpty && [UInt8](hex: "") == [])
  }

  @Test("a digit of either case has its value, and any other byte has none")
  func digits() {
    for byte in UInt8(0)...255 {
      let value = byte < 0x80 ? UInt8(String(UnicodeScalar(byte)), radix: 16) : nil
      #expect(byte.hexDigit == value, "byte \(byte)")
    }
    #expect(UInt8(0x0A).escaped(after: UInt8(ascii: "=")) == Array("=0A".utf8))
  }
}
