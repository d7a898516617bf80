import Testing

@testable import Wire

/// Escapes in addresses and forms.
struct PercentEncodingTests {
  @Test(
    "a broken escape, and bytes that are not UTF-8, are nothing",
    arguments: ["%", "%4", "a%4", "%zz", "%g0", "%0g", "%%41", "%+1", "% 1", "%ff", "%c3", "%c0%80", "%ed%a0%80"])
  func broken(_ text: String) {
    #expect(PercentEncoding.decode(text.utf8) == nil)
    #expect(PercentEncoding.decodeForm(text.utf8) == nil)
  }

  @Test("of all bytes the unreserved ones stand as they are, and each comes back")
  func bytes() {
    for byte in UInt8(0)..<0x80 {
      let letter = String(decoding: [byte], as: UTF8.self)
      let isFree = byte.isASCIILetter || byte.isASCIIDigit || "-._~".contains(letter)
      #expect((PercentEncoding.encode(letter) == letter) == isFree && byte.isUnreserved == isFree, "byte \(byte)")
      #expect(PercentEncoding.decode(PercentEncoding.encode(letter).utf8) == letter, "byte \(byte)")
      #expect(PercentEncoding.decodeForm(PercentEncoding.encode(letter).utf8) == letter, "byte \(byte)")
    }
    #expect(PercentEncoding.encode("a b/ü?\n") == "a%20b%2F%C3%BC%3F%0A")
    #expect(PercentEncoding.decode("a+b%2b%2B".utf8) == "a+b++" && PercentEncoding.decodeForm("a+b%2b".utf8) == "a b+")
  }
}
