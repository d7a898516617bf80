/// Text of one byte a letter, as Windows has it in western Europe and America.
///
/// What is sent under the name of ISO-8859-1 is read so too: programs put the characters of windows-1252 where that has controls,
/// and WHATWG's Encoding Standard reads both names as this one.
package enum Windows1252 {
  /// The character that a byte stands for. The five that the standard leaves open stand for themselves, as in the Encoding
  /// Standard.
  package static func character(_ byte: UInt8) -> Unicode.Scalar {
    (0x80...0x9F).contains(byte) ? differing[Int(byte) - 0x80] : Unicode.Scalar(byte)
  }

  /// The byte for a character; nil where it has none.
  package static func byte(for character: Unicode.Scalar) -> UInt8? {
    switch character.value {
    case 0..<0x80, 0xA0...0xFF: UInt8(character.value)
    default: differing.firstIndex(of: character).map { UInt8(0x80 + $0) }
    }
  }

  /// The bytes as text.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(character(byte)) }
    return String(text)
  }

  /// The characters of 0x80 to 0x9F, eight to a line.
  private static let differing: [Unicode.Scalar] = [
    "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{2C6}", "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
  ]
}
