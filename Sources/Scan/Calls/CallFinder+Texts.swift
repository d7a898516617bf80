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
      tell(Services.method(method, of: service) ?? text, at: index, table: tableOfText(at: index))
    } else if let dot = text.firstIndex(of: "."), Services.names.contains(String(text[..<dot])), isSent(index) {
      let rest = text[text.index(after: dot)...]
      if rest.isEmpty || rest.allSatisfy({ $0 == Token.hole }) || Self.isPlaceholder(rest) { tellUnnamed(at: index) }
    }
  }

  /// Whether a text that names a method goes out, as far as can be seen: it is neither shown, nor compared, nor a key, nor
  /// one of a list.
  private func isSent(_ index: Int) -> Bool {
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
  private func isHolder(_ index: Int) -> Bool {
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

  /// The table of a call whose method is the text here: the text behind it that names one, before any number.
  private func tableOfText(at index: Int) -> FoundCall.Table {
    let open = source.outer[index]
    let isFirstOfMany = open >= 0 && source.isSymbol(",", at: index + 1)
    return table(behind: index, before: isFirstOfMany ? source.partner[open] : index + 60)
  }

  func table(behind index: Int, before end: Int) -> FoundCall.Table {
    var others = 0
    for place in index + 1..<max(index + 1, min(end, index + 60, source.count)) {
      let token = source[place]
      switch token.kind {
      case .string where !source.isSymbol("=>", at: place + 1):
        if let table = Verdict.tables[token.text.lowercased()] { return .named(table) }
        others += 1
        if others > 1 || Services.wireName(token.text) != nil { return .open }
      case .variable, .word:
        if let text = known(token.text)?.text, let table = Verdict.tables[text.lowercased()] { return .named(table) }
        if token.text == "function" || token.text == "def" { return .open }
      case .number where !source.isSymbol("[", at: place - 1): return .open
      default: break
      }
    }
    return .open
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
        Self.table(in: bytes[end...])
      }
      line += bytes[start..<end].count { $0 == UInt8(ascii: "\n") }
      list.position = end
    }
  }

  private mutating func readMethodName(
    _ text: String, isClosed: Bool, at index: Int, line: Int, table: () -> FoundCall.Table
  ) {
    let name = text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
    if let (service, method) = Services.wireName(name) {
      tell(Services.method(method, of: service) ?? String(name), at: index, table: table())
      moveLast(to: line)
    } else if name.isEmpty, !isClosed {
      // What comes next is put behind it: a text that names a method is told itself.
      let next = source[index + 2]
      let isJoined = source.isSymbol(".", at: index + 1) || source.isSymbol("+", at: index + 1)
      guard speaksOfKeap, isJoined, next.kind != .string else { return }
      let path = next.kind == .variable || next.kind == .word ? next.text : nil
      if path.flatMap(known)?.text == nil { tellUnnamed(at: index, from: path) }
    } else if speaksOfKeap, Self.isPlaceholder(name) || Services.names.contains(String(name.prefix { $0 != "." })) {
      tellUnnamed(at: index)
      moveLast(to: line)
    }
  }

  /// Whether a name is put in when the program runs: by a hole, or by a form such as `%s`, `{0}` or `#method#`.
  private static func isPlaceholder(_ name: Substring) -> Bool {
    name.contains(Token.hole) || name.first.map { "%{#$<".contains($0) } == true
  }

  /// The table in the parameters of a call as XML: the second that they hold, behind the key.
  private static func table(in bytes: ArraySlice<UInt8>) -> FoundCall.Table {
    var texts = 0
    var rest = bytes.prefix(2_000)
    while texts < 2, let close = rest.firstIndex(of: UInt8(ascii: ">")) {
      rest = rest[(close + 1)...]
      let text = rest.prefix { $0 != UInt8(ascii: "<") }
      rest = rest[text.endIndex...]
      let word = TokenList.text(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if word.isEmpty { continue }
      if let table = Verdict.tables[word.lowercased()] { return .named(table) }
      texts += 1
    }
    return .open
  }
}
