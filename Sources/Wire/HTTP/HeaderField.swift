/// A header field whose name and value are fit for the wire.
package struct HeaderField: Sendable, Equatable {
  package let name: String
  package let value: String

  /// Nil where the name is none, or the value has anything but visible ASCII in it: a line break would begin another field.
  package init?(_ name: String, _ value: String) {
    guard Self.isName(name), value.isVisibleASCII else { return nil }
    self.name = name
    self.value = value
  }

  /// Whether a text is a field's name, a token of RFC 9110 section 5.6.2.
  package static func isName(_ text: some StringProtocol) -> Bool {
    !text.utf8.isEmpty
      && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }
}
