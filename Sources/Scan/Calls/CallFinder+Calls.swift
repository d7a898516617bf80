import Wire

/// Which call is one of Keap's.
extension CallFinder {
  // MARK: Functions

  /// - Returns: what the function gives back.
  mutating func called(_ name: String, at index: Int, depth: Int) -> Value? {
    let open = index + 1, close = source.partner[open]
    let lower = name.lowercased()
    if KnownNames.messages.contains(lower) {
      readMethodArgument(at: index, open: open, depth: depth)
      return .other
    }
    if source.language != .php, let value = classValue(name) { return value }
    if depth == 0, KnownNames.callables.contains(lower) { readCallable(at: index, open: open) }
    if depth == 0, lower == "getattr" { readAttribute(at: index, open: open) }
    if source.language == .php, KnownNames.containers.contains(lower),
      case .literal(let text) = argument(at: open + 1, close: close, depth: 2), text.speaksOfKeap
    {
      return .official
    }
    return nil
  }

  /// A message's method comes first: a text is told where it stands, and whatever else cannot be.
  mutating func readMethodArgument(at index: Int, open: Int, depth: Int) {
    guard depth == 0, speaksOfKeap else { return }
    switch argument(at: open + 1, close: close(of: open), depth: depth) {
    case .literal, .missing: break
    case .known(.text(_)?, _): break
    case .known(_, let path): tellUnnamed(at: index, from: path)
    case .expression:
      // A text that is put together is told where it stands.
      if source[open + 1].kind != .string { tellUnnamed(at: index) }
    }
  }

  /// `call_user_func(array($app, 'dsQuery'), …)`, or with the name of a class and its method.
  private mutating func readCallable(at index: Int, open: Int) {
    var start = open + 1
    if source[start].kind == .string, let colons = source[start].text.firstRange(of: "::") {
      let text = source[start].text
      let value = classValue(String(text[..<colons.lowerBound]))
      return callMember(String(text[colons.upperBound...]), of: value, at: index)
    }
    if source[start].kind == .word, source[start].text == "array" { start += 1 }
    guard source.isSymbol("(", at: start) || source.isSymbol("[", at: start) else { return }
    let chain =
      source[start + 1].kind == .string
      ? Chain(value: classValue(source[start + 1].text), path: nil, end: start + 2) : walk(from: start + 1, depth: 1)
    guard source.isSymbol(",", at: chain.end) else { return }
    switch argument(at: chain.end + 1, close: source.partner[start], depth: 1) {
    case .literal(let name), .known(.text(let name)?, _): callMember(name, of: chain.value, at: index)
    case .known(_, let path): callMember(nil, of: chain.value, at: index, from: path)
    case .expression: callMember(nil, of: chain.value, at: index)
    case .missing: break
    }
  }

  /// `getattr(server.ContactService, name)` of Python.
  private mutating func readAttribute(at index: Int, open: Int) {
    guard speaksOfKeap, source[open + 1].kind == .word else { return }
    let chain = walk(from: open + 1, depth: 1)
    guard source.isSymbol(",", at: chain.end) else { return }
    switch (argument(at: chain.end + 1, close: source.partner[open], depth: 1), chain.value) {
    case (.literal(let name), .service): callMember(name, of: chain.value, at: index)
    case (.literal, _), (.missing, _), (.known(.text(_)?, _), _): break
    case (.known(_, let path), .service), (.known(_, let path), .client): tellUnnamed(at: index, from: path)
    case (.expression, .service): tellUnnamed(at: index)
    // A text that is put together is told where it stands.
    case (.expression, .client): if source[chain.end + 1].kind != .string { tellUnnamed(at: index) }
    default: break
    }
  }

  private mutating func callMember(_ name: String?, of value: Value?, at index: Int, from path: String? = nil) {
    switch value {
    case .iSDK, .service, .official:
      guard let name else { return tellUnnamed(at: index, from: path) }
      if let method = method(name, of: value) { tell(method, at: index, table: .open) }
    default: break
    }
  }

  // MARK: Methods

  /// - Returns: what the method gives back.
  mutating func called(_ name: String, on chain: Chain, at index: Int, open: Int?, depth: Int) -> Value? {
    let lower = name.lowercased(), close = close(of: open)
    let first = (open ?? index) + 1
    if source.language == .cSharp, depth == 0, open == index + 4, case .service("DataService")? = chain.value,
      let method = Services.method(name, of: "DataService")
    {
      tell(method, at: index, table: Verdict.tables[source[index + 2].text.lowercased()].map { .named($0) } ?? .open)
      return nil
    }
    if lower == "new", let path = chain.path {
      if KnownNames.messages.contains(path.lowercased()), let open {
        readMethodArgument(at: index, open: open, depth: depth)
      }
      return classValue(path) ?? .other
    }
    if source.language != .php, let value = classValue(name) { return value }
    if lower == "proxy" || lower == "getproxy", case .literal(let text) = argument(at: first, close: close, depth: 2),
      Services.names.contains(text)
    {
      return Services.named(text).map(Value.service)
    }
    if source.language != .php, speaksOfKeap, Services.names.contains(name), let service = Services.named(name) {
      if depth == 0 { callService(service, at: index, first: first, close: close) }
      return .other
    }
    if KnownNames.messages.contains(lower), let open {
      readMethodArgument(at: index, open: open, depth: depth)
      return .other
    }
    if case .client? = chain.value, let open, KnownNames.callers.contains(lower), depth == 0 {
      readCallOfClient(at: index, open: open)
      return nil
    }
    if let service = service(name, of: chain, first: first, close: close) { return service }
    if depth == 0 { tellMember(name, of: chain, at: index, first: first, close: close) }
    return lower == "getproxy" || lower == "server" || lower == "proxy" ? chain.value : nil
  }

  /// The service that a call gives back.
  private mutating func service(_ name: String, of chain: Chain, first: Int, close: Int?) -> Value? {
    guard source.language == .php, let service = Services.accessors[name] else { return nil }
    if chain.value == .official { return .service(service) }
    if case .literal("xml") = argument(at: first, close: close, depth: 2) { return .service(service) }
    return chain.value == nil && service == "DataService" && speaksOfKeap && first == close ? .data : nil
  }

  private mutating func tellMember(_ name: String, of chain: Chain, at index: Int, first: Int, close: Int?) {
    let lower = name.lowercased()
    if lower == "cfgcon" { learn(.iSDK, of: chain.path) }
    if chain.path == "$this", isOwnFunction(lower) { return }
    switch chain.value {
    case .gem:
      if let method = ClassMethods.gem[name] {
        tell(method, at: index, table: table(at: first, close: close))
      } else if lower == "send" || lower == "public_send" {
        switch argument(at: first, close: close, depth: 1) {
        case .literal(let name): if let method = ClassMethods.gem[name] { tell(method, at: index, table: .open) }
        case .known(_, let path): tellUnnamed(at: index, from: path)
        case .expression: tellUnnamed(at: index)
        case .missing: break
        }
      }
    case .record(let table):
      let methods = ["save": "DataService.update", "load": "DataService.load", "delete": "DataService.delete"]
      if let method = methods[lower] { tell(method, at: index, table: .named(table)) }
    case .data:
      let table = table(at: first, close: close)
      if case .named(let name) = table, Verdict.tables[name.lowercased()] != nil,
        let method = Services.method(name, of: "DataService")
      {
        tell(method, at: index, table: table)
      }
    case .service("DataService") where Services.fieldHelpers.contains(lower):
      tell("DataService.query", at: index, table: .named("DataFormField"))
    case .text, .other, .client: break
    case .iSDK, .service, .official, nil:
      guard let method = method(name, of: chain.value) else { return }
      if chain.value == nil { learn(.iSDK, of: chain.path) }
      tell(method, at: index, table: table(at: first, close: close))
    }
  }

  /// Keap's name of a member.
  private func method(_ name: String, of value: Value?) -> String? {
    switch value {
    case .iSDK: ClassMethods.iSDK[name.lowercased()]
    case .service(let service): Services.method(name, of: service)
    case .official, nil: ClassMethods.onlyISDK[name.lowercased()]
    default: nil
    }
  }

  /// `infusionsoft.ContactService('add', …)` of Keap's own Python library.
  private mutating func callService(_ service: String, at index: Int, first: Int, close: Int?) {
    switch argument(at: first, close: close, depth: 1) {
    case .literal(let name), .known(.text(let name)?, _):
      guard name.isName else { return tellUnnamed(at: index) }
      let method = Services.method(name, of: service) ?? "\(service).\(name)"
      tell(method, at: index, table: close.map { table(behind: first, before: $0) } ?? .open)
    case .known(_, let path): tellUnnamed(at: index, from: path)
    case .expression: tellUnnamed(at: index)
    case .missing: break
    }
  }

  /// A client is given a method's name, or a message that was made before.
  private mutating func readCallOfClient(at index: Int, open: Int) {
    guard speaksOfKeap else { return }
    switch argument(at: open + 1, close: close(of: open), depth: 0) {
    case .literal, .missing, .known(_?, _): break
    case .known(nil, let path): tellUnnamed(at: index, from: path)
    case .expression:
      // A text that is put together is told where it stands.
      if source[open + 1].kind != .string { tellUnnamed(at: index) }
    }
  }
}
