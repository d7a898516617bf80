import Contacts
import Store
import Wire

/// The models that one transaction has read, so that none is read twice.
final class CustomFieldModels {
  private var known: [RecordKind: CustomFieldModel] = [:]

  func model(of kind: RecordKind, or read: () throws -> CustomFieldModel) rethrows -> CustomFieldModel {
    if let model = known[kind] { return model }
    let model = try read()
    known[kind] = model
    return model
  }
}

/// The custom fields of a tenant.
extension TenantContacts {
  func customFields(of kind: RecordKind) throws -> CustomFieldModel {
    try models.model(of: kind) {
      let rows = try db.rows(
        """
        SELECT f.id, f.label, f.field_name, f.field_type, f.options, f.group_id, g.name AS group_name
        FROM custom_fields f JOIN custom_field_groups g
          ON g.tenant_id = f.tenant_id AND g.record_type = f.record_type AND g.id = f.group_id
        WHERE f.tenant_id = $1 AND f.record_type = $2 ORDER BY f.id
        """, tenant, kind.recordType)
      return CustomFieldModel(kind, try rows.map(Self.definition))
    }
  }

  /// What a request says of a record's contents, as the record may hold them.
  /// - Parameter old: what the record holds.
  func checked(
    _ change: Change<[CustomField]>, of kind: RecordKind, over old: [CustomField] = []
  ) throws -> Change<[CustomField]> {
    guard case .set(let fields) = change else { return change }
    return .set(try customFields(of: kind).checked(fields, over: old))
  }

  /// The contents that the row of a note or task holds.
  func contents(_ row: Row) throws -> [CustomField] {
    let stored: [UInt8]? = try row["custom_fields"]
    // What the store holds is not the caller's fault, so it must not be told as a refusal of what the caller sent.
    do { return try [CustomField](stored: stored) } catch { throw StoreError.unreadable(error.message) }
  }

  func defineCustomField(_ new: NewCustomField, for kind: RecordKind) throws -> CustomFieldDefinition {
    // Whoever draws a number waits for the others who do, so nobody comes between what is counted and looked up from here on and
    // what is written.
    let id = try nextID()
    let group = try group(new.groupID, of: kind)
    let model = try customFields(of: kind)
    let field = CustomFieldDefinition(
      id: id, label: new.label, fieldName: model.fieldName(for: new.label), type: new.type,
      options: try new.type.options(new.options), groupID: group.id, groupName: group.name)
    _ = try model.with(field)
    try db.execute(
      """
      INSERT INTO custom_fields (tenant_id, record_type, id, group_id, label, field_name, normal_name, field_type, options,
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      """, tenant, kind.recordType, id, group.id, field.label, field.fieldName, field.fieldName.lowercased(),
      field.type.rawValue, field.options.stored, now)
    return field
  }

  /// - Returns: nil where there is no such field.
  func updateCustomField(
    _ id: Int64, _ change: CustomFieldChange, of kind: RecordKind
  ) throws -> CustomFieldDefinition? {
    let model = try customFields(of: kind)
    guard var field = model[id] else { return nil }
    if let label = change.label { field.label = label }
    if let drafts = change.options { field.options = try field.type.options(drafts, over: field.options) }
    if let groupID = change.groupID {
      let group = try group(groupID, of: kind)
      (field.groupID, field.groupName) = (group.id, group.name)
    }
    _ = try model.with(field)
    try db.execute(
      """
      UPDATE custom_fields SET label = $4, group_id = $5, options = $6
      WHERE tenant_id = $1 AND record_type = $2 AND id = $3
      """, tenant, kind.recordType, id, field.label, field.groupID, field.options.stored)
    return field
  }

  /// What records hold of the field is shown no more from now on.
  ///
  /// - Returns: whether there was such a field.
  func deleteCustomField(_ id: Int64, of kind: RecordKind) throws -> Bool {
    try db.execute(
      "DELETE FROM custom_fields WHERE tenant_id = $1 AND record_type = $2 AND id = $3", tenant, kind.recordType, id)
      > 0
  }

  private func group(_ id: Int64?, of kind: RecordKind) throws -> CustomFieldGroup {
    guard let id else { return try defaultGroup(of: kind) }
    guard let group = try customFieldGroup(id, of: kind) else {
      throw ContactFault.invalid("group_id: there is no custom field group \(id) for \(kind.rawValue)")
    }
    return group
  }

  private static func definition(_ row: Row) throws -> CustomFieldDefinition {
    let id: Int64 = try row["id"]
    guard let type = CustomFieldType(rawValue: try row["field_type"]),
      let options = [CustomFieldOption](stored: try row["options"])
    else { throw StoreError.unreadable("custom field \(id)") }
    return CustomFieldDefinition(
      id: id, label: try row["label"], fieldName: try row["field_name"], type: type, options: options,
      groupID: try row["group_id"], groupName: try row["group_name"])
  }
}

/// Options as they are stored: JSON, each with those below it.
extension [CustomFieldOption] {
  fileprivate var stored: [UInt8] { json.serialized() }

  fileprivate init?(stored: [UInt8]) {
    guard let json = try? JSON.parse(stored) else { return nil }
    self.init(json: json)
  }

  private var json: JSON {
    .array(
      map { option in
        var members: [String: JSON] = ["id": .integer(option.id), "label": .string(option.label)]
        if !option.options.isEmpty { members["options"] = option.options.json }
        return .object(members)
      })
  }

  private init?(json: JSON) {
    guard let entries = json.array else { return nil }
    self = []
    for entry in entries {
      guard let id = entry["id"]?.integer, let label = entry["label"]?.string,
        let options = [CustomFieldOption](json: entry["options"] ?? [])
      else { return nil }
      append(CustomFieldOption(id: id, label: label, options: options))
    }
  }
}
