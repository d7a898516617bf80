import Wire
import XMLRPC

/// What a query asks of one field.
struct Condition {
  enum Comparison: String, CaseIterable {
    case above = "~>~"
    case atLeast = "~>=~"
    case below = "~<~"
    case atMost = "~<=~"
    case other = "~<>~"
  }

  enum Test {
    /// Whatever it holds, nothing included.
    case anything
    case isNothing
    case isSomething
    case equals(String)
    /// Pieces between which anything may stand.
    case like([String])
    case compares(Comparison, String)
    case oneOf([String])
  }

  let field: BridgeField
  let test: Test

  /// Records that one filter of REST may name.
  private static let mostNumbers = 100
  private static let mostPattern = 255

  /// - Throws: fault 12 for a condition that means nothing here.
  init(_ field: BridgeField, _ value: XMLRPCValue, of table: String) throws(XMLRPCFault) {
    self.field = field
    if let elements = value.array {
      let texts = elements.compactMap { FieldText($0).text }
      guard texts.count == elements.count, !texts.isEmpty else {
        throw ServiceFault.invalidParameter("\(table).\(field.name): a list of single values is needed")
      }
      test = .oneOf(texts)
      return
    }
    guard let text = FieldText(value).text else {
      throw ServiceFault.invalidParameter("\(table).\(field.name) cannot be compared with a \(value.typeName)")
    }
    test = try Self.test(text, field, table)
  }

  /// A text that stands for itself alone, whatever a query would read in it.
  init(_ field: BridgeField, equals text: String) {
    self.field = field
    test = .equals(text)
  }

  private static func test(_ text: String, _ field: BridgeField, _ table: String) throws(XMLRPCFault) -> Test {
    switch text {
    case "", "~null~": return .isNothing
    case "~notnull~": return .isSomething
    case "%": return field.name == "Id" ? .anything : .isSomething
    default: break
    }
    if let comparison = Comparison.allCases.first(where: { text.hasPrefix($0.rawValue) }) {
      let rest = text.dropFirst(comparison.rawValue.count).drop { $0 == " " }
      return .compares(comparison, String(rest))
    }
    guard !text.hasPrefix("~") else {
      throw ServiceFault.invalidParameter("\(table).\(field.name): \(Echo.value(text)) has no comparison that is known")
    }
    guard text.contains("%") else { return .equals(text) }
    guard text.utf8.count <= mostPattern else {
      throw ServiceFault.invalidParameter("\(table).\(field.name): a pattern has at most \(mostPattern) bytes")
    }
    return .like(text.split(separator: "%", omittingEmptySubsequences: false).map(String.init))
  }

  // MARK: In REST's filter

  /// What the condition is in REST's filter; nil where it says nothing of it.
  var term: String? {
    guard let filter = field.filter else { return nil }
    switch (filter, test) {
    case (.exact(let name, _), .equals(let text)), (.number(let name, _), .equals(let text)),
      (.ids(let name), .equals(let text)):
      return plain(text).map { "\(name)==\($0)" }
    case (.wider(let name, _, let more), .equals(let text)):
      return plain(text).map { ["\(name)==\($0)", more].compactMap(\.self).joined(separator: ";") }
    case (.exact(let name, true), .like(let pieces)), (.wider(let name, true, nil), .like(let pieces)):
      guard pieces.count == 2, pieces[1].isEmpty else { return nil }
      return plain(pieces[0]).map { "\(name)==\($0)*" }
    case (.number(_, .some(let name)), .oneOf(let texts)), (.ids(let name), .oneOf(let texts)):
      let numbers = texts.compactMap { Int64($0) }
      guard numbers.count == texts.count, numbers.count <= Self.mostNumbers else { return nil }
      return "\(name)==\(numbers.map(String.init).joined(separator: ","))"
    case (.number(let name, _), .compares(let comparison, let text)):
      guard let sign = Self.sign(comparison), Int64(text) != nil else { return nil }
      return "\(name)\(sign)\(text)"
    case (.period(let since, let until), .compares(let comparison, let text)):
      guard let moment = WallTime(text)?.moment else { return nil }
      // REST wants milliseconds and a zone here.
      let time = "\(ISO8601.withFraction(moment.milliseconds).dropLast(5))Z"
      switch comparison {
      case .above, .atLeast: return "\(since)==\(time)"
      case .below, .atMost: return "\(until)==\(time)"
      case .other: return nil
      }
    default: return nil
    }
  }

  /// Whether REST's filter leaves exactly what XML-RPC would.
  var isExact: Bool {
    switch (field.filter, test) {
    case (_, .anything): true
    case (.exact, .equals), (.exact(_, true), .like), (.number, _), (.ids, _): term != nil
    default: false
    }
  }

  private static func sign(_ comparison: Comparison) -> String? {
    switch comparison {
    case .above: ">"
    case .atLeast: ">="
    case .below: "<"
    case .atMost: "<="
    case .other: nil
    }
  }

  /// A text as it can stand in a filter, which has no escapes; of a country its code.
  private func plain(_ text: String) -> String? {
    if field.kind == .id || field.kind == .int { return Int64(text).map(String.init) }
    if field.kind == .country { return (try? field.json(for: .string(text), of: ""))?.string }
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.properties.generalCategory != .control && !";,*<>=".unicodeScalars.contains($0)
      }
    return isPlain && text.first != " " && text.last != " " ? text : nil
  }

  // MARK: Here

  /// Whether what a record holds in the field meets the condition.
  func holds(of value: XMLRPCValue?) -> Bool {
    switch test {
    case .anything: return true
    case .isNothing: return value == nil
    case .isSomething: return value != nil
    case .oneOf(let texts): return texts.contains { isEqual(value, $0) }
    case .equals(let text): return isEqual(value, text)
    case .compares(.other, let text): return !isEqual(value, text)
    case .compares(let comparison, let text):
      guard let value, let order = Self.order(value, Self.value(text, like: value)) else { return false }
      return switch comparison {
      case .above: order > 0
      case .atLeast: order >= 0
      case .below: order < 0
      case .atMost: order <= 0
      case .other: order != 0
      }
    case .like(let pieces):
      guard let value, let text = FieldText(value).text?.lowercased() else { return false }
      return Self.isLike(text, pieces.map { $0.lowercased() })
    }
  }

  private func isEqual(_ value: XMLRPCValue?, _ text: String) -> Bool {
    guard let value else { return text.isEmpty }
    if field.kind == .country, let code = plain(text) {
      return plain(FieldText(value).text ?? "") == code
    }
    return Self.order(value, Self.value(text, like: value)) == 0
  }

  /// What a text of a query is beside a value of a record.
  private static func value(_ text: String, like value: XMLRPCValue) -> XMLRPCValue {
    switch value {
    case .int, .double: Double(text).map(XMLRPCValue.double) ?? .string(text)
    case .dateTime: WallTime(text).map(XMLRPCValue.dateTime) ?? .string(text)
    default: .string(text)
    }
  }

  /// Below, at or above zero as one value comes before, with or after another; nil where they cannot be compared. Texts are
  /// compared without regard to case.
  static func order(_ one: XMLRPCValue, _ other: XMLRPCValue) -> Int? {
    let numbers = (number(one), number(other))
    if let left = numbers.0, let right = numbers.1 { return left < right ? -1 : left > right ? 1 : 0 }
    guard let left = FieldText(one).text?.lowercased(), let right = FieldText(other).text?.lowercased() else {
      return nil
    }
    return left < right ? -1 : left > right ? 1 : 0
  }

  private static func number(_ value: XMLRPCValue) -> Double? {
    switch value {
    case .int(let number): Double(number)
    case .double(let number): number
    case .dateTime(let time): time.moment.map { Double($0.milliseconds) }
    default: nil
    }
  }

  /// One pass: each piece is looked for behind the one before, the last at the end.
  private static func isLike(_ text: String, _ pieces: [String]) -> Bool {
    guard let first = pieces.first, let last = pieces.last, text.hasPrefix(first) else { return false }
    var rest = text.dropFirst(first.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.count >= last.count && rest.hasSuffix(last)
  }
}
