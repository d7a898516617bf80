/// One condition of v2's `filter`: `field==value`. Those of a filter hold together.
package struct FilterTerm: Hashable, Sendable {
  package enum Comparison: String, CaseIterable, Sendable {
    case atLeast = ">="
    case atMost = "<="
    case equal = "=="
    case unequal = "!="
    case above = ">"
    case below = "<"
  }

  let name: String
  let comparison: Comparison
  let value: String

  private static let most = 50
  private static let mostNumbers = 1000

  /// Reads a filter: conditions with semicolons between them.
  static func terms(_ text: String) throws(ContactRefusal) -> [FilterTerm] {
    let parts = text.split(separator: ";")
    guard parts.count <= most else { throw ContactRefusal("filter: at most \(most) conditions") }
    var terms: [FilterTerm] = []
    for part in parts where !NormalForm.trimmed(String(part)).isEmpty {
      guard let start = part.firstIndex(where: { "=<>!".contains($0) }),
        let comparison = Comparison.allCases.first(where: { part[start...].hasPrefix($0.rawValue) })
      else { throw ContactRefusal("filter: \(part) is not of the form field==value") }
      terms.append(
        FilterTerm(
          name: NormalForm.trimmed(String(part[..<start])), comparison: comparison,
          value: NormalForm.trimmed(String(part[start...].dropFirst(comparison.rawValue.count)))))
    }
    return terms
  }

  /// - Throws: where the field is compared in another way.
  func requireEqual() throws(ContactRefusal) {
    guard comparison == .equal else { throw ContactRefusal("filter: \(name) can only be compared with ==") }
  }

  func number() throws(ContactRefusal) -> Int64 {
    guard let number = Int64(digits: value) else { throw ContactRefusal("filter: \(name) must be a number") }
    return number
  }

  func numbers() throws(ContactRefusal) -> [Int64] {
    let parts = value.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int64(digits: NormalForm.trimmed(String($0))) }
    guard numbers.count == parts.count else {
      throw ContactRefusal("filter: \(name) must be numbers with commas between them")
    }
    guard numbers.count <= FilterTerm.mostNumbers else {
      throw ContactRefusal("filter: \(name) must be at most \(FilterTerm.mostNumbers) numbers")
    }
    return numbers
  }

  func time() throws(ContactRefusal) -> Int64 { try KeapTime.asked(value, "filter: \(name)") }

  func truth() throws(ContactRefusal) -> Bool { try KeapDialect.truth(value, "filter: \(name)") }

  /// A text as it is, without a wildcard.
  func text() throws(ContactRefusal) -> String {
    guard value.count <= KeapMembers.mostOfLine, value.utf8.count <= 4 * KeapMembers.mostOfLine else {
      throw ContactRefusal("filter: \(name) must be at most \(KeapMembers.mostOfLine) characters")
    }
    return value
  }

  /// A text that may end in `*`, for all that begin with it.
  func pattern() throws(ContactRefusal) -> (text: String, isPrefix: Bool) {
    let text = try text(), isPrefix = text.hasSuffix("*")
    let rest = isPrefix ? String(text.dropLast()) : text
    guard !rest.contains("*") else { throw ContactRefusal("filter: \(name) can have * at its end only") }
    return (rest, isPrefix)
  }

  /// A text that may end in `*`, for all that begin with it. Any other star is one, as e-mail addresses may have it.
  func beginning() throws(ContactRefusal) -> (text: String, isPrefix: Bool) {
    let text = try text()
    return text.hasSuffix("*") ? (String(text.dropLast()), true) : (text, false)
  }

  func unknown() -> ContactRefusal { ContactRefusal("filter: \(name) is not a field to filter by") }
}

extension KeapTime {
  /// A time that a query gives.
  static func asked(_ text: String, _ name: String) throws(ContactRefusal) -> Int64 {
    guard let time = milliseconds(text) else {
      throw ContactRefusal("\(name) must be a time such as 2017-01-01T22:17:59.039Z")
    }
    return time
  }
}

extension KeapDialect {
  /// A truth value that a query gives.
  static func truth(_ text: String, _ name: String) throws(ContactRefusal) -> Bool {
    switch text.lowercased() {
    case "true": true
    case "false": false
    default: throw ContactRefusal("\(name) must be true or false")
    }
  }

  /// A number that v1's query gives.
  static func number(_ text: String, _ name: String) throws(ContactRefusal) -> Int64 {
    guard let number = Int64(digits: text) else { throw ContactRefusal("\(name) must be a number") }
    return number
  }
}
