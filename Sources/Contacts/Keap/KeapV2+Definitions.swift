import Wire

/// What a job reads of a tenant's definitions.
extension KeapV2 {
  /// Reads the fields that are defined for contacts out of the answer with the model. One that is not understood is left out, and
  /// so are options of one that has them.
  package static func model(fromAnswer json: JSON) throws(ContactRefusal) -> CustomFieldModel {
    guard let entries = json["custom_fields"]?.array else {
      throw ContactRefusal("The answer is no model of contacts")
    }
    return CustomFieldModel(.contact, entries.compactMap(definition))
  }

  private static func definition(_ json: JSON) -> CustomFieldDefinition? {
    guard let id = number(json["id"]), let label = json["label"]?.string,
      let type = json["field_type"]?.string.flatMap({ KeapDialect.named($0, CustomFieldType.self) })
    else { return nil }
    return CustomFieldDefinition(
      id: id, label: label, fieldName: json["field_name"]?.string ?? "", type: type,
      options: options(json["options"], depth: 0), groupID: number(json["group_id"]) ?? 0,
      groupName: json["group_name"]?.string ?? "")
  }

  /// No drilldown is deeper than an answer may be.
  private static func options(_ json: JSON?, depth: Int) -> [CustomFieldOption] {
    guard depth < 32 else { return [] }
    return (json?.array ?? []).compactMap { entry in
      guard let id = number(entry["id"]), let label = entry["label"]?.string else { return nil }
      return CustomFieldOption(id: id, label: label, options: options(entry["options"], depth: depth + 1))
    }
  }

  /// Reads a page of the list of tags; entries that are none are left out.
  package static func tags(
    fromAnswer json: JSON
  ) throws(ContactRefusal) -> (tags: [(id: Int64, name: String)], nextPageToken: String?) {
    guard let entries = json["tags"]?.array else { throw ContactRefusal("The answer is no list of tags") }
    let token = json["next_page_token"]?.string
    let tags = entries.compactMap { entry in
      entry["name"]?.string.flatMap { name in number(entry["id"]).map { (id: $0, name: name) } }
    }
    return (tags, token == "" ? nil : token)
  }

  /// The numbers of a contact's tags; nil where the answer does not tell them.
  package static func tagIDs(fromAnswer json: JSON) -> [Int64]? { json["tag_ids"]?.array?.compactMap(number) }

  private static func number(_ json: JSON?) -> Int64? { json?.integer ?? json?.string.flatMap { Int64($0) } }
}

extension CustomFieldModel {
  /// The field that somebody means by its number, its label or its name.
  package subscript(named name: String) -> CustomFieldDefinition? {
    if let id = Int64(digits: name), let field = self[id] { return field }
    let form = NormalForm.name(name)
    return definitions.first { NormalForm.name($0.label) == form }
      ?? definitions.first { NormalForm.name($0.fieldName) == form }
  }

  /// A change with what a row says of custom fields, each in the one form of its field.
  /// - Returns: what was left out, too.
  package func resolved(_ entry: CustomerEntry) -> (change: ContactChange, warnings: [String]) {
    guard !entry.custom.isEmpty else { return (entry.change, []) }
    var fields: [CustomField] = []
    var warnings: [String] = []
    for custom in entry.custom {
      guard let definition = self[named: custom.field] else { continue }
      do throws(ContactRefusal) {
        let content = try definition.content(.string(custom.text))
        if !content.isNull { fields.append(CustomField(id: definition.id, content: content)) }
      } catch {
        warnings.append("\(custom.field) left out: \(error.message)")
      }
    }
    var change = entry.change
    if !fields.isEmpty { change.customFields = .set(fields) }
    return (change, warnings)
  }
}
