import Wire

/// What a content has to be by its field's type, and the one form in which it is kept and shown.
extension CustomFieldDefinition {
  /// The most characters of a text (Keap's OpenAPI document, `CustomFieldValue`).
  static let mostCharacters = 65_535

  /// - Returns: null for an empty content, which clears the field.
  func content(_ json: JSON) throws(ContactRefusal) -> JSON {
    if json.isNull || json == "" { return .null }
    switch type {
    case .text, .name, .phoneNumber, .website, .state: return .string(try text(json))
    case .textArea: return .string(try text(json, hasLines: true))
    case .email: return .string(try email(json))
    case .socialSecurityNumber: return .string(try socialSecurityNumber(json))
    case .wholeNumber: return .integer(try number(json, in: Int64.min...Int64.max, "a whole number"))
    case .decimalNumber, .currency, .percent: return try decimal(json)
    case .year: return .integer(try number(json, in: 1...9999, "a year from 1 to 9999"))
    case .month: return .integer(try number(json, in: 1...12, "a month from 1 to 12"))
    case .dayOfWeek: return .integer(try number(json, in: 1...7, "a day of the week from 1 to 7"))
    case .user: return .integer(try number(json, in: 1...Int64.max, "the number of a user"))
    case .userListBox: return list(try users(json))
    case .date: return .string(try date(json).description)
    case .dateTime: return .string(KeapTime.content(try time(json)))
    case .yesNo: return .integer(try isYes(json) ? 1 : 0)
    case .dropdown, .radio, .drilldown: return .string(try option(json, of: Choices(options)).label)
    case .listBox: return list(try labels(json))
    }
  }

  private func refusal(_ end: String) -> ContactRefusal {
    ContactRefusal("custom_fields.\(id) (\(label)) must be \(end)")
  }

  // MARK: - Texts

  /// Numbers and truth values stand for texts, as clients of either version write them.
  private func plain(_ json: JSON) -> String? {
    switch json {
    case .string(let text): text
    case .integer, .number, .bool: json.text
    default: nil
    }
  }

  private func text(_ json: JSON, hasLines: Bool = false) throws(ContactRefusal) -> String {
    guard let text = plain(json) else { throw refusal("a text") }
    guard text.unicodeScalars.count <= Self.mostCharacters else {
      throw refusal("at most \(Self.mostCharacters) characters")
    }
    guard text.isPlain(hasLines: hasLines) else {
      throw refusal(hasLines ? "without control characters" : "one line without control characters")
    }
    return text
  }

  private func email(_ json: JSON) throws(ContactRefusal) -> String {
    let email = NormalForm.trimmed(try text(json))
    if let fault = EmailSyntax.fault(in: email) { throw refusal("an e-mail address: it \(fault)") }
    return email
  }

  private func socialSecurityNumber(_ json: JSON) throws(ContactRefusal) -> String {
    let digits = NormalForm.trimmed(try text(json)).filter { $0 != "-" }
    guard digits.count == 9, digits.allSatisfy(\.isASCIIDigit) else { throw refusal("nine digits") }
    return "\(digits.prefix(3))-\(digits.dropFirst(3).prefix(2))-\(digits.suffix(4))"
  }

  // MARK: - Numbers, dates, yes and no

  private func number(_ json: JSON, in range: ClosedRange<Int64>, _ what: String) throws(ContactRefusal) -> Int64 {
    let number = json.integer ?? json.string.flatMap { Int64(NormalForm.trimmed($0)) }
    guard let number, range.contains(number) else { throw refusal(what) }
    return number
  }

  private func decimal(_ json: JSON) throws(ContactRefusal) -> JSON {
    let value = json.double ?? json.string.flatMap(Self.decimal)
    guard let value, abs(value) < 1e15 else { throw refusal("a number of at most 15 digits") }
    return Int64(exactly: value).map(JSON.integer) ?? .number(value)
  }

  /// The smallest number that there is takes no more, written out.
  private static let mostDigits = 400

  /// Digits with one point at most: what else a floating-point number can be read from is no number that somebody wrote.
  static func decimal(_ text: String) -> Double? {
    let text = NormalForm.trimmed(text)
    let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    let parts = unsigned.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard unsigned.utf8.count <= mostDigits, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }) else {
      return nil
    }
    return Double(text)
  }

  private func date(_ json: JSON) throws(ContactRefusal) -> CalendarDate {
    let text = json.string.map(NormalForm.trimmed) ?? ""
    guard ISO8601.milliseconds(text) != nil, let date = CalendarDate(text) else {
      throw refusal("a date such as 2024-03-15")
    }
    return date
  }

  private func time(_ json: JSON) throws(ContactRefusal) -> Int64 {
    guard let time = json.string.flatMap({ ISO8601.milliseconds(NormalForm.trimmed($0)) }) else {
      throw refusal("a time such as 2024-03-15T10:30:00.000Z")
    }
    return time
  }

  private func isYes(_ json: JSON) throws(ContactRefusal) -> Bool {
    guard let truth = plain(json).flatMap(Self.truth) else { throw refusal("yes or no") }
    return truth
  }

  /// Yes or no, as somebody may write it.
  static func truth(_ text: String) -> Bool? {
    switch NormalForm.name(text) {
    case "true", "yes", "1": true
    case "false", "no", "0": false
    default: nil
    }
  }

  // MARK: - Choices

  private func option(_ json: JSON, of choices: Choices) throws(ContactRefusal) -> CustomFieldOption {
    guard let option = plain(json).flatMap({ choices[$0] }) else { throw refusal("one of the field's options") }
    return option
  }

  /// The entries of a list, given as one or as a text with commas.
  private func entries(_ json: JSON) -> [JSON] {
    if let entries = json.array { return entries }
    guard let text = json.string else { return [json] }
    return text.split(separator: ",").map { NormalForm.trimmed(String($0)) }.filter { !$0.isEmpty }.map(JSON.string)
  }

  /// In the order of the options, each once.
  private func labels(_ json: JSON) throws(ContactRefusal) -> [String] {
    let choices = Choices(options)
    var chosen: Set<Int64> = []
    for entry in entries(json) { chosen.insert(try option(entry, of: choices).id) }
    return options.filter { chosen.contains($0.id) }.map(\.label)
  }

  private func users(_ json: JSON) throws(ContactRefusal) -> [String] {
    let entries = entries(json)
    guard entries.count <= 1000 else { throw refusal("at most 1000 users") }
    var users: [Int64] = []
    for entry in entries { users.append(try number(entry, in: 1...Int64.max, "numbers of users")) }
    return Set(users).sorted().map(String.init)
  }

  private func list(_ entries: [String]) -> JSON {
    entries.isEmpty ? .null : .string(entries.joined(separator: ","))
  }
}

/// The options of a field, by what a content may call them: the label, without regard to case, or else the id.
private struct Choices {
  private var named: [String: CustomFieldOption] = [:]

  init(_ options: [CustomFieldOption]) {
    let all = options.flatMap(\.family)
    for option in all { named[String(option.id)] = option }
    // Of options with one label, as a drilldown may have, the first counts.
    for option in all.reversed() { named[NormalForm.name(option.label)] = option }
  }

  subscript(text: String) -> CustomFieldOption? { named[NormalForm.name(text)] }
}

extension String {
  /// Whether no character of it is a control character. Where it may have several lines, tabs and line ends are none.
  func isPlain(hasLines: Bool = false) -> Bool {
    unicodeScalars.allSatisfy { scalar in
      scalar.properties.generalCategory != .control || hasLines && ["\n", "\r", "\t"].contains(scalar)
    }
  }
}
