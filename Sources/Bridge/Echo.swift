import Wire

/// What a fault may repeat of a call's own words. A name is told only where it looks like one: anything else may be a key in the
/// wrong place, and may be as long as a call.
enum Echo {
  /// Bytes of a name.
  private static let most = 64
  /// Unicode scalars of a value: a character can have any number of them.
  private static let mostOfValue = 60

  /// `Service.method`.
  static func method(_ text: String) -> String? {
    let words = text.split(separator: ".", omittingEmptySubsequences: false)
    return words.count == 2 && text.utf8.count <= most && words.allSatisfy(isWord) ? text : nil
  }

  static func table(_ text: String) -> String? { isWord(text) ? text : nil }

  /// A field's name has underscores where it begins with one, as a custom field's does; a key has them further on.
  static func field(_ text: String) -> String? {
    let isName: Bool
    if text.utf8.first == UInt8(ascii: "_") {
      isName =
        text.utf8.count <= most
        && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
    } else {
      let words = text.split(separator: ".", omittingEmptySubsequences: false)
      isName = words.count <= 2 && words.allSatisfy(isWord)
    }
    return isName ? text : nil
  }

  /// The beginning of what a field was given.
  static func value(_ text: String) -> String { String(text.unicodeScalars.prefix(mostOfValue)) }

  /// The name of a service, a method, a table or a field.
  private static func isWord(_ text: some StringProtocol) -> Bool {
    text.utf8.count <= 32 && text.utf8.first?.isASCIILetter == true
      && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit }
  }
}
