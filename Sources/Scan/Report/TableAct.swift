import Bridge

/// What a method of the DataService does to the table that it is given.
enum TableAct: String, CaseIterable {
  case add, load, update, delete, findByField, query, count

  /// - Parameter method: such as `DataService.query`.
  init?(_ method: String) {
    guard method.hasPrefix("DataService.") else { return nil }
    self.init(rawValue: String(method.dropFirst("DataService.".count)))
  }

  /// Whether the bridge does it to a table.
  func isDone(to table: BridgeTable) -> Bool {
    switch self {
    case .add: table.isAdded
    case .update: table.isUpdated
    case .delete: table.isDeleted
    // What REST lists only under another record cannot be had by its number alone.
    case .load: table.sources.contains { !$0.path.contains("{") }
    case .findByField, .query, .count: true
    }
  }

  /// What is not as it was, whatever the table is.
  private var differences: [String] {
    switch self {
    case .query, .findByField: Self.difference(of: "DataService.query")
    case .count: Self.difference(of: "DataService.count")
    case .add, .load, .update, .delete: []
    }
  }

  /// What a method of the ContactService does to contacts with the fields that it is given; nil for others.
  static func onContacts(_ method: String) -> TableAct? {
    switch method {
    case "ContactService.add", "ContactService.addWithDupCheck": .add
    case "ContactService.update": .update
    case "ContactService.load": .load
    case "ContactService.findByEmail": .query
    default: nil
    }
  }

  /// The fields whose contents come or go.
  private func contents(_ fields: CallFields) -> FieldNames {
    switch self {
    case .add, .update: fields.written
    case .load, .query, .findByField: fields.asked
    case .count: fields.looked
    case .delete: .unseen
    }
  }

  /// What is not as it was when this is done to a table that the bridge has.
  func differences(on table: String, with fields: CallFields = CallFields()) -> [String] {
    differences
      + Self.ofTables.filter { rule in
        rule.table == table && rule.acts.contains(self)
          && (rule.fields.map { contents(fields).mayHold($0) } ?? true)
      }.map(\.sentence)
      + (table == "Contact" ? differencesOnContacts(fields) : [])
  }

  /// The bridge does the same to a contact under either service.
  private func differencesOnContacts(_ fields: CallFields) -> [String] {
    switch self {
    case .add: Self.difference(of: "ContactService.add")
    case .update: Self.difference(of: "ContactService.update")
    case .load, .query, .findByField:
      Self.isOfRegions(fields) ? Self.difference(of: "ContactService.load") : []
    case .delete, .count: []
    }
  }

  /// Whether a call may ask for a contact's regions or countries, which are told in REST's words.
  static func isOfRegions(_ fields: CallFields) -> Bool { fields.asked.mayHold(regions) }

  private static let regions = BridgeTable.named("Contact")?.regions ?? []

  private static func difference(of method: String) -> [String] {
    if case .differs(let how) = BridgeMethod.named(method)?.verdict { [how] } else { [] }
  }

  /// What is particular to a table, each for the acts and the fields that it concerns: nil where it does not depend on fields, and
  /// none where each field that can be seen is judged by itself.
  private static let ofTables: [(table: String, acts: Set<TableAct>, fields: Set<String>?, sentence: String)] = [
    (
      "Company", [.add, .load, .update, .findByField, .query, .count], [],
      "A company has one address, phone, fax and e-mail in REST; the fields of the others are refused."
    ),
    ("ContactGroup", [.update], ["groupcategoryid"], "A tag cannot be taken out of its category again."),
    (
      "ContactGroupAssign", [.findByField, .query, .count], nil,
      "A query names one ContactId or one GroupId; REST lists what is tagged only under one of them."
    ),
    ("DataFormField", [.load, .findByField, .query], ["values"], "Values are told with line breaks between."),
    ("DataFormField", [.update], nil, "Label and GroupId can be changed, and not of contacts' fields."),
    ("User", [.update], [], "Of a user the names, phones, fax, address and website can be changed."),
    (
      "ContactAction", [.findByField, .query], nil,
      "Tasks come first and notes after them; appointments are not in REST v2."
    ),
    (
      "ContactAction", [.load], nil,
      "A number that a task and a note have is the task's; appointments are not in REST v2."
    ),
    ("ContactAction", [.count], nil, "Appointments are not in REST v2, and not counted."),
    ("Invoice", [.load, .findByField, .query, .count], nil, "An order of REST is a Job and its Invoice."),
    (
      "OrderItem", [.findByField, .query, .count], nil,
      "A query names one OrderId; REST lists items only within their order."
    ),
  ]
}
