import Testing

@testable import Wire

/// What a byte is as a letter.
struct ASCIITests {
  @Test(
    "a text with anything that cannot be seen is no credential",
    arguments: [
      "", " ", "a b", " a", "a ", "a\n", "a\r\n", "a\t", "a\0", "a\u{7F}", "a\u{A0}", "é", "a\u{301}", "ａ", "a\u{200B}",
      "\u{FEFF}a",
      "a\u{202E}b",
    ])
  func unseen(_ text: String) { #expect(!text.isVisibleASCII) }

  @Test("of all bytes those from ! to ~ can be seen, and the backslash alone of them stands in no address")
  func bytes() {
    for byte in UInt8(0)...255 {
      let isVisible = (UInt8(ascii: "!")...UInt8(ascii: "~")).contains(byte)
      #expect(byte.isVisibleASCII == isVisible, "byte \(byte)")
      #expect(byte.isPlainInAddress == (isVisible && byte != UInt8(ascii: "\\")), "byte \(byte)")
      let scalar = UnicodeScalar(byte)
      #expect(byte.isASCIILetter == (("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)), "byte \(byte)")
      #expect(byte.isASCIIDigit == ("0"..."9").contains(scalar), "byte \(byte)")
      #expect(byte.lowercased == (("A"..."Z").contains(scalar) ? byte + 32 : byte), "byte \(byte)")
    }
    #expect("!~aZ09".isVisibleASCII)
  }

  @Test("the case of ASCII letters does not count, and nothing else is the same as another letter")
  func ignoringCase() {
    for text in ["chunked", "CHUNKED", "cHuNkEd"] { #expect(text.equalsIgnoringCase("chunked"), "\(text)") }
    // The Kelvin sign is a k in lower case, and the long s an S in upper case.
    for text in ["", "chunke", "chunkedd", "chun\u{212A}ed", "chunked ", "chunked\u{301}"] {
      #expect(!text.equalsIgnoringCase("chunked"), "\(text)")
    }
    #expect(!"ba\u{17F}ic".equalsIgnoringCase("basic") && !"[".equalsIgnoringCase("{") && !"@".equalsIgnoringCase("`"))
  }
}
