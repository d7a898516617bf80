import Wire

/// Definitions of custom fields, as v1 and v2 answer with them.
extension KeapDialect {
  /// What is defined for a kind of records, and which of their properties come only on request.
  package func model(_ model: CustomFieldModel) -> JSON {
    [
      "custom_fields": .array(model.definitions.map { definition($0, for: model.kind) }),
      "optional_properties": .array(optionalProperties(of: model.kind).sorted().map(JSON.string)),
    ]
  }

  package func definition(_ field: CustomFieldDefinition, for kind: RecordKind) -> JSON {
    var members: [String: JSON] = [
      "id": identifier(field.id), "label": .string(field.label), "field_name": .string(field.fieldName),
      "field_type": .string(spelling(field.type.rawValue)), "record_type": .string(kind.recordType),
    ]
    switch self {
    case .v1:
      members["options"] = options(field.options)
      members["default_value"] = .null
    case .v2:
      members["group_id"] = identifier(field.groupID)
      members["group_name"] = .string(field.groupName)
      // A client takes a field that has the key for one that is chosen from a list.
      if field.type.hasOptions { members["options"] = options(field.options) }
    }
    return .object(members)
  }

  private func options(_ options: [CustomFieldOption]) -> JSON {
    .array(
      options.map { option in
        var members: [String: JSON] = ["id": .string(String(option.id)), "label": .string(option.label)]
        if self == .v1 || !option.options.isEmpty { members["options"] = self.options(option.options) }
        return .object(members)
      })
  }

  /// The lists that Keap's OpenAPI documents give. v1 shows no custom fields of notes and tasks.
  private func optionalProperties(of kind: RecordKind) -> Set<String> {
    switch (kind, self) {
    case (.contact, .v1): KeapV1.properties
    case (.contact, .v2): KeapV2.properties
    case (.company, .v1): KeapV1.optionalOfCompany
    case (.company, .v2): KeapV2.optionalOfCompany
    case (.note, .v1), (.task, .v1): []
    case (.note, .v2), (.task, .v2): ["custom_fields"]
    }
  }
}

/// Groups and tabs, which only v2 has.
extension KeapV2 {
  package static func group(_ group: CustomFieldGroup, for kind: RecordKind) -> JSON {
    [
      "id": .string(String(group.id)), "name": .string(group.name), "order": .integer(group.order),
      "tab_id": .string(String(group.tabID)), "record_type": .string(kind.recordType),
    ]
  }

  package static func tab(_ tab: CustomFieldTab, for kind: RecordKind) -> JSON {
    [
      "id": .string(String(tab.id)), "name": .string(tab.name), "order": .integer(tab.order),
      "record_type": .string(kind.recordType),
    ]
  }
}
