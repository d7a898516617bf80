/// Somebody else's text as a terminal may show it. Characters that would move the cursor, or colour, hide or turn round other
/// text, are spelled out, such as `\u001b`; JSON reads that back as the character.
package enum Printable {
  /// Keeps line breaks and tabs.
  package static func text(_ text: String) -> String { spelled(text) { $0 == "\n" || $0 == "\t" } }

  /// Spells out line breaks and tabs too, so that nothing of the text is taken for a line of ours.
  package static func line(_ text: String) -> String { spelled(text) { _ in false } }

  private static func spelled(_ text: String, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { isHidden($0) && !isKept($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isHidden(scalar), !isKept(scalar) {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    // Marks of direction, which show a text in another order than it is read, and separators of lines.
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
