import Wire

/// Finds the calls of Keap's XML-RPC in a source, as a person would who reads nothing but that.
///
/// It goes over the source twice: first it learns what properties and variables are, then it tells the calls. Within a
/// function a variable is what was last put into it; one that the function was given is what a variable of that name is
/// elsewhere in the source.
struct CallFinder {
  /// A function that is being read.
  struct Function {
    var name: String
    var parameters: Set<String>
    /// The token behind its body; in languages other than PHP, none.
    var end: Int
    /// The variables of what is around it.
    var outerLocals: [String: Value]
  }

  let source: SourceText
  let speaksOfKeap: Bool
  private(set) var result = SourceCalls()
  private(set) var tells = false
  private var locals: [String: Value] = [:]
  private var shared: [String: Value] = [:]
  private var functions: [Function] = []
  private var classes: [(end: Int, base: Value?)] = []
  /// PHP's short names for classes, in small letters.
  private var aliases: [String: String] = [:]
  /// The classes of this source, in small letters, and what they extend.
  private var ownClasses: [String: Value] = [:]
  private var ownFunctions: Set<String> = []
  /// What the functions of this source give back, by their names in small letters.
  private var returns: [String: Value] = [:]

  static func calls(in source: SourceText) -> SourceCalls {
    var finder = CallFinder(source)
    finder.readNames()
    finder.pass()
    finder.tells = true
    finder.locals = [:]
    finder.functions = []
    finder.classes = []
    finder.pass()
    finder.result.calls.sort { $0.line < $1.line }
    return finder.result
  }

  private init(_ source: SourceText) {
    self.source = source
    speaksOfKeap = Self.speaksOfKeap(source.tokens)
  }

  /// Whether a source is about Keap: it names it, or it speaks XML-RPC and names one of Keap's methods.
  private static func speaksOfKeap(_ tokens: [Token]) -> Bool {
    var hasMethod = false, hasClient = false
    for token in tokens {
      switch token.kind {
      case .word, .variable:
        guard token.text.utf8.count <= 200 else { continue }
        if token.text.speaksOfKeap { return true }
        let name = token.text.lowercased()
        hasMethod = hasMethod || Services.names.contains(token.text)
        hasClient = hasClient || KnownNames.clients.contains(name) || KnownNames.messages.contains(name)
      case .string, .markup:
        if token.text.prefix(4000).speaksOfKeap { return true }
        hasMethod = hasMethod || Services.wireName(token.text) != nil
      case .number, .symbol: continue
      }
    }
    return hasMethod && hasClient
  }

  // MARK: Going over the source

  /// Reads `use` and the names of functions, which count from the first token on.
  private mutating func readNames() {
    for index in 0..<source.count where source[index].kind == .word {
      let word = source[index].text.lowercased()
      let isDeclaration = word == "function" || word == "def" || word == "sub" || word == "func"
      if isDeclaration, source[nameOfFunction(at: index)].kind == .word {
        ownFunctions.insert(source[nameOfFunction(at: index)].text.lowercased())
      }
      guard source.language == .php, word == "use", source[index + 1].kind == .word else { continue }
      let name = source[index + 1].text
      let last = name.split(separator: "\\").last.map(String.init) ?? name
      let hasAlias = source[index + 2].kind == .word && source[index + 2].text.lowercased() == "as"
      aliases[(hasAlias ? source[index + 3].text : last).lowercased()] = name
    }
  }

  private func nameOfFunction(at index: Int) -> Int { source.isSymbol("&", at: index + 1) ? index + 2 : index + 1 }

  private mutating func pass() {
    var hints = source.hints[...]
    for index in 0..<source.count {
      while let function = functions.last, index >= function.end {
        locals = function.outerLocals
        functions.removeLast()
      }
      while let type = classes.last, index >= type.end { classes.removeLast() }
      while let hint = hints.first, hint.index <= index {
        take(hint)
        hints.removeFirst()
      }
      let token = source[index]
      switch token.kind {
      case .string: readString(at: index)
      case .markup: readMarkup(at: index)
      case .word, .variable: readName(at: index)
      case .symbol where token.text == "(" && source[index + 1].kind == .word && source[index + 1].text == "new":
        _ = walk(from: index, depth: 0)
      case .symbol where token.text == "[" && source.language == .php && !isHolder(index - 1):
        readCallableList(at: index, open: index)
      default: break
      }
    }
  }

  private mutating func readName(at index: Int) {
    let token = source[index], before = source[index - 1]
    if source.isMemberSign(at: index - 1) { return }
    if token.kind == .word {
      let word = token.text.lowercased()
      switch word {
      case "function", "def", "sub", "func": return beginFunction(at: index)
      case "class", "trait", "interface":
        if source[index + 1].kind == .word { beginClass(at: index) }
        return
      case "return" where source.language == .php: noteReturned(at: index + 1)
      case "foreach" where source.isSymbol("(", at: index + 1): takeElements(at: index + 2)
      default: break
      }
      let declares = ["function", "class", "new", "use", "def", "sub", "extends"]
      if before.kind == .word, declares.contains(before.text.lowercased()) { return }
      if source.language == .php, source[index + 1].kind == .variable { takeType(at: index) }
    }
    let chain = walk(from: index, depth: 0)
    guard let path = chain.path else { return }
    if source.isSymbol("+=", at: chain.end) { loosen(path) }
    guard source.isSymbol("=", at: chain.end) else { return }
    let value = value(at: chain.end + 1)
    assign(value, to: path)
    let isProperty = before.kind == .word && Self.propertyMarks.contains(before.text)
    if isProperty, case .fields? = value, let value { share(value, as: "$this->" + path.dropFirst()) }
    if source.language == .php { shareElements(at: chain.end + 1, of: path, isProperty: isProperty) }
  }

  private static let propertyMarks: Set<String> = ["private", "protected", "public", "readonly", "var", "static"]

  /// What the function that is being read gives back.
  private mutating func noteReturned(at index: Int) {
    guard let name = functions.last?.name.lowercased(), returns[name] == nil else { return }
    if let value = value(at: index), value.isOfUse { returns[name] = value }
  }

  /// What a function of this source gives back.
  func returned(by function: String) -> Value? { returns[function] }

  /// `foreach ($rows as $row)`.
  private mutating func takeElements(at index: Int) {
    guard source[index].kind == .variable || source[index].kind == .word else { return }
    let chain = walk(from: index, depth: 1)
    guard source[chain.end].kind == .word, source[chain.end].text.lowercased() == "as" else { return }
    let element = source.isSymbol("=>", at: chain.end + 2) ? chain.end + 3 : chain.end + 1
    guard source[element].kind == .variable else { return }
    locals[source[element].text] = self.element(of: chain)
  }

  /// What stands in a list.
  func element(of chain: Chain) -> Value? {
    if case .records(let table, let holds)? = chain.value { return .record(table: table, holds: holds) }
    return chain.path.flatMap { known($0 + "[]") }
  }

  /// Keeps what stands in a list that is written out: an object, or the name of a method, which is told where it stands.
  private mutating func shareElements(at start: Int, of path: String, isProperty: Bool) {
    let open = source[start].kind == .word && source[start].text.lowercased() == "array" ? start + 1 : start
    guard source.isSymbol("[", at: open) || open > start && source.isSymbol("(", at: open) else { return }
    for index in open + 1..<max(open + 1, min(source.partner[open], open + 60, source.count)) {
      let token = source[index]
      let value: Value? =
        switch token.kind {
        case .word where token.text == "new" && source[index + 1].kind == .word: classValue(source[index + 1].text)
        case .string where Services.wireName(token.text) != nil && isSent(index): .text(token.text)
        default: nil
        }
      guard let value, value != .other else { continue }
      share(value, as: path + "[]")
      if isProperty { share(value, as: "$this->" + path.dropFirst() + "[]") }
      return
    }
  }

  private mutating func beginFunction(at index: Int) {
    let name = nameOfFunction(at: index)
    guard source[name].kind == .word else { return }
    let open = name + 1
    var parameters: Set<String> = [], end = Int.max
    if source.isSymbol("(", at: open) {
      let close = source.partner[open]
      let tokens = (open..<max(open, min(close, open + 200))).map { source[$0] }
      parameters = Set(tokens.filter { $0.kind == .variable || $0.kind == .word }.map(\.text))
      if source.language == .php {
        let brace = (close..<max(close, min(close + 10, source.count))).first {
          source.isSymbol("{", at: $0) || source.isSymbol(";", at: $0)
        }
        end = brace.map { source.isSymbol("{", at: $0) ? source.partner[$0] : $0 } ?? close
        let type = source.isSymbol("?", at: close + 2) ? close + 3 : close + 2
        if source.isSymbol(":", at: close + 1), source[type].kind == .word, let value = classValue(source[type].text) {
          returns[source[name].text.lowercased()] = value
        }
      }
    }
    // Where no bracket ends it, the next one does.
    if source.language != .php { functions.removeAll() }
    functions.append(Function(name: source[name].text, parameters: parameters, end: end, outerLocals: locals))
    // A parameter is not what a variable of its name was before.
    if source.language == .php { locals = [:] } else { parameters.forEach { locals[$0] = nil } }
  }

  private mutating func beginClass(at index: Int) {
    let name = source[index + 1].text.lowercased()
    var base: Value?
    var place = index + 2
    while place < min(index + 12, source.count), !source.isSymbol("{", at: place) {
      if source[place].kind == .word, source[place].text.lowercased() == "extends" {
        base = classValue(source[place + 1].text)
      }
      place += 1
    }
    ownClasses[name] = base ?? .other
    if source.isSymbol("{", at: place) { classes.append((source.partner[place], base)) }
  }

  // MARK: What variables are

  /// `iSDK $app`, of a parameter or a property.
  private mutating func takeType(at index: Int) {
    let type = source[index].text, variable = source[index + 1].text, before = source[index - 1]
    let isProperty = before.kind == .word && Self.propertyMarks.contains(before.text)
    if let value = classValue(type) {
      locals[variable] = value
      if isProperty { share(value, as: "$this->" + variable.dropFirst()) }
    } else if isProperty || before.isSymbol("(") || before.isSymbol(",") || before.isSymbol("?"),
      !KnownNames.builtInTypes.contains(type.lowercased())
    {
      if !isProperty { locals[variable] = .other }
    }
  }

  private mutating func take(_ hint: ClassHint) {
    guard let value = classValue(hint.className) else { return }
    let following = (hint.index..<hint.index + 4).map { source[$0] }.first { $0.kind == .variable }?.text
    guard let variable = hint.variable ?? following else { return }
    share(value, as: variable)
    share(value, as: "$this->" + variable.dropFirst())
  }

  private mutating func assign(_ value: Value?, to path: String) {
    if path.hasSuffix("[]") { loosen(String(path.prefix { $0 != "[" })) }
    let isProperty = path.hasPrefix("$this->") || path.contains("::") || path.hasPrefix("@") || path.hasPrefix("self.")
    if !isProperty { locals[path] = value }
    guard let value, value != .other else { return }
    // A text or a list is known in other functions only where it is a constant or a property.
    let isContent = if case .fields = value { true } else { value.text != nil }
    if !isContent || isProperty || path.first?.isUppercase == true { share(value, as: path) }
  }

  /// Takes it that a list of fields may have others by now.
  mutating func loosen(_ path: String) {
    if case .fields(var fields)? = locals[path] {
      fields.isWhole = false
      locals[path] = .fields(fields)
    }
    if case .fields(var fields)? = shared[path] {
      fields.isWhole = false
      shared[path] = .fields(fields)
    }
  }

  /// Keeps what a name is for all of the source; what was first learnt of it stays.
  mutating func share(_ value: Value, as path: String) {
    if shared[path] == nil { shared[path] = value }
  }

  /// What is known of a variable, a property or a constant.
  func known(_ path: String) -> Value? {
    if let value = locals[path] ?? shared[path] { return value }
    if path == "$this" || path == "self" || path == "static" || path == "parent" { return classes.last?.base }
    if let colons = path.firstRange(of: "::") {
      // A constant of this class.
      return shared[String(path[colons.upperBound...])]
    }
    guard path.utf8.count <= 200 else { return nil }
    if source.language == .php, path.suffix(4).lowercased() == "isdk", "$>".contains(path.dropLast(4).last ?? "a") {
      return .iSDK
    }
    guard path.speaksOfKeap else { return nil }
    switch source.language {
    case .php: return path.hasPrefix("$") ? .official : nil
    case .ruby: return .gem
    default: return nil
    }
  }

  /// A class in small letters, with the namespace that the source gives it; nil for what is no name.
  func fullName(of name: String) -> String? {
    guard name.utf8.count <= 200 else { return nil }
    let parts = name.split(separator: "\\")
    guard let first = parts.first else { return nil }
    let alias = name.hasPrefix("\\") ? nil : aliases[first.lowercased()]
    let whole = (alias.map { ([$0] + parts.dropFirst().map(String.init)).joined(separator: "\\") } ?? name).lowercased()
    return whole.hasPrefix("\\") ? String(whole.dropFirst()) : whole
  }

  /// What an object of this class is.
  func classValue(_ name: String) -> Value? {
    guard let full = fullName(of: name) else { return nil }
    let last = full.split(separator: "\\").last.map(String.init) ?? full
    if let own = ownClasses[last] { return own == .other ? nil : own }
    if KnownNames.clients.contains(full) || KnownNames.clients.contains(last) { return .client }
    guard source.language == .php else {
      return source.language == .ruby && (full == "infusionsoft" || full.hasPrefix("infusionsoft::")) ? .gem : nil
    }
    if last == "isdk" { return .iSDK }
    if full.hasPrefix("infusionsoft\\api\\") {
      return full.contains("\\rest\\") ? nil : Services.named(last).map(Value.service)
    }
    if last.hasPrefix("infusionsoft_") {
      let name = last.dropFirst("infusionsoft_".count)
      if let service = Services.named(name.hasSuffix("base") ? name.dropLast(4) : name) { return .service(service) }
      if name == "customfieldservice" { return .service("DataService") }
      if let table = Verdict.tables[String(name)] { return .record(table: table, holds: .unseen) }
    }
    return last.speaksOfKeap ? .official : nil
  }

  // MARK: Telling

  private func function(passing path: String) -> String? {
    functions.last { $0.parameters.contains(path) || source.language == .perl }?.name
  }

  mutating func tell(
    _ method: String, at index: Int, about subject: FoundCall.Subject, fields: CallFields = CallFields()
  ) {
    guard tells else { return }
    let isOpen = Verdict.isOfTables(method) || method == Verdict.settingMethod
    var call = place(of: index, method: method, subject: isOpen ? subject : .none)
    call.fields = fields
    result.calls.append(call)
  }

  private func place(of index: Int, method: String?, subject: FoundCall.Subject) -> FoundCall {
    FoundCall(
      line: Int(source[index].line), column: Int(source[index].column), method: method, subject: subject)
  }

  /// Tells a call whose method nobody can see here.
  ///
  /// - Parameter path: the variable that holds its name.
  mutating func tellUnnamed(at index: Int, from path: String? = nil) {
    guard tells else { return }
    let line = Int(source[index].line)
    if let path, let function = function(passing: path) {
      result.passing.append(SourceCalls.Passing(function: function.lowercased(), line: line))
    } else {
      result.calls.append(place(of: index, method: nil, subject: .none))
    }
  }

  /// Gives the call that was told last the line within its text.
  mutating func moveLast(to line: Int) {
    guard tells, let last = result.calls.indices.last, result.calls[last].line != line else { return }
    result.calls[last].line = line
    result.calls[last].column = nil
  }

  mutating func noteGivenMethod(_ function: String) { if tells { result.givenMethods.insert(function.lowercased()) } }

  /// Takes a variable for the class by whose own method it was called.
  mutating func learn(_ value: Value, of path: String?) {
    if let path, path != "$this" { share(value, as: path) }
  }

  /// Whether the source declares a class of this name, whatever its case.
  func isOwnClass(_ name: String) -> Bool { ownClasses[name.lowercased()] != nil }

  func isOwnFunction(_ name: String) -> Bool { ownFunctions.contains(name) }
}
