import Store
import Testing

@Suite struct GivenNameTests {
  @Test(
    "a name in any script, with blanks inside, can be given",
    arguments: ["nightly", "Acme & Söhne (2)", "株式会社", "O'Neill", String(repeating: "é", count: 64)])
  func fine(name: String) { #expect(GivenName.fault(in: name) == nil) }

  @Test(
    "a name that is empty, too long, or has what cannot be seen is refused",
    arguments: [
      "", " ", " a", "a ", "a\nb", "a\r", "a\tb", "a\u{0}b", "a\u{1B}[2Jb", "a\u{7F}", "a\u{85}b", "a\u{2028}b",
      "a\u{202E}b", "a\u{200B}b", "\u{FEFF}a", "a\u{A0}b", "\u{E000}", String(repeating: "a", count: 65),
      "a" + String(repeating: "\u{301}", count: 400),
    ])
  func refused(name: String) { #expect(GivenName.fault(in: name) != nil) }
}
