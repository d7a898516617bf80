import Testing
import Wire

@Suite struct PrintableTests {
  @Test("what a terminal would obey is spelled out, and all other text stays as it is")
  func spelling() {
    let title = "\u{1B}]0;owned\u{07}"
    #expect(Printable.line(title) == "\\u001b]0;owned\\u0007")
    #expect(Printable.text("a\u{9B}31m\u{7F}\u{8}b") == "a\\u009b31m\\u007f\\u0008b")
    #expect(Printable.line("evil\u{202E}fdp.exe\u{2066}") == "evil\\u202efdp.exe\\u2066")
    let fine = "Zoë Ñandú 日本語 👩‍👩‍👧 “x” – \\u001b é"
    #expect(Printable.line(fine) == fine && Printable.text(fine) == fine)
  }

  @Test("a line break in a value makes no line of its own, and one of ours stays")
  func lines() {
    #expect(Printable.line("x\r\nline 9 refused: y\t.") == "x\\u000d\\u000aline 9 refused: y\\u0009.")
    #expect(Printable.text("one\n\ttwo") == "one\n\ttwo")
  }

  @Test("no control character comes through, whichever it is")
  func everyControl() {
    for value in UInt32(0)..<0x3000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let shown = Printable.line("a\(scalar)b")
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: #expect(shown.utf8.allSatisfy { $0 > 0x1F && $0 < 0x7F })
      default: break
      }
    }
  }

  @Test("JSON in which it is spelled reads as it was")
  func json() throws {
    let text = "a\u{1B}[2J\u{9B}b\u{202E}c"
    let shown = Printable.text(String(decoding: JSON.string(text).serialized(), as: UTF8.self))
    #expect(shown.utf8.allSatisfy { $0 < 0x7F })
    #expect(try JSON.parse(Array(shown.utf8)).string == text)
  }
}
