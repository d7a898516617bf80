extension Character {
  /// Whether it is one of the ten digits of ASCII, without a combining mark.
  package var isASCIIDigit: Bool { asciiValue?.isASCIIDigit ?? false }
}

extension FixedWidthInteger {
  /// Nil unless the text is decimal digits alone: no sign, no blank, no other script's digits, and no number too large.
  @inlinable package init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
    self.init(text)
  }
}

extension Int {
  /// The decimal digits, filled up with zeros from the left.
  package func digits(_ width: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: Swift.max(0, width - text.count)) + text
  }
}

extension BinaryInteger {
  /// `1 call`, `2 calls`.
  package func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
