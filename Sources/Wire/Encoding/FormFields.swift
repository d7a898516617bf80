import Foundation

/// `application/x-www-form-urlencoded` fields in their order, from a query or a body.
package struct FormFields: Sendable, Equatable {
  package var pairs: [(name: String, value: String)]

  package init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

  /// A field that has a value; OAuth treats an empty parameter as absent (RFC 6749 section 3.1).
  package subscript(name: String) -> String? {
    pairs.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  package func values(of name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  package mutating func append(_ name: String, _ value: String?) {
    if let value { pairs.append((name, value)) }
  }

  /// The first name that occurs more than once (RFC 6749 section 3.1: parameters must not be included more than once).
  package var firstDuplicate: String? {
    var seen: Set<String> = []
    return pairs.first { !seen.insert($0.name).inserted }?.name
  }

  package static func == (left: FormFields, right: FormFields) -> Bool {
    left.pairs.elementsEqual(right.pairs) { $0 == $1 }
  }
}

extension FormFields {
  /// The query of an address as a person pastes it, with blanks or quotes around it; nil where it has none that can be read.
  package init?(ofPastedAddress text: String) {
    let around = CharacterSet.whitespacesAndNewlines.union(CharacterSet(charactersIn: "\"'<>"))
    let address = text.trimmingCharacters(in: around)
    guard let query = address.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "#").first else {
      return nil
    }
    self.init(parsing: query)
  }

  /// Parses a query or body; nil where an escape is broken, the bytes are not UTF-8, or one of them is a NUL.
  package init?(parsing text: some StringProtocol) {
    self.init()
    for part in text.utf8.split(separator: UInt8(ascii: "&")) {
      let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decodeForm(halves[0]),
        let value = halves.count > 1 ? PercentEncoding.decodeForm(halves[1]) : "",
        !name.utf8.contains(0), !value.utf8.contains(0)
      else { return nil }
      pairs.append((name, value))
    }
  }

  package var encoded: String {
    pairs.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }.joined(separator: "&")
  }
}
