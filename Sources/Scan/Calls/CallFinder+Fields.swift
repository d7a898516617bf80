/// The fields that a call is given: in lists and structs that are written out or held by a variable.
extension CallFinder {
  private static let mostSteps = 1_000

  /// - Parameters:
  ///   - method: Keap's name of what is called.
  ///   - name: how the source calls it.
  ///   - first: where the arguments begin.
  ///   - close: the bracket that ends them; nil where none holds them.
  mutating func fields(
    of method: String, as name: String, at first: Int, close: Int?, behindKey: Bool = false
  ) -> CallFields {
    guard tells, let places = FieldPlaces(of: method) else { return CallFields() }
    let arguments = elements(from: first, close: close).ranges
    if arguments.contains(where: { source.isSymbol(".", at: $0.lowerBound) || source.isSymbol("*", at: $0.lowerBound) })
    {
      return CallFields()
    }
    guard case .known(.record(let table, _)?, _) = argument(at: first, close: close, depth: 0) else {
      return fields(at: places, of: behindKey ? Array(arguments.dropFirst()) : arguments)
    }
    guard let places = FieldPlaces.ofRows[name.lowercased()] else { return CallFields() }
    var fields = fields(at: places, of: arguments)
    let asked = places.asked.flatMap { arguments.indices.contains($0) ? arguments[$0] : nil }
    if places.asked != nil, asked.map(isNothing) ?? true { fields.asked = Self.all(of: table) }
    return fields
  }

  /// Those of a call whose method is the text here, with its arguments behind it, one by one or in a list.
  mutating func fieldsBehind(_ index: Int, of method: String) -> CallFields {
    let open = source.outer[index]
    guard tells, open >= 0, source.isSymbol(",", at: index + 1), let places = FieldPlaces(of: method) else {
      return CallFields()
    }
    let list = source.openOfList(at: index + 2)
    let close = source.partner[list ?? open]
    let arguments = elements(from: list.map { $0 + 1 } ?? index + 2, close: close).ranges
    guard let first = arguments.first else { return CallFields() }
    // A wrapper may add the key itself.
    let isKeyless =
      Verdict.isOfTables(method)
      ? knownTable(at: first.lowerBound, close: close) != nil : arguments.count < FieldPlaces.count(of: method) + 1
    return fields(at: places, of: isKeyless ? arguments : Array(arguments.dropFirst()))
  }

  /// All that Novak's SDK asks for of a table.
  static func all(of table: String) -> FieldNames {
    FieldNames(names: SDKFields.names(of: table), isWhole: true, isOfSDK: true)
  }

  private mutating func fields(at places: FieldPlaces, of arguments: [Range<Int>]) -> CallFields {
    func range(_ place: Int) -> Range<Int>? { arguments.indices.contains(place) ? arguments[place] : nil }
    var fields = CallFields()
    if let range = places.asked.flatMap(range) { fields.asked = names(in: range) }
    if let range = places.written.flatMap(range) { fields.written = names(in: range) }
    fields.looked.isWhole = !places.looked.isEmpty
    for range in places.looked.compactMap(range) { fields.looked = fields.looked + names(in: range) }
    return fields
  }

  /// `false`, `null` or an empty list.
  private func isNothing(_ range: Range<Int>) -> Bool {
    if let open = source.openOfList(at: range.lowerBound) { return source.partner[open] == open + 1 }
    return range.count == 1 && ["false", "null", "0"].contains(source[range.lowerBound].text.lowercased())
  }

  // MARK: Lists

  /// A list that a variable is given, as far as it names fields.
  func fieldList(at start: Int) -> FieldNames? {
    guard let open = openOfFields(at: start) else { return nil }
    var fields = names(inside: open)
    if [".", "+", "|"].contains(source[source.partner[open] + 1].text) { fields.isWhole = false }
    return fields.names.isEmpty ? nil : fields
  }

  private mutating func names(in range: Range<Int>) -> FieldNames {
    var range = range
    if let open = openOfValue(at: range.lowerBound), source.partner[open] + 1 == range.upperBound,
      let first = elements(from: open + 1, close: source.partner[open]).ranges.first
    {
      range = first
    }
    if let open = openOfFields(at: range.lowerBound) ?? openOfWords(at: range.lowerBound) {
      var fields = openOfWords(at: range.lowerBound) == nil ? names(inside: open) : words(inside: open)
      if source.partner[open] + 1 < range.upperBound { fields.isWhole = false }
      return fields.names.isEmpty ? .unseen : fields
    }
    switch argument(at: range.lowerBound, close: range.upperBound, depth: 0) {
    case .known(.fields(let fields)?, _): return fields
    case .literal(let text), .known(.text(let text)?, _): return FieldNames(names: [text], isWhole: true)
    case .known, .expression, .missing: return .unseen
    }
  }

  /// The bracket that opens a list or a struct.
  private func openOfFields(at index: Int) -> Int? {
    source.openOfList(at: index) ?? (source.language != .php && source.isSymbol("{", at: index) ? index : nil)
  }

  /// The bracket of words without quotes: `%w(Id Email)` of Ruby, `qw(Id Email)` of Perl.
  private func openOfWords(at index: Int) -> Int? {
    let isRuby = source.language == .ruby && source.isSymbol("%", at: index) && source[index + 1].text == "w"
    let isPerl = source.language == .perl && source[index].text == "qw"
    guard isRuby || isPerl, case let open = index + (isRuby ? 2 : 1), source.opens(open) else { return nil }
    return open
  }

  private func words(inside open: Int) -> FieldNames {
    let inner = (open + 1..<max(open + 1, min(source.partner[open], open + Self.mostSteps))).map { source[$0] }
    let words = inner.filter { $0.kind == .word }.map(\.text)
    return FieldNames(names: words, isWhole: source.partner[open] < source.count)
  }

  /// The bracket behind what makes a value of XML-RPC of something: `new xmlrpcval(…)`, `php_xmlrpc_encode(…)`.
  private func openOfValue(at index: Int) -> Int? {
    let name = source[index].text == "new" ? index + 1 : index, word = source[name].text.lowercased()
    guard source[name].kind == .word, source.isSymbol("(", at: name + 1), word.utf8.count <= 60 else { return nil }
    let isMaker = word.hasSuffix("value") || ["xmlrpc", "xml_rpc", "encode"].contains { word.contains($0) }
    return isMaker ? name + 1 : nil
  }

  /// The elements of a list, or the keys of a struct.
  private func names(inside open: Int) -> FieldNames {
    let close = source.partner[open]
    guard close < source.count else { return .unseen }
    let (elements, isWhole) = elements(from: open + 1, close: close)
    var fields = FieldNames(isWhole: isWhole)
    for element in elements {
      if let open = openOfWords(at: element.lowerBound) {
        fields.names += words(inside: open).names
      } else if let name = name(of: element) {
        fields.names.append(name)
      } else {
        fields.isWhole = false
      }
    }
    return fields
  }

  private func name(of element: Range<Int>) -> String? {
    let start = element.lowerBound, token = source[start], behind = source[start + 1]
    let isKey = element.count > 1 && (behind.isSymbol("=>") || source.language != .php && behind.isSymbol(":"))
    guard element.count == 1 || isKey else {
      guard let open = openOfValue(at: start), source[open + 1].kind == .string else { return nil }
      let isWhole = source.isSymbol(",", at: open + 2) || source.isSymbol(")", at: open + 2)
      return isWhole && !source[open + 1].text.contains(Token.hole) ? source[open + 1].text : nil
    }
    switch token.kind {
    case .string: return token.text.contains(Token.hole) ? nil : token.text
    case .word where isKey && source.language != .php: return token.text
    case .word, .variable: return known(token.text)?.text
    case .number, .markup, .symbol: return nil
    }
  }

  /// What stands between commas from here up to a bracket, or to the end of the line where no bracket holds it.
  ///
  /// - Returns: also whether that is all, and not the most that is looked at.
  func elements(from start: Int, close: Int?) -> (ranges: [Range<Int>], isWhole: Bool) {
    let end = min(close ?? source.count, source.count)
    var ranges: [Range<Int>] = [], begin = start, index = start, steps = 0
    while index < end, steps < Self.mostSteps {
      let before = index > start ? source[index - 1] : source[index]
      if close == nil, source[index].line > before.line, !before.isSymbol(",") { break }
      if source.isSymbol(",", at: index) {
        ranges.append(begin..<index)
        begin = index + 1
      }
      index = source.opens(index) ? source.partner[index] + 1 : index + 1
      steps += 1
    }
    let isWhole = steps < Self.mostSteps
    if isWhole, begin < min(index, end) { ranges.append(begin..<min(index, end)) }
    return (ranges.filter { !$0.isEmpty }, isWhole)
  }
}
