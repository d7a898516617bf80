import Testing

@testable import Wire

/// What may stand in a header field that we write.
struct HeaderFieldTests {
  @Test(
    "no value breaks out of its line, and none is empty",
    arguments: [
      "", " ", "a b", "a\r\nX: y", "a\nX: y", "a\rb", "a\0", "a\tb", "é", "a\u{7F}", "a\u{85}b", "a\u{2028}b",
      "\u{FEFF}a",
    ])
  func values(_ value: String) { #expect(HeaderField("tenant", value) == nil) }

  @Test(
    "no name is more than a token",
    arguments: [
      "", " ", "a b", "a:", ":a", "a\r\nb", "a\n", "a\0", "é", "a(b)", "a,b", "a/b", "a;b", "a<b", "a=b", "a?b", "a@b",
      "a[b]",
      "a\\b", "a{b}", "a\"b", "a\u{7F}",
    ])
  func names(_ name: String) {
    #expect(!HeaderField.isName(name))
    #expect(HeaderField(name, "a") == nil)
  }

  @Test("of all letters a name has those of a token, and a value all that can be seen")
  func letters() {
    for byte in UInt8(0)...255 {
      let letter = String(decoding: [byte], as: UTF8.self)
      let isToken = byte.isASCIILetter || byte.isASCIIDigit || (byte < 0x80 && "!#$%&'*+-.^_`|~".contains(letter))
      #expect(HeaderField.isName("a\(letter)") == isToken, "byte \(byte)")
      #expect((HeaderField("a", "b\(letter)") != nil) == (0x21...0x7E).contains(byte), "byte \(byte)")
    }
  }
}
