import Bridge

/// What the bridge says of a call.
package struct Verdict: Equatable, Sendable {
  package var standing: Standing
  /// Why, and what to do; empty where there is nothing to say.
  package var sentence: String

  /// Keap's methods by their names in small letters.
  static let known = byLowercase(BridgeMethod.all.map(\.name))

  /// Keap's tables by their names in small letters, those that the bridge does not carry among them.
  static let tables = byLowercase(
    BridgeTable.all.map(\.name) + otherTables.split(whereSeparator: \.isWhitespace).map(String.init))

  private static func byLowercase(_ names: [String]) -> [String: String] {
    Dictionary(names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static let otherTables = """
    ActionSequence Affiliate CCharge CProgram CampaignStep Campaignee CreditCard DataFormGroup DataFormTab EmailAddStatus
    Expense FileBox GroupAssign InvoiceItem InvoicePayment JobRecurringInstance LeadSource LeadSourceCategory
    LeadSourceExpense LeadSourceRecurringExpense LinkedContactType MtgLead PayPlan PayPlanItem Payment ProductCategory
    ProductCategoryAssign ProductInterest ProductInterestBundle ProductOptValue ProductOption ProductOptionValue
    RecurringOrderWithContact Referral SavedFilter SocialAccount StageMove Status SubscriptionPlan Template Ticket
    TicketStage TicketType UserGroup
    """

  private static let ofTables: Set<String> = [
    "DataService.add", "DataService.load", "DataService.update", "DataService.delete", "DataService.findByField",
    "DataService.query", "DataService.count",
  ]

  /// Whether the method's first argument is a table.
  static func isOfTables(_ method: String) -> Bool { ofTables.contains(method) }

  package static func of(_ call: FoundCall) -> Verdict {
    guard let name = call.method else {
      return Verdict(standing: .untold, sentence: "Which method this calls shows only when the program runs.")
    }
    guard let method = BridgeMethod.named(name) else {
      return Verdict(
        standing: .notCarried, sentence: "The bridge knows no method of this name, and answers with a fault.")
    }
    let judged = Verdict(method.verdict)
    switch call.table {
    case .none: return judged
    case .named(let table):
      let onTable = of(name, on: table)
      return isQuery(name) && onTable.standing != .notCarried ? judged.joined(with: onTable) : onTable
    case .open:
      let names = BridgeTable.all.filter { takes(name, $0) }.map(\.name).sorted().joined(separator: ", ")
      return Verdict(
        standing: .untold, sentence: "Which table this is cannot be seen here. Carried are \(names).")
    }
  }

  private init(_ verdict: BridgeMethod.Verdict) {
    switch verdict {
    case .exact: self.init(standing: .carried, sentence: "")
    case .differs(let how): self.init(standing: .different, sentence: how)
    case .refused(let why, let instead): self.init(standing: .notCarried, sentence: Self.sentences([why, instead]))
    }
  }

  private init(standing: Standing, sentence: String) {
    self.standing = standing
    self.sentence = sentence
  }

  private static func of(_ method: String, on table: String) -> Verdict {
    guard let known = tables[table.lowercased()].flatMap(BridgeTable.named) else {
      return Verdict(standing: .notCarried, sentence: "REST has no place for the table \(table).")
    }
    guard takes(method, known) else {
      let act = method.split(separator: ".").last.map(String.init) ?? method
      let why = sentences(["\(known.name) has no \(act) in REST", known.difference ?? ""])
      return Verdict(standing: .notCarried, sentence: why)
    }
    return Verdict(standing: known.difference == nil ? .carried : .different, sentence: known.difference ?? "")
  }

  private static func takes(_ method: String, _ table: BridgeTable) -> Bool {
    switch method {
    case "DataService.add": table.isAdded
    case "DataService.update": table.isUpdated
    case "DataService.delete": table.isDeleted
    default: true
    }
  }

  /// Whether there is something to say of the method besides what there is of its table.
  private static func isQuery(_ method: String) -> Bool {
    ["DataService.query", "DataService.findByField", "DataService.count"].contains(method)
  }

  private func joined(with other: Verdict) -> Verdict {
    Verdict(
      standing: standing == .different ? standing : other.standing,
      sentence: Self.sentences([sentence, other.sentence]))
  }

  /// Texts as sentences, each with its stop.
  private static func sentences(_ texts: [String]) -> String {
    texts.filter { !$0.isEmpty }.map { text in
      text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }.joined(separator: " ")
  }
}
