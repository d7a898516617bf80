import Bridge

/// What the bridge says of a call.
package struct Verdict: Equatable, Sendable {
  package var standing: Standing
  /// Why, and what to do; empty where there is nothing to say.
  package var sentence: String

  /// Keap's methods by their names in small letters.
  static let known = byLowercase(BridgeMethod.all.map(\.name))

  /// Keap's tables by their names in small letters, those that the bridge does not carry among them.
  static let tables = byLowercase(BridgeTable.all.map(\.name) + Instead.ofOtherTables.keys)

  private static func byLowercase(_ names: [String]) -> [String: String] {
    Dictionary(names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the method's first argument is a table.
  static func isOfTables(_ method: String) -> Bool { TableAct(method) != nil }

  /// The method that asks for a setting of the account.
  static let settingMethod = "DataService.getAppSetting"

  package static func of(_ call: FoundCall) -> Verdict {
    guard let name = call.method else {
      return untold("Which method this calls shows only when the program runs: look where its name comes from.")
    }
    guard let method = BridgeMethod.named(name) else {
      return refused(
        "The bridge knows no method of this name, and answers with a fault.",
        "If it is spelt as Keap spells it, look in Keap's documentation of REST for what does the same, and call that "
          + "with the same key.")
    }
    if let act = TableAct(name) { return of(act, call.subject, call.fields) }
    if name == settingMethod { return ofSetting(call.subject) }
    guard let act = TableAct.onContacts(name), let contact = BridgeTable.named("Contact") else {
      return Verdict(method.verdict)
    }
    if let refusal = RefusedFields(call.fields, of: contact, by: act) { return refused(refusal.why, refusal.instead) }
    let isAsItWas = name == "ContactService.load" && !TableAct.isOfRegions(call.fields)
    return isAsItWas ? Verdict(standing: .carried, sentence: "") : Verdict(method.verdict)
  }

  private init(_ verdict: BridgeMethod.Verdict) {
    switch verdict {
    case .exact: self.init(standing: .carried, sentence: "")
    case .differs(let how): self.init(standing: .different, sentence: how)
    case .refused(let why, let instead): self = Self.refused(why, instead)
    }
  }

  private init(standing: Standing, sentence: String) {
    self.standing = standing
    self.sentence = sentence
  }

  private static func refused(_ why: String, _ instead: String) -> Verdict {
    Verdict(standing: .notCarried, sentence: sentences([why, instead]))
  }

  private static func untold(_ why: String) -> Verdict { Verdict(standing: .untold, sentence: why) }

  // MARK: Tables

  private static func of(_ act: TableAct, _ subject: FoundCall.Subject, _ fields: CallFields) -> Verdict {
    switch subject {
    case .table(let name): return of(act, table: name, fields)
    case .noTable(let name):
      return refused(
        "Keap has no table \(name ?? "of this name"), and the bridge answers with a fault.",
        "Name one of these: \(carried(by: act)).")
    case .none, .open, .setting:
      return untold("Which table this is cannot be seen here. Carried are \(carried(by: act)).")
    }
  }

  private static func of(_ act: TableAct, table name: String, _ fields: CallFields) -> Verdict {
    guard let table = tables[name.lowercased()].flatMap(BridgeTable.named) else {
      let instead = tables[name.lowercased()].flatMap { Instead.ofOtherTables[$0] }
      return refused(
        "The bridge does not have the table \(name).", instead ?? "Name one of these: \(carried(by: act)).")
    }
    guard act.isDone(to: table) else {
      let why =
        act == .load
        ? "REST has no record of \(table.name) by its number" : "The bridge has no \(act.rawValue) for \(table.name)"
      return refused(why, Instead.of(act, table.name))
    }
    if let refusal = RefusedFields(fields, of: table, by: act) { return refused(refusal.why, refusal.instead) }
    let differences = act.differences(on: table.name, with: fields)
    return Verdict(standing: differences.isEmpty ? .carried : .different, sentence: sentences(differences))
  }

  private static func carried(by act: TableAct) -> String {
    BridgeTable.all.filter { act.isDone(to: $0) }.map(\.name).sorted().joined(separator: ", ")
  }

  // MARK: Settings

  private static func ofSetting(_ subject: FoundCall.Subject) -> Verdict {
    let ofContact = Bridge.settings.keys.sorted().joined(separator: ", ")
    let carried = "Carried are \(ofContact) of Contact, and enabled of Application."
    guard case .setting(let module, let name) = subject else {
      return untold("Which setting this asks for cannot be seen here. \(carried)")
    }
    let isKnown = module.uppercased() == "CONTACT" && Bridge.settings[name.lowercased()] != nil
    return isKnown || Bridge.asksForAnswer(module, name)
      ? Verdict(standing: .carried, sentence: "")
      : refused(
        "Under what name REST has this setting is not known, and the bridge answers with a fault. \(carried)",
        "Keep its value in your program, or look for it in GET /crm/rest/v2/settings/applications:getConfiguration with the "
          + "same key.")
  }

  /// Texts as sentences, each with its stop.
  private static func sentences(_ texts: [String]) -> String {
    texts.filter { !$0.isEmpty }.map { text in
      text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }.joined(separator: " ")
  }
}
