import Foundation

/// The forms that values are compared in (law P43). Two spellings match exactly if their forms have the same bytes.
package enum NormalForm {
  /// Without white space around, in lower case by Unicode's rules, composed (NFC). Nothing is known of providers:
  /// a dot or a `+tag` counts, and an international domain stays as it is written.
  package static func email(_ text: String) -> String {
    composed(trimmed(text).lowercased())
  }

  /// Without white space around, inner white space as one space, without regard to case, composed (NFC).
  package static func name(_ text: String) -> String {
    // Up and down again, so that letters with two lower-case forms (ß and ss, ς and σ) become one.
    composed(collapsed(text).uppercased().lowercased())
  }

  /// Composed (NFC), so that equal texts have equal bytes.
  static func composed(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }

  /// For looking up in a table: lower case, accents dropped, everything but letters and digits as one space.
  static func folded(_ text: String) -> String {
    let plain = text.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars.filter {
      $0.properties.generalCategory != .nonspacingMark
    }
    return String(String.UnicodeScalarView(plain)).split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
  }

  /// Without white space, byte-order marks and zero-width spaces around.
  package static func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(text[first...last])
  }

  static func collapsed(_ text: String) -> String { text.split(whereSeparator: isSpace).joined(separator: " ") }

  private static func isSpace(_ character: Character) -> Bool {
    character.isWhitespace || character == "\u{FEFF}" || character == "\u{200B}"
  }
}
