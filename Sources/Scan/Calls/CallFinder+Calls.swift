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
    if source.language == .php {
      if depth == 0, lower == "array" { readCallableList(at: index, open: open) }
      if lower == "define" { takeConstant(at: open + 1, close: close) }
      if KnownNames.growers.contains(lower), case .known(_, let path?) = argument(at: open + 1, close: close, depth: 1)
      {
        loosen(path)
      }
      if KnownNames.pickers.contains(lower),
        case .known(.records(let table, let holds)?, _) = argument(at: open + 1, close: close, depth: depth)
      {
        return .record(table: table, holds: holds)
      }
    }
    if depth == 0, KnownNames.callables.contains(lower) { readCallable(at: index, open: open) }
    if depth == 0, lower == "getattr" { readAttribute(at: index, open: open) }
    if source.language == .php, KnownNames.containers.contains(lower),
      case .literal(let text) = argument(at: open + 1, close: close, depth: 2), text.speaksOfKeap
    {
      return .official
    }
    return returned(by: lower)
  }

  /// `define('NAME', 'text')`.
  private mutating func takeConstant(at first: Int, close: Int) {
    guard case .literal(let name) = argument(at: first, close: close, depth: 2),
      let second = nextArgument(behind: first, close: close),
      case .literal(let text) = argument(at: second, close: close, depth: 2)
    else { return }
    share(.text(text), as: name)
  }

  /// A message's method comes first: a text is told where it stands, and whatever else cannot be.
  mutating func readMethodArgument(at index: Int, open: Int, depth: Int) {
    guard depth == 0, speaksOfKeap else { return }
    switch argument(at: open + 1, close: close(of: open), depth: depth) {
    case .literal, .missing: break
    case .known(.text(_)?, _): break
    case .known(_, let path): tellUnnamed(at: index, from: path)
    case .expression:
      // A text that is put together is told where it stands, if it shows its service.
      if source[open + 1].kind != .string || hidesMethod(open + 1) { tellUnnamed(at: index) }
    }
  }

  /// A list of an object and the name of its method, which stands for a call: `array($app, 'dsQuery')`.
  mutating func readCallableList(at index: Int, open: Int) {
    let close = source.partner[open], first = source[open + 1]
    guard close < source.count, first.kind == .variable || first.kind == .word || first.kind == .string else { return }
    let chain =
      first.kind == .string
      ? Chain(value: classValue(first.text), path: nil, end: open + 2) : walk(from: open + 1, depth: 1)
    let name = source[chain.end + 1]
    guard source.isSymbol(",", at: chain.end), name.kind == .string, chain.end + 2 == close else { return }
    if chain.path == "$this", isOwnFunction(name.text.lowercased()) { return }
    guard chain.value != nil || chain.path != nil, let method = member(name.text, of: chain.value) else { return }
    tell(method, at: index, about: subject(of: method, calledBy: source.outer[open], behind: close))
  }

  /// What a call is about that `call_user_func` makes of such a list, or `call_user_func_array` with a list of arguments.
  private mutating func subject(of method: String, calledBy open: Int, behind list: Int) -> FoundCall.Subject {
    let function = source[open - 1].text.lowercased()
    guard open > 0, source.isSymbol("(", at: open), source.isSymbol(",", at: list + 1) else { return .open }
    if function == "call_user_func" { return subject(of: method, at: list + 2, close: source.partner[open]) }
    guard function == "call_user_func_array", let inner = source.openOfList(at: list + 2) else { return .open }
    return subject(of: method, at: inner + 1, close: source.partner[inner])
  }

  /// `call_user_func(array($app, $method), …)`, or with the name of a class and its method.
  private mutating func readCallable(at index: Int, open: Int) {
    var start = open + 1
    if source[start].kind == .string, let colons = source[start].text.firstRange(of: "::") {
      let text = source[start].text
      let value = classValue(String(text[..<colons.lowerBound]))
      return callMember(String(text[colons.upperBound...]), of: value, at: index, about: .open)
    }
    if source[start].kind == .word, source[start].text == "array" { start += 1 }
    guard source.isSymbol("(", at: start) || source.isSymbol("[", at: start) else { return }
    let chain =
      source[start + 1].kind == .string
      ? Chain(value: classValue(source[start + 1].text), path: nil, end: start + 2) : walk(from: start + 1, depth: 1)
    guard source.isSymbol(",", at: chain.end) else { return }
    switch argument(at: chain.end + 1, close: source.partner[start], depth: 1) {
    case .known(.text(let name)?, _): callMember(name, of: chain.value, at: index, about: .open)
    case .known(_, let path): callMember(nil, of: chain.value, at: index, from: path, about: .open)
    case .expression: callMember(nil, of: chain.value, at: index, about: .open)
    // A list with the method's name is told where it stands.
    case .literal, .missing: break
    }
  }

  /// `getattr(server.ContactService, name)` of Python.
  private mutating func readAttribute(at index: Int, open: Int) {
    guard source[open + 1].kind == .word else { return }
    let chain = walk(from: open + 1, depth: 1)
    guard source.isSymbol(",", at: chain.end) else { return }
    let argument = argument(at: chain.end + 1, close: source.partner[open], depth: 1)
    if case (.literal(let name), .namesake(let service)) = (argument, chain.value) {
      if let method = Services.wireMethod(name, of: service) { tell(method, at: index, about: .open) }
    }
    guard speaksOfKeap else { return }
    switch (argument, chain.value) {
    case (.literal(let name), .proxy): callMember(name, of: chain.value, at: index, about: .open)
    case (.literal, _), (.missing, _), (.known(.text(_)?, _), _): break
    case (.known(_, let path), .proxy), (.known(_, let path), .client): tellUnnamed(at: index, from: path)
    case (.expression, .proxy): tellUnnamed(at: index)
    // A text that is put together is told where it stands.
    case (.expression, .client): if source[chain.end + 1].kind != .string { tellUnnamed(at: index) }
    default: break
    }
  }

  private mutating func callMember(
    _ name: String?, of value: Value?, at index: Int, from path: String? = nil, about subject: FoundCall.Subject
  ) {
    switch value {
    case .iSDK, .service, .proxy, .official:
      guard let name else { return tellUnnamed(at: index, from: path) }
      if let method = member(name, of: value) { tell(method, at: index, about: subject) }
    default: break
    }
  }

  // MARK: Methods

  /// - Returns: what the method gives back.
  mutating func called(_ name: String, on chain: Chain, at index: Int, open: Int?, depth: Int) -> Value? {
    let lower = name.lowercased(), close = close(of: open)
    let first = (open ?? index) + 1
    if case .fields? = chain.value, let path = chain.path { loosen(path) }
    if source.language == .cSharp, depth == 0, open == index + 4, chain.value?.service == "DataService",
      let method = Services.method(name, of: "DataService")
    {
      tell(method, at: index, about: Verdict.tables[source[index + 2].text.lowercased()].map { .table($0) } ?? .open)
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
      return Services.named(text).map(Value.proxy)
    }
    if source.language != .php, Services.names.contains(name), let service = Services.named(name) {
      if first == close || open == nil { return property(name, of: chain, nil) }
      if speaksOfKeap {
        if depth == 0 { callService(service, at: index, first: first, close: close) }
        return .other
      }
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
    if lower == "getproxy" || lower == "server" || lower == "proxy" { return chain.value }
    if case .service("DataService")? = chain.value,
      case .known(.record(let table, _)?, _) = argument(at: first, close: close, depth: depth)
    {
      let fields = Services.method(name, of: "DataService").map {
        self.fields(of: $0, as: name, at: first, close: close)
      }
      return .records(table: table, holds: fields?.asked ?? .unseen)
    }
    let isOwn = chain.value == nil || chain.value == .other || ["$this", "self", "static"].contains(chain.path)
    return isOwn ? returned(by: lower) : nil
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
        tell(
          method, at: index, about: subject(of: method, at: first, close: close),
          fields: fields(of: method, as: name, at: first, close: close))
      } else if lower == "send" || lower == "public_send" {
        switch argument(at: first, close: close, depth: 1) {
        case .literal(let name):
          guard let method = ClassMethods.gem[name] else { break }
          let next = nextArgument(behind: first, close: close)
          tell(method, at: index, about: next.map { subject(of: method, at: $0, close: close) } ?? .open)
        case .known(_, let path): tellUnnamed(at: index, from: path)
        case .expression: tellUnnamed(at: index)
        case .missing: break
        }
      }
    case .record(let table, var holds):
      let methods = ["save": "DataService.update", "load": "DataService.load", "delete": "DataService.delete"]
      guard let method = methods[lower] else { break }
      var fields = CallFields()
      if lower == "load" { fields.asked = Self.all(of: table) }
      if lower == "save" {
        // Others may have been put into it.
        holds.isWhole = false
        fields.written = holds
      }
      tell(method, at: index, about: .table(table), fields: fields)
    case .data:
      guard let method = Services.method(name, of: "DataService"), let table = knownTable(at: first, close: close)
      else { return }
      tell(
        method, at: index, about: .table(table), fields: fields(of: method, as: name, at: first, close: close))
    case .service("DataService") where Services.fieldHelpers.contains(lower):
      tell(
        "DataService.query", at: index, about: .table("DataFormField"),
        fields: CallFields(asked: Self.all(of: "DataFormField")))
    case .namesake(let service):
      guard let method = Services.wireMethod(name, of: service), isGivenKey(method, at: first, close: close) else {
        return
      }
      tell(
        method, at: index, about: subject(of: method, at: first, close: close, behindKey: true),
        fields: fields(of: method, as: name, at: first, close: close, behindKey: true))
    case .text, .other, .client, .records, .fields: break
    case .iSDK, .service, .proxy, .official, nil:
      guard let method = member(name, of: chain.value) else { return }
      if chain.value == nil { learn(.iSDK, of: chain.path) }
      let isProxy = if case .proxy? = chain.value { true } else { false }
      tell(
        method, at: index, about: subject(of: method, at: first, close: close, behindKey: isProxy),
        fields: fields(of: method, as: name, at: first, close: close, behindKey: isProxy))
    }
  }

  /// Whether a call by a service's name alone is a proxy's, which gives the key first.
  ///
  /// Python, Ruby and Perl have such names of proxies alone. Elsewhere a class of the owner's may be called so, and the call must
  /// have as many arguments as Keap's method and the key.
  private func isGivenKey(_ method: String, at first: Int, close: Int?) -> Bool {
    [.python, .ruby, .perl].contains(source.language)
      || FieldPlaces.counts(of: method).contains(elements(from: first, close: close).ranges.count)
  }

  /// Keap's name of a member.
  private func member(_ name: String, of value: Value?) -> String? {
    switch value {
    case .iSDK: ClassMethods.iSDK[name.lowercased()]
    case .service(let service), .proxy(let service): Services.method(name, of: service)
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
      guard let next = nextArgument(behind: first, close: close) else { return tell(method, at: index, about: .open) }
      tell(
        method, at: index, about: subject(of: method, at: next, close: close),
        fields: fields(of: method, as: name, at: next, close: close))
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
      // A text that is put together is told where it stands, if it shows its service.
      if source[open + 1].kind != .string || hidesMethod(open + 1) { tellUnnamed(at: index) }
    }
  }
}
