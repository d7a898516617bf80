import Wire

/// All that a tenant has defined for a kind of records, and what contents have to be to stand under it.
package struct CustomFieldModel: Hashable, Sendable {
  /// As at Keap. Every act on a record reads its model whole, so a model is bounded.
  package static let mostFields = 100
  /// For all fields together, those below other options included.
  package static let mostOptions = 2000

  package let kind: RecordKind
  /// In the order of their ids.
  package private(set) var definitions: [CustomFieldDefinition]

  package init(_ kind: RecordKind = .contact, _ definitions: [CustomFieldDefinition] = []) {
    self.kind = kind
    self.definitions = definitions
  }

  package subscript(id: Int64) -> CustomFieldDefinition? { definitions.first { $0.id == id } }

  /// This model with a field more, or with the one of the same id as it is now.
  ///
  /// - Throws: `ContactRefusal` where the model would be larger than a model may be.
  package func with(_ definition: CustomFieldDefinition) throws(ContactRefusal) -> CustomFieldModel {
    var definitions = definitions.filter { $0.id != definition.id }
    definitions.append(definition)
    guard definitions.count <= Self.mostFields else {
      throw ContactRefusal("There are \(Self.mostFields) custom fields for \(kind.rawValue) already; delete one first")
    }
    guard definitions.reduce(0, { $0 + $1.options.flatMap(\.family).count }) <= Self.mostOptions else {
      throw ContactRefusal("options: the custom fields for \(kind.rawValue) can have \(Self.mostOptions) together")
    }
    return CustomFieldModel(kind, definitions.sorted { $0.id < $1.id })
  }

  /// A name for a new field: the letters and digits of its label, and a number behind them where another field has that name.
  package func fieldName(for label: String) -> String {
    let stem = String(decoding: label.utf8.filter { $0.isASCIILetter || $0.isASCIIDigit }.prefix(60), as: UTF8.self)
    let plain = stem.isEmpty ? "CustomField" : stem
    let taken = Set(definitions.map { $0.fieldName.lowercased() })
    let names = [plain] + definitions.indices.map { "\(plain)\($0)" }
    return names.first { !taken.contains($0.lowercased()) } ?? plain
  }
}

extension CustomFieldModel {
  /// Contents as they may be kept: each under a definition and in the one form of its type. A null content stays null.
  ///
  /// - Parameter old: what the record holds. What it holds already may be said again, even if its option is gone since.
  /// - Throws: `ContactRefusal` for an id that is not defined and for a content that its definition does not allow.
  package func checked(
    _ fields: [CustomField], over old: [CustomField] = []
  ) throws(ContactRefusal) -> [CustomField] {
    var checked: [CustomField] = []
    for field in fields {
      guard let definition = self[field.id] else {
        throw ContactRefusal("custom_fields: there is no custom field \(field.id) for \(kind.rawValue)")
      }
      let content = old.contains(field) ? field.content : try definition.content(field.content)
      checked.append(CustomField(id: field.id, content: content))
    }
    return checked
  }

  /// The change with its custom fields checked.
  package func checked(
    _ change: ContactChange, over old: [CustomField] = []
  ) throws(ContactRefusal) -> ContactChange {
    guard case .set(let fields) = change.customFields else { return change }
    var change = change
    change.customFields = .set(try checked(fields, over: old))
    return change
  }

  /// Those of the contents whose field is still defined.
  package func defined(_ contents: [CustomField]) -> [CustomField] {
    let ids = Set(definitions.map(\.id))
    return contents.filter { ids.contains($0.id) }
  }

  /// What a record shows: every field that is defined, with null where it has no content, as recorded.
  func shown(_ contents: [CustomField]) -> [CustomField] {
    let known = Dictionary(contents.map { ($0.id, $0.content) }) { first, _ in first }
    return definitions.map { CustomField(id: $0.id, content: known[$0.id] ?? .null) }
  }
}
