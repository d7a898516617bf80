/// The encodings that a document may come in.
enum DocumentEncoding {
  case utf8
  /// What is sent under the name of ISO-8859-1 too: old programs put the characters of windows-1252 where that has controls, and
  /// WHATWG's Encoding Standard reads both names as this one.
  case windows1252

  /// - Parameter name: as a declaration has it, in either case.
  init?(named name: String) {
    switch name.lowercased() {
    case "utf-8", "us-ascii", "ascii": self = .utf8
    case "iso-8859-1", "latin1", "windows-1252": self = .windows1252
    default: return nil
    }
  }

  /// The character that a number below 256 stands for in windows-1252. The five numbers that it leaves open stand for themselves,
  /// as in the Encoding Standard.
  static func character(ofWindows1252 number: UInt8) -> Unicode.Scalar {
    (0x80...0x9F).contains(number) ? differing[Int(number) - 0x80] : Unicode.Scalar(number)
  }

  /// The characters of 0x80 to 0x9F, eight to a line.
  private static let differing: [Unicode.Scalar] = [
    "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{2C6}", "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
  ]
}
