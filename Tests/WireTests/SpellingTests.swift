import Testing
import Wire

struct SpellingTests {
  @Test("a scalar is spelled out with a combining mark behind it too, and all other text stays as it is")
  func marks() {
    let spellings: [Unicode.Scalar: String] = ["\"": "&quot;", "&": "&amp;"]
    for (text, spelled) in [
      ("", ""), ("a\"b&", "a&quot;b&amp;"), ("\"\u{301}", "&quot;\u{301}"),
      ("&\u{20E3}\"\u{200D}", "&amp;\u{20E3}&quot;\u{200D}"),
      ("e\u{301}\r\n\u{301}", "e\u{301}\r\n\u{301}"), ("\"\"", "&quot;&quot;"),
    ] {
      #expect(Array(text.spelling(spellings).utf8) == Array(spelled.utf8))
      #expect(Array(text[...].spelling(spellings).utf8) == Array(spelled.utf8))
    }
  }
}
