import Contacts
import Store

/// What lists find records by beside the columns of their table. It is written with the record, and ends with it.
extension TenantContacts {
  /// Brings the kept values to what the contact has.
  ///
  /// - Parameter before: the contact that they were brought to last.
  func keepValues(of contact: Contact, _ id: Int64, before: Contact) throws {
    func values(_ contact: Contact) throws -> Set<SearchValue> {
      contact.searchValues(contact.customFields.isEmpty ? [:] : try customFields(of: .contact).types)
    }
    // Where contents are the same, no field was deleted since they were written, so what is kept is what the contact had.
    let isKnown = contact.customFields == before.customFields
    try bring(isKnown ? values(before) : self.values(of: id, .contact), to: values(contact), of: id, .contact)
  }

  /// Brings the kept values to what a record of another kind has.
  ///
  /// - Parameter isNew: whether the record was added in this act.
  func keepValues(ofContents contents: [CustomField], _ id: Int64, _ kind: RecordKind, isNew: Bool) throws {
    if isNew, contents.isEmpty { return }
    let wanted = contents.searchValues(contents.isEmpty ? [:] : try customFields(of: kind).types)
    try bring(isNew ? [] : values(of: id, kind), to: wanted, of: id, kind)
  }

  /// A field that was deleted loses its values so, too.
  private func bring(
    _ kept: Set<SearchValue>, to wanted: Set<SearchValue>, of id: Int64, _ kind: RecordKind
  ) throws {
    for value in kept.subtracting(wanted) {
      try db.execute(
        "DELETE FROM \(kind.valueTable) WHERE tenant_id = $1 AND \(kind.valueKey) = $2 AND field = $3 AND value = $4",
        tenant, id, value.field.name, value.value)
    }
    try add(wanted.subtracting(kept), of: id, kind)
  }

  /// Each value is a statement of its own: an engine guards a statement of many rows so that it can be undone alone, which costs
  /// more.
  func add(_ values: Set<SearchValue>, of id: Int64, _ kind: RecordKind) throws {
    for value in values {
      try db.execute(
        "INSERT INTO \(kind.valueTable) (tenant_id, \(kind.valueKey), field, value) VALUES ($1, $2, $3, $4)",
        tenant, id, value.field.name, value.value)
    }
  }

  private func values(of id: Int64, _ kind: RecordKind) throws -> Set<SearchValue> {
    let rows = try db.rows(
      "SELECT field, value FROM \(kind.valueTable) WHERE tenant_id = $1 AND \(kind.valueKey) = $2", tenant, id)
    return Set(try rows.map { SearchValue(SearchField(name: try $0["field"]), try $0["value"]) })
  }

  /// What a condition on a field that the tenant defined asks of records of a kind.
  func found(by term: FilterTerm, _ kind: RecordKind) throws -> ListCondition {
    .values(try customFields(of: kind).search(term), of: kind)
  }
}

extension RecordKind {
  /// The table of what records of the kind are found by.
  var valueTable: String {
    switch self {
    case .contact: "contact_values"
    case .company: "company_values"
    case .note: "note_values"
    case .task: "task_values"
    }
  }

  /// Its column of the record's number.
  var valueKey: String {
    switch self {
    case .contact: "contact_id"
    case .company: "company_id"
    case .note: "note_id"
    case .task: "task_id"
    }
  }
}
