import Testing

@testable import Wire

/// What an `Authorization` field proves.
struct AuthSchemeTests {
  @Test(
    "anything but the scheme, blanks and one word proves nothing",
    arguments: [
      "", "Bearer", "Bearer ", "Bearer    ", "Bearer\tx", "Bearer \tx", "Bearer\u{A0}x", " Bearer x", "Bearerx",
      "Bearers x", "Basic x",
      "x", "Bearer a b", "Bearer a, Bearer b", "Bearer a,b", "Bearer a\tb", "Bearer a\r\nX: y", "Bearer a\nb",
      "Bearer a\0",
      "Bearer é", "Bearer \u{212A}ey", "Bearer \"a\"", "Bearer realm=\"x\"", "Bearer a=b", "Bearer =", "Bearer ==",
      "Bearer a;b",
      "Ｂearer a", "Bea\u{301}rer a",
    ])
  func refused(_ field: String) { #expect(AuthScheme.bearer.word(in: field) == nil) }

  @Test(
    "the scheme is known in any case, one blank or several come before the word, and those behind it are no part of it")
  func accepted() {
    for field in ["Bearer a", "bearer a", "bEARER a", "Bearer   a", "Bearer a ", "Bearer a \t "] {
      #expect(AuthScheme.bearer.word(in: field) == "a", "\(field)")
    }
    #expect(AuthScheme.basic.word(in: "basic YTpi") == "YTpi")
    #expect(AuthScheme.basic.word(in: "Bearer YTpi") == nil)
    for word in ["evk_0aZ", "a.b-c_d~e+f/g", "YQ==", "YWI="] {
      #expect(AuthScheme.bearer.word(in: AuthScheme.bearer.prefix + word) == word)
    }
  }

  @Test("of all letters the word has those of token68")
  func letters() {
    for byte in UInt8(0x21)...0x7E {
      let letter = String(decoding: [byte], as: UTF8.self)
      let isFree = byte.isASCIILetter || byte.isASCIIDigit || "-._~+/".contains(letter)
      #expect((AuthScheme.bearer.word(in: "Bearer a\(letter)b") != nil) == isFree, "\(letter)")
    }
  }
}
