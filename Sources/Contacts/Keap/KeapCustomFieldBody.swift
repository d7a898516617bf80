import Wire

/// A request about definitions of custom fields, read member by member.
package struct KeapCustomFieldBody {
  private static let mostCharacters = 255
  private let dialect: KeapDialect
  private let members: [String: JSON]
  private let mask: Set<String>?

  /// - Parameter mask: `update_mask`, the only keys that count; nil for all.
  package init(_ json: JSON, dialect: KeapDialect, mask: Set<String>? = nil) throws(ContactRefusal) {
    guard let members = json.object else { throw ContactRefusal("The body must be a JSON object") }
    self.dialect = dialect
    self.members = members
    self.mask = mask
  }

  /// Reads `update_mask`: names by comma, or the parameter several times. Nil when there is none.
  package static func mask(_ values: [String], of keys: Set<String>) throws(ContactRefusal) -> Set<String>? {
    let names = values.flatMap { $0.split(separator: ",") }.map { NormalForm.trimmed(String($0)) }
    if names.isEmpty { return nil }
    for name in names where !keys.contains(name) {
      throw ContactRefusal("update_mask must be of \(keys.sorted().joined(separator: ", "))")
    }
    return Set(names)
  }

  // MARK: - Requests

  package func newCustomField() throws(ContactRefusal) -> NewCustomField {
    let label = try required(name("label"), "label")
    // No tenant has groups of users, so none that a request names is there.
    if let group = try identifier("user_group_id") {
      throw ContactRefusal("user_group_id: there is no user group \(group)")
    }
    let drafts = (try options() ?? []).map(\.new)
    return NewCustomField(label: label, type: try type(), options: drafts, groupID: try identifier("group_id"))
  }

  /// Keap's document requires a group even where the mask leaves it out.
  package func customFieldChange() throws(ContactRefusal) -> CustomFieldChange {
    let group = try required(identifier("group_id"), "group_id")
    return CustomFieldChange(
      label: wants("label") ? try name("label") : nil, options: wants("options") ? try options() : nil,
      groupID: wants("group_id") ? group : nil)
  }

  package func newGroup() throws(ContactRefusal) -> (name: String, tabID: Int64?) {
    (try required(name("name"), "name"), try identifier("tab_id"))
  }

  package func groupChange() throws(ContactRefusal) -> CustomFieldGroupChange {
    CustomFieldGroupChange(
      name: wants("name") ? try name("name") : nil, order: wants("order") ? try order() : nil,
      tabID: wants("tab_id") ? try identifier("tab_id") : nil)
  }

  package func newTab() throws(ContactRefusal) -> String { try required(name("name"), "name") }

  package func tabChange() throws(ContactRefusal) -> CustomFieldTabChange {
    CustomFieldTabChange(
      name: wants("name") ? try name("name") : nil, order: wants("order") ? try order() : nil)
  }

  // MARK: - One value

  private func wants(_ key: String) -> Bool { mask?.contains(key) ?? true }

  private func required<Value>(_ value: Value?, _ key: String) throws(ContactRefusal) -> Value {
    guard let value else { throw ContactRefusal("\(key) is required") }
    return value
  }

  /// A null is as good as nothing: no definition has an empty label, and no group an empty name.
  private func value(_ key: String) -> JSON? { members[key].flatMap { $0.isNull ? nil : $0 } }

  private func name(_ key: String) throws(ContactRefusal) -> String? {
    guard let json = value(key) else { return nil }
    return try Self.name(json, key)
  }

  private static func name(_ json: JSON, _ place: String) throws(ContactRefusal) -> String {
    guard let text = json.string else { throw ContactRefusal("\(place) must be a string") }
    let name = NormalForm.trimmed(text)
    guard !name.isEmpty else { throw ContactRefusal("\(place) must not be empty") }
    guard name.unicodeScalars.count <= mostCharacters else {
      throw ContactRefusal("\(place) must be at most \(mostCharacters) characters")
    }
    guard name.isPlain() else { throw ContactRefusal("\(place) must be one line without control characters") }
    return name
  }

  private func identifier(_ key: String) throws(ContactRefusal) -> Int64? {
    guard let json = value(key) else { return nil }
    guard let id = json.integer ?? json.string.flatMap({ Int64($0) }) else {
      throw ContactRefusal("\(key) must be \(dialect == .v1 ? "a number" : "a string of digits")")
    }
    return id
  }

  private func order() throws(ContactRefusal) -> Int64? {
    guard let json = value("order") else { return nil }
    guard let order = json.integer, (0...Int64(Int32.max)).contains(order) else {
      throw ContactRefusal("order must be a number from 0 to \(Int32.max)")
    }
    return order
  }

  private func type() throws(ContactRefusal) -> CustomFieldType {
    let json = try required(value("field_type"), "field_type")
    guard let type = json.string.flatMap({ KeapDialect.named($0, CustomFieldType.self) }) else {
      let names = CustomFieldType.allCases.map { dialect.spelling($0.rawValue) }
      throw ContactRefusal("field_type must be one of \(names.joined(separator: ", "))")
    }
    return type
  }

  private func options() throws(ContactRefusal) -> [CustomFieldOption.Draft]? {
    guard let json = value("options") else { return nil }
    return try Self.options(json, "options")
  }

  private static func options(_ json: JSON, _ place: String) throws(ContactRefusal) -> [CustomFieldOption.Draft] {
    guard let entries = json.array else { throw ContactRefusal("\(place) must be a list") }
    guard entries.count <= CustomFieldModel.mostOptions else {
      throw ContactRefusal("\(place) must have at most \(CustomFieldModel.mostOptions) entries")
    }
    var drafts: [CustomFieldOption.Draft] = []
    for (index, entry) in entries.enumerated() {
      let place = "\(place)[\(index)]"
      guard let members = entry.object else { throw ContactRefusal("\(place) must be an object") }
      let id = members["id"].flatMap { $0.isNull || $0 == "" ? nil : $0 }
      let number = id.flatMap { $0.integer ?? $0.string.flatMap { Int64($0) } }
      guard id == nil || number != nil else { throw ContactRefusal("\(place).id must be a string of digits") }
      guard let label = members["label"] else { throw ContactRefusal("\(place).label is required") }
      var draft = CustomFieldOption.Draft(id: number, label: try name(label, "\(place).label"))
      if let inner = members["options"], !inner.isNull { draft.options = try options(inner, "\(place).options") }
      drafts.append(draft)
    }
    return drafts
  }
}

extension CustomFieldOption.Draft {
  /// This draft for a field that is not there yet, which has no options to name.
  fileprivate var new: CustomFieldOption.Draft {
    CustomFieldOption.Draft(label: label, options: options?.map(\.new))
  }
}
