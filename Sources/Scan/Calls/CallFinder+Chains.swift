import Wire

/// Chains: `$this->app->contacts('xml')->add(…)`, from the thing that they begin with to the last call.
extension CallFinder {
  struct Chain {
    var value: Value?
    /// Variable and properties; nil behind a call.
    var path: String?
    /// The token behind it.
    var end: Int
  }

  enum Argument {
    case literal(String)
    case known(Value?, path: String?)
    case expression
    case missing
  }

  private static let longestPath = 8

  /// Follows a chain and tells the calls in it.
  ///
  /// - Parameter depth: how many chains this one is an argument of; calls are told of the outermost alone, and arguments of
  ///   arguments are not looked at, so that nesting costs nothing.
  mutating func walk(from start: Int, depth: Int) -> Chain {
    var chain = head(from: start, depth: depth), members = 0
    while true {
      if source.isSymbol("[", at: chain.end) {
        let end = source.partner[chain.end] + 1
        if chain.path == "$GLOBALS", source[chain.end + 1].kind == .string {
          let path = "$" + source[chain.end + 1].text
          chain = Chain(value: known(path), path: path, end: end)
        } else {
          chain = Chain(value: element(of: chain), path: chain.path.map { $0 + "[]" }, end: end)
        }
      } else if source.isMemberSign(at: chain.end), let next = member(of: chain, depth: depth) {
        chain = next
      } else {
        return chain
      }
      members += 1
      if members > Self.longestPath { chain.path = nil }
    }
  }

  /// The variable, class, object or function that a chain begins with.
  private mutating func head(from start: Int, depth: Int) -> Chain {
    let token = source[start]
    if token.kind == .symbol {
      // `(new iSDK)`
      let inner = newObject(at: start + 1, depth: depth)
      return Chain(value: inner.value, path: nil, end: source.partner[start] + 1)
    }
    let isNamed = source[start + 1].kind == .word || source.language == .php && source[start + 1].kind == .variable
    if token.kind == .word, token.text == "new" || token.text == "New", isNamed {
      return newObject(at: start, depth: depth)
    }
    if token.kind == .word, source.isSymbol("(", at: start + 1) {
      let value = called(token.text, at: start, depth: depth)
      return Chain(value: value, path: nil, end: source.partner[start + 1] + 1)
    }
    let standsForClass =
      source.language == .ruby || source.language == .php && source.isSymbol("::", at: start + 1)
    let isClass = token.kind == .word && standsForClass
    return Chain(value: known(token.text) ?? (isClass ? classValue(token.text) : nil), path: token.text, end: start + 1)
  }

  private mutating func newObject(at index: Int, depth: Int) -> Chain {
    let token = source[index + 1], open = index + 2
    let name = token.kind == .variable ? known(token.text)?.text ?? "" : token.text
    let hasArguments = source.isSymbol("(", at: open)
    var value = classValue(name)
    if hasArguments, isMessage(name) { readMethodArgument(at: index, open: open, depth: depth) }
    if case .record(let table, _)? = value, hasArguments, isRowNumber(open + 1) {
      let all = Self.all(of: table)
      value = .record(table: table, holds: all)
      if depth == 0 { tell("DataService.load", at: index, about: .table(table), fields: CallFields(asked: all)) }
    }
    return Chain(value: value ?? .other, path: nil, end: hasArguments ? source.partner[open] + 1 : open)
  }

  /// Whether the row is loaded that a constructor is given: not without a number, and not for none.
  private func isRowNumber(_ index: Int) -> Bool {
    !source.isSymbol(")", at: index) && source[index].text.lowercased() != "null"
  }

  private func isMessage(_ name: String) -> Bool {
    guard let full = fullName(of: name) else { return false }
    let lower = name.lowercased()
    return KnownNames.messages.contains(full) || KnownNames.messages.contains(lower)
      || KnownNames.messages.contains("phpxmlrpc\\" + lower) && lower != "request"
  }

  /// The next member of a chain; nil where it is none.
  private mutating func member(of chain: Chain, depth: Int) -> Chain? {
    let index = chain.end + 1, token = source[index]
    let sign = source[chain.end].text
    switch token.kind {
    case .word:
      if let open = openOfCall(at: index) {
        let value = called(token.text, on: chain, at: index, open: open, depth: depth)
        return Chain(value: value, path: nil, end: source.partner[open] + 1)
      }
      if source.language == .ruby {
        switch chain.value {
        // A call needs no brackets.
        case .gem, .proxy, .namesake:
          let value = called(token.text, on: chain, at: index, open: nil, depth: depth)
          return Chain(value: value, path: nil, end: index + 1)
        default: break
        }
      }
      let path = chain.path.map { ($0 == "static" ? "self" : $0) + sign + token.text }
      return Chain(value: property(token.text, of: chain, path), path: path, end: index + 1)
    case .variable:
      guard source.isSymbol("(", at: index + 1) else {
        // A static property.
        let path = chain.path.map { ($0 == "static" ? "self" : $0) + sign + token.text }
        return Chain(value: path.flatMap(known), path: path, end: index + 1)
      }
      callUnnamed(on: chain, name: known(token.text)?.text, path: token.text, at: index, open: index + 1, depth: depth)
      return Chain(value: nil, path: nil, end: source.partner[index + 1] + 1)
    case .symbol where token.text == "{" || token.text == "[":
      let end = source.partner[index] + 1
      if source.isSymbol("(", at: end), token.text == "{", source.language == .php {
        callUnnamed(on: chain, name: nil, path: nil, at: index, open: end, depth: depth)
        return Chain(value: nil, path: nil, end: source.partner[end] + 1)
      }
      let path = chain.path.map { $0 + sign + token.text + (end == index + 3 ? source[index + 1].text : "") }
      return Chain(value: path.flatMap(known), path: path, end: end)
    default: return nil
    }
  }

  /// The bracket that opens a call's arguments, also behind C#'s type arguments.
  private func openOfCall(at index: Int) -> Int? {
    if source.isSymbol("(", at: index + 1) { return index + 1 }
    let isGeneric =
      source.language == .cSharp && source.isSymbol("<", at: index + 1) && source[index + 2].kind == .word
      && source.isSymbol(">", at: index + 3) && source.isSymbol("(", at: index + 4)
    return isGeneric ? index + 4 : nil
  }

  private static let selves: Set<String> = ["$this", "this", "Me", "me"]

  func property(_ name: String, of chain: Chain, _ path: String?) -> Value? {
    if let value = path.flatMap(known), value != .official { return value }
    if Services.names.contains(name) {
      if speaksOfKeap { return Services.named(name).map(Value.proxy) }
      // What an object has of its own under such a name is most often its owner's.
      if !Self.selves.contains(chain.path ?? ""), !isOwnClass(name) { return .namesake(name) }
    }
    if chain.value == .official, source.language == .php {
      if let service = Services.accessors[name] { return .service(service) }
      // Whatever hangs on a thing that is named after Keap may be anything.
      return name.speaksOfKeap ? .official : nil
    }
    return path.flatMap(known)
  }

  /// A call of a method that is named by a variable or an expression.
  private mutating func callUnnamed(
    on chain: Chain, name: String?, path: String?, at index: Int, open: Int, depth: Int
  ) {
    guard depth == 0 else { return }
    switch chain.value {
    case .iSDK, .official, .service, .proxy, .record, .gem:
      if let name {
        _ = called(name, on: chain, at: index, open: open, depth: depth)
      } else {
        tellUnnamed(at: index, from: path)
      }
    default: break
    }
  }

  // MARK: Arguments

  /// What stands at a place of an argument that ends with a comma or the bracket that closes.
  mutating func argument(at index: Int, close: Int?, depth: Int) -> Argument {
    guard index != close else { return .missing }
    func isEnd(_ index: Int) -> Bool {
      guard let close else { return ![".", "+", "&", "%"].contains(source[index].text) }
      return index >= close || source.isSymbol(",", at: index)
    }
    let token = source[index]
    switch token.kind {
    case .string: return isEnd(index + 1) && !token.text.contains(Token.hole) ? .literal(token.text) : .expression
    case .variable, .word:
      guard depth < 2 else { return .expression }
      let chain = walk(from: index, depth: depth + 1)
      return isEnd(chain.end) ? .known(chain.value, path: chain.path) : .expression
    default: return .expression
    }
  }

  func close(of open: Int?) -> Int? { open.map { source.partner[$0] } }

  /// What is put into a variable.
  mutating func value(at start: Int) -> Value? {
    if source.language == .php, source[start].kind == .word, source[start].text.lowercased() == "clone" {
      return firstValue(at: start + 1)
    }
    let first = firstValue(at: start)
    guard source.language == .php, first == nil || first == .other else { return first }
    return otherChoice(behind: start) ?? first
  }

  /// What stands behind `?`, `:` or `??` of an expression.
  private func otherChoice(behind start: Int) -> Value? {
    var index = start, isChoice = false
    for _ in 0..<24 where index < source.count {
      let token = source[index]
      switch (token.kind, token.text) {
      case (.symbol, ";"), (.symbol, ","), (.symbol, ")"), (.symbol, "]"), (.symbol, "}"): return nil
      case (.symbol, "?"), (.symbol, ":"), (.symbol, "??"): isChoice = true
      case (.symbol, "("), (.symbol, "["), (.symbol, "{"): index = source.partner[index]
      case (.word, "new") where isChoice && source[index + 1].kind == .word:
        if let value = classValue(source[index + 1].text) { return value }
      case (.string, _) where isChoice && Services.wireName(token.text) != nil: return .text(token.text)
      default: break
      }
      index += 1
    }
    return nil
  }

  private mutating func firstValue(at start: Int) -> Value? {
    let index = source.isSymbol("&", at: start) ? start + 1 : start
    let token = source[index], next = source[index + 1]
    if let fields = fieldList(at: index) { return .fields(fields) }
    switch token.kind {
    case .string:
      let isWhole = !token.text.contains(Token.hole) && ![".", "+", "&", "%"].contains(next.text)
      return isWhole ? .text(token.text) : .other
    case .variable, .word: return walk(from: index, depth: 1).value
    case .symbol where token.text == "(" && next.kind == .word && next.text == "new":
      return walk(from: index, depth: 1).value
    default: return .other
    }
  }

  /// What a call is about whose arguments begin here.
  ///
  /// - Parameter behindKey: whether it is given the key before all others.
  mutating func subject(of method: String, at index: Int, close: Int?, behindKey: Bool = false) -> FoundCall.Subject {
    if method == Verdict.settingMethod { return setting(at: index, close: close) }
    guard Verdict.isOfTables(method) else { return .none }
    let second = nextArgument(behind: index, close: close)
    for place in [index, second] {
      if let place, let table = knownTable(at: place, close: close) { return .table(table) }
    }
    guard let place = behindKey ? second : index, let text = text(at: place, close: close) else { return .open }
    return .noTable(text.isTellable ? text : nil)
  }

  /// The last two arguments of two or three.
  private mutating func setting(at index: Int, close: Int?) -> FoundCall.Subject {
    var texts: [String?] = [], place: Int? = index
    while let start = place, start != close, texts.count < 4 {
      texts.append(text(at: start, close: close))
      place = nextArgument(behind: start, close: close)
    }
    return Self.setting(texts)
  }

  /// - Parameter texts: the arguments, the key among them or not; nil for what cannot be seen.
  static func setting(_ texts: [String?]) -> FoundCall.Subject {
    guard texts.count == 2 || texts.count == 3, let module = texts[texts.count - 2], let name = texts[texts.count - 1],
      module.isTellable, name.isTellable
    else { return .open }
    return .setting(module: module, name: name)
  }

  /// An argument that is a text, whole.
  private mutating func text(at index: Int, close: Int?) -> String? {
    switch argument(at: index, close: close, depth: 0) {
    case .literal(let text), .known(.text(let text)?, _): text
    default: nil
    }
  }

  mutating func knownTable(at index: Int, close: Int?) -> String? {
    if case .known(.record(let table, _)?, _) = argument(at: index, close: close, depth: 0) { return table }
    return text(at: index, close: close).flatMap { Verdict.tables[$0.lowercased()] }
  }

  func nextArgument(behind start: Int, close: Int?) -> Int? {
    var index = start
    for _ in 0..<20 where index < close ?? source.count {
      if source.isSymbol(",", at: index) { return index + 1 }
      let isOpen = ["(", "[", "{"].contains(source[index].text) && source[index].kind == .symbol
      index = isOpen ? source.partner[index] + 1 : index + 1
    }
    return nil
  }
}
