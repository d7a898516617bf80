/// A set of scope tokens in the order they were written (RFC 6749 section 3.3).
package struct Scope: Sendable, Equatable {
  package let tokens: [String]

  package init(_ tokens: [String] = []) { self.tokens = tokens }

  /// Nil where a character is outside RFC 6749 section 3.3.
  package init?(parsing text: String) {
    let legal = text.utf8.allSatisfy {
      $0 == 0x20 || $0 == 0x21 || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0)
    }
    guard legal else { return nil }
    var seen: Set<Substring> = []
    tokens = text.split(separator: " ").filter { seen.insert($0).inserted }.map(String.init)
  }

  package var text: String { tokens.joined(separator: " ") }
  package var isEmpty: Bool { tokens.isEmpty }
  package func isSubset(of other: Scope) -> Bool { Set(tokens).isSubset(of: other.tokens) }
}
