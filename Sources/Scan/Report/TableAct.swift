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

  /// What is not as it was when this is done to a table that the bridge has.
  func differences(on table: String) -> [String] {
    differences + Self.ofTables.filter { $0.table == table && $0.acts.contains(self) }.map(\.sentence)
      + (table == "Contact" ? differencesOnContacts : [])
  }

  /// The bridge does the same to a contact under either service.
  private var differencesOnContacts: [String] {
    switch self {
    case .add: Self.difference(of: "ContactService.add")
    case .update: Self.difference(of: "ContactService.update")
    case .load, .query, .findByField: Self.difference(of: "ContactService.load")
    case .delete, .count: []
    }
  }

  private static func difference(of method: String) -> [String] {
    if case .differs(let how) = BridgeMethod.named(method)?.verdict { [how] } else { [] }
  }

  /// What is particular to a table, each for the acts that it concerns.
  private static let ofTables: [(table: String, acts: Set<TableAct>, sentence: String)] = [
    (
      "Company", [.add, .load, .update, .findByField, .query, .count],
      "A company has one address, phone, fax and e-mail in REST; the fields of the others are refused."
    ),
    ("ContactGroup", [.update], "A tag cannot be taken out of its category again."),
    (
      "ContactGroupAssign", [.findByField, .query, .count],
      "A query names one ContactId or one GroupId; REST lists what is tagged only under one of them."
    ),
    ("DataFormField", [.load, .findByField, .query], "Values are told with line breaks between."),
    ("DataFormField", [.update], "Label and GroupId can be changed, and not of contacts' fields."),
    ("User", [.update], "Of a user the names, phones, fax, address and website can be changed."),
    (
      "ContactAction", [.findByField, .query],
      "Tasks come first and notes after them; appointments are not in REST v2."
    ),
    (
      "ContactAction", [.load],
      "A number that a task and a note have is the task's; appointments are not in REST v2."
    ),
    ("ContactAction", [.count], "Appointments are not in REST v2, and not counted."),
    ("Invoice", [.load, .findByField, .query, .count], "An order of REST is a Job and its Invoice."),
    (
      "OrderItem", [.findByField, .query, .count],
      "A query names one OrderId; REST lists items only within their order."
    ),
  ]
}
