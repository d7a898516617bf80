import Foundation
import Wire

/// The forms that values are compared in (law P43). Two spellings match exactly if their forms have the same bytes.
package enum NormalForm {
  /// Without white space around, in lower case by Unicode's rules, composed (NFC). Nothing is known of providers:
  /// a dot or a `+tag` counts, and an international domain stays as it is written.
  package static func email(_ text: String) -> String {
    plain(text, collapsing: false) ?? composed(trimmed(text).lowercased())
  }

  /// Without white space around, inner white space as one space, without regard to case, composed (NFC).
  package static func name(_ text: String) -> String {
    // Up and down again, so that letters with two lower-case forms (ß and ss, ς and σ) become one.
    plain(text, collapsing: true) ?? composed(collapsed(text).uppercased().lowercased())
  }

  /// The form of a text of ASCII alone, as most are, in one pass over its bytes; nil for any other.
  ///
  /// - Parameter collapsing: whether inner white space becomes one space.
  private static func plain(_ text: String, collapsing: Bool) -> String? {
    var text = text
    return text.withUTF8 { bytes -> String? in
      guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
      guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
      else { return "" }
      return String(unsafeUninitializedCapacity: last - first + 1) { form in
        var count = 0
        for byte in bytes[first...last] {
          let isGap = collapsing && isSpace(byte)
          if isGap && form[count - 1] == UInt8(ascii: " ") { continue }
          form[count] = isGap ? UInt8(ascii: " ") : byte.lowercased
          count += 1
        }
        return count
      }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

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
    if let first = text.utf8.first, let last = text.utf8.last, first.isVisibleASCII, last.isVisibleASCII { return text }
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(text[first...last])
  }

  static func collapsed(_ text: String) -> String { text.split(whereSeparator: isSpace).joined(separator: " ") }

  private static func isSpace(_ character: Character) -> Bool {
    character.isWhitespace || character == "\u{FEFF}" || character == "\u{200B}"
  }
}
