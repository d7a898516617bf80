import Wire

/// Methods that are named in a string or in XML.
extension CallFinder {
  mutating func readString(at index: Int) {
    let text = source[index].text
    if text.utf8.count > 12, text.utf8.contains(UInt8(ascii: "<")) { readMarkup(at: index) }
    guard text.utf8.count <= 200 else { return }
    if let (service, method) = Services.wireName(text) {
      guard isSent(index) else { return }
      if let function = callee(of: index) { noteGivenMethod(function) }
      let method = Services.method(method, of: service) ?? text
      tell(method, at: index, about: subject(of: method, at: index), fields: fieldsBehind(index, of: method))
    } else if Services.names.contains(text) {
      readPair(at: index)
    } else if let dot = text.firstIndex(of: "."), Services.names.contains(String(text[..<dot])), isSent(index) {
      let rest = text[text.index(after: dot)...]
      if rest.isEmpty || rest.allSatisfy({ $0 == Token.hole }) || Self.isPlaceholder(rest) { tellUnnamed(at: index) }
    }
  }

  /// A service and a method as two arguments of a function of its owner's: `call('ContactService', 'add', …)`.
  private mutating func readPair(at index: Int) {
    let name = source[index + 2], key = "\(source[index].text).\(name.text)".lowercased()
    guard source.isSymbol(",", at: index + 1), name.kind == .string, callee(of: index) != nil, isSent(index),
      let method = Verdict.known[key]
    else { return }
    tell(method, at: index, about: subject(of: method, at: index + 2), fields: fieldsBehind(index + 2, of: method))
  }

  /// Whether a method's name begins with this text and its service is put in when the program runs, or the rest of the name is
  /// joined to the service alone. A text that shows the service and the dot is told where it stands.
  func hidesMethod(_ index: Int) -> Bool {
    let text = source[index].text, service = text.prefix { $0 != "." }
    guard service.utf8.count <= 200, !text.utf8.contains(UInt8(ascii: "<")) else { return false }
    return service.contains(Token.hole) || service.endIndex == text.endIndex && Services.names.contains(text)
  }

  /// Whether a text that names a method goes out, as far as can be seen: it is neither shown, nor compared, nor a key, nor
  /// one of a list.
  func isSent(_ index: Int) -> Bool {
    let before = source[index - 1], behind = source[index + 1]
    if before.isSymbol("==") || behind.isSymbol("==") || behind.isSymbol("=>") { return false }
    if before.kind == .word, KnownNames.isQuiet(before.text) || ["case", "when"].contains(before.text) { return false }
    if behind.isSymbol(":"), source.language != .php, !before.isSymbol("?") { return false }
    if before.isSymbol("["), behind.isSymbol("]"), isHolder(index - 2) { return false }
    let neighbours = (before.isSymbol(",") ? [index - 2] : []) + (behind.isSymbol(",") ? [index + 2] : [])
    let isOfList = neighbours.contains { source[$0].kind == .string && Services.wireName(source[$0].text) != nil }
    if isOfList { return false }
    return callee(of: index).map { !KnownNames.isQuiet($0) } ?? true
  }

  /// Whether brackets behind it look something up in it.
  func isHolder(_ index: Int) -> Bool {
    switch source[index].kind {
    case .variable: true
    case .word: source.language != .php
    default: source.isSymbol("]", at: index) || source.isSymbol(")", at: index)
    }
  }

  /// The function or class whose argument a token is, also where it stands in a list.
  private func callee(of index: Int) -> String? {
    var open = source.outer[index]
    for _ in 0..<6 {
      guard open >= 0 else { return nil }
      let before = source[open - 1]
      if source.isSymbol("{", at: open) { return nil }
      if source.isSymbol("(", at: open), before.kind == .word, before.text.lowercased() != "array" {
        return before.text
      }
      open = source.outer[open]
    }
    return nil
  }

  /// What a call is about whose method is the text here.
  private func subject(of method: String, at index: Int) -> FoundCall.Subject {
    let isOfTables = Verdict.isOfTables(method)
    guard isOfTables || method == Verdict.settingMethod else { return .none }
    let open = source.outer[index]
    let isFirstOfMany = open >= 0 && source.isSymbol(",", at: index + 1)
    let given = isFirstOfMany ? texts(from: index + 2, before: source.partner[open]) : []
    guard isOfTables else { return Self.setting(given) }
    let end = isFirstOfMany ? source.partner[open] : index + 60
    if let table = table(behind: index, before: end) { return .table(table) }
    // It stands behind the key.
    guard given.count > 1, let text = given[1], text.isTellable else { return .open }
    return .noTable(text)
  }

  /// The first arguments of a call whose method is a text before them, one by one or in a list: nil for what is no text.
  private func texts(from start: Int, before end: Int) -> [String?] {
    var texts: [String?] = []
    let list = source.openOfList(at: start)
    var place: Int? = list.map { $0 + 1 } ?? start
    let close = list.map { source.partner[$0] } ?? end
    while let index = place, index < close, texts.count < 4 {
      texts.append(text(at: index))
      place = nextArgument(behind: index, close: close)
    }
    return texts
  }

  /// An argument that is a text, or a value of a message with a text in it: `new xmlrpcval('Contact', 'string')`.
  private func text(at start: Int) -> String? {
    func isEnd(_ index: Int) -> Bool { [",", ")", "]"].contains(source[index].text) && source[index].kind == .symbol }
    if source[start].kind == .string {
      return isEnd(start + 1) && !source[start].text.contains(Token.hole) ? source[start].text : nil
    }
    if source[start].kind == .variable, isEnd(start + 1) { return known(source[start].text)?.text }
    let name = source[start].kind == .word && source[start].text == "new" ? start + 1 : start
    guard source[name].kind == .word, source.isSymbol("(", at: name + 1), source[name + 2].kind == .string,
      isEnd(name + 3), !source[name + 2].text.contains(Token.hole)
    else { return nil }
    return source[name + 2].text
  }

  /// The text behind a method that names a table, before any number. Lists within the arguments are of fields.
  private func table(behind index: Int, before end: Int) -> String? {
    var others = 0, place = index + 1
    let limit = min(end, index + 60, source.count)
    while place < limit {
      let token = source[place]
      switch token.kind {
      case .string where !source.isSymbol("=>", at: place + 1):
        if let table = Verdict.tables[token.text.lowercased()] { return table }
        others += 1
        if others > 1 || Services.wireName(token.text) != nil { return nil }
      case .variable, .word:
        if let text = known(token.text)?.text, let table = Verdict.tables[text.lowercased()] { return table }
        if token.text == "function" || token.text == "def" { return nil }
        if place > index + 2, source.isSymbol(",", at: place - 1), let list = source.openOfList(at: place) {
          place = source.partner[list]
        }
      case .number: return nil
      case .symbol where token.text == "[":
        let isInner = place > index + 2 && source.isSymbol(",", at: place - 1)
        if isInner || isHolder(place - 1) { place = source.partner[place] }
      default: break
      }
      place += 1
    }
    return nil
  }

  // MARK: XML

  mutating func readMarkup(at index: Int) {
    let token = source[index], bytes = Array(token.text.utf8)
    let open = Array("<methodName>".utf8)
    var list = TokenList(bytes), line = Int(token.line)
    list.position = 0
    while let start = list.index(of: open, from: list.position) {
      line += bytes[list.position..<start].count { $0 == UInt8(ascii: "\n") }
      let begin = start + open.count
      let end = list.index(of: UInt8(ascii: "<"), from: begin)
      readMethodName(TokenList.text(bytes[begin..<end]), isClosed: end < bytes.count, at: index, line: line) {
        Self.subject(of: $0, in: bytes[end...])
      }
      line += bytes[start..<end].count { $0 == UInt8(ascii: "\n") }
      list.position = end
    }
  }

  private mutating func readMethodName(
    _ text: String, isClosed: Bool, at index: Int, line: Int, subject: (String) -> FoundCall.Subject
  ) {
    let name = Self.word(in: text)
    if let (service, method) = Services.wireName(name) {
      let method = Services.method(method, of: service) ?? String(name)
      tell(method, at: index, about: subject(method))
      moveLast(to: line)
    } else if name.isEmpty, !isClosed {
      // What comes next is put behind it: a text that names a method is told itself.
      var next = source[index + 2]
      let isJoined = source.isSymbol(".", at: index + 1) || source.isSymbol("+", at: index + 1)
      guard speaksOfKeap, isJoined, next.kind != .string else { return }
      // A function may make it fit for XML.
      if next.kind == .word, source.isSymbol("(", at: index + 3), source.isSymbol(")", at: index + 5) {
        next = source[index + 4]
      }
      let path = next.kind == .variable || next.kind == .word ? next.text : nil
      if path.flatMap(known)?.text == nil { tellUnnamed(at: index, from: path) }
    } else if speaksOfKeap, !isFilledIn(at: index),
      Self.isPlaceholder(name) || Services.names.contains(String(name.prefix { $0 != "." }))
    {
      tellUnnamed(at: index)
      moveLast(to: line)
    }
  }

  /// What stands between blanks, those that are written as `\n` among them.
  private static func word(in text: String) -> Substring {
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if ["\\n", "\\r", "\\t"].contains(rest.prefix(2)) {
        rest.removeFirst(2)
      } else {
        break
      }
    }
    return rest.prefix { !$0.isWhitespace && $0 != "\\" }
  }

  /// Whether a method, or a service and its method, is given for a form's `%s` right behind it, and told there.
  private func isFilledIn(at index: Int) -> Bool {
    let text = source[index + 2].text
    guard source.isSymbol(",", at: index + 1), source[index + 2].kind == .string else { return false }
    let isPair = Services.names.contains(text) && source[index + 4].kind == .string
    return isPair || Services.wireName(text) != nil
  }

  /// Whether a name is put in when the program runs: by a hole, or by a form such as `%s`, `{0}` or `#method#`.
  private static func isPlaceholder(_ name: Substring) -> Bool {
    name.contains(Token.hole) || name.first.map { "%{#$<".contains($0) } == true
  }

  /// What a call as XML is about, by the parameters that follow the key.
  private static func subject(of method: String, in bytes: ArraySlice<UInt8>) -> FoundCall.Subject {
    let isSetting = method == Verdict.settingMethod
    guard isSetting || Verdict.isOfTables(method) else { return .none }
    var words: [String] = [], rest = bytes.prefix(2_000)
    while words.count < (isSetting ? 3 : 2), let close = rest.firstIndex(of: UInt8(ascii: ">")) {
      rest = rest[(close + 1)...]
      let text = rest.prefix { $0 != UInt8(ascii: "<") }
      rest = rest[text.endIndex...]
      let word = TokenList.text(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if !word.isEmpty { words.append(word) }
    }
    if isSetting { return words.count == 3 ? setting(words) : .open }
    if let table = words.lazy.compactMap({ Verdict.tables[$0.lowercased()] }).first { return .table(table) }
    return words.count == 2 && words[1].isTellable ? .noTable(words[1]) : .open
  }
}
