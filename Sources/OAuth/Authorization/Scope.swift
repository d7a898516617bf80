import Wire

/// A set of scope tokens in the order they were written (RFC 6749 section 3.3).
package struct Scope: Sendable, Equatable {
  package let tokens: [String]

  package init(_ tokens: [String] = []) { self.tokens = tokens }

  /// Nil where a character is outside RFC 6749 section 3.3.
  package init?(parsing text: String) {
    guard text.utf8.allSatisfy(\.isQuotable) else { return nil }
    var seen: Set<Substring> = []
    tokens = text.split(separator: " ").filter { seen.insert($0).inserted }.map(String.init)
  }

  package var text: String { tokens.joined(separator: " ") }
  package var isEmpty: Bool { tokens.isEmpty }
  package func isSubset(of other: Scope) -> Bool { Set(tokens).isSubset(of: other.tokens) }
}

extension UInt8 {
  /// Whether it may stand in a scope, an error and its description, and so between quotes (NQSCHAR of RFC 6749 appendix A): the
  /// blank and visible ASCII, without the quote and the backslash.
  var isQuotable: Bool {
    (isVisibleASCII || self == UInt8(ascii: " ")) && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
  }
}
