import Contacts

/// What a tenant defines for its records. A kind's definitions are those of its `record_type`, so notes and tasks share theirs.
extension Issuer {
  package func customFields(of kind: RecordKind, by caller: Caller) async throws(ContactFault) -> CustomFieldModel {
    try await reading(caller) { shelf in try shelf.customFields(of: kind) }
  }

  /// Defines a field. A label may be there already: the new field gets another name.
  package func defineCustomField(
    _ new: NewCustomField, for kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldDefinition {
    try await writing(caller) { shelf in try shelf.defineCustomField(new, for: kind) }
  }

  /// - Returns: nil where the tenant has no such field for this kind; so do the other acts on one definition.
  package func updateCustomField(
    _ id: Int64, _ change: CustomFieldChange, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldDefinition? {
    try await writing(caller) { shelf in try shelf.updateCustomField(id, change, of: kind) }
  }

  /// Deletes a definition. What records hold of it is shown no more at once, and goes when the record is next written: a record
  /// is not touched for it, so the act does not grow with the tenant.
  ///
  /// - Returns: whether there was such a field.
  package func deleteCustomField(
    _ id: Int64, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> Bool {
    try await writing(caller) { shelf in try shelf.deleteCustomField(id, of: kind) }
  }

  // MARK: - Groups

  package func customFieldGroups(
    of kind: RecordKind, on tab: Int64?, by caller: Caller
  ) async throws(ContactFault) -> [CustomFieldGroup] {
    try await reading(caller) { shelf in try shelf.customFieldGroups(of: kind, on: tab) }
  }

  package func customFieldGroup(
    _ id: Int64, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldGroup? {
    try await reading(caller) { shelf in try shelf.customFieldGroup(id, of: kind) }
  }

  package func addCustomFieldGroup(
    _ name: String, on tab: Int64?, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldGroup {
    try await writing(caller) { shelf in try shelf.addCustomFieldGroup(name, on: tab, of: kind) }
  }

  package func updateCustomFieldGroup(
    _ id: Int64, _ change: CustomFieldGroupChange, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldGroup? {
    try await writing(caller) { shelf in try shelf.updateCustomFieldGroup(id, change, of: kind) }
  }

  package func deleteCustomFieldGroup(
    _ id: Int64, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldDeletion {
    try await writing(caller) { shelf in try shelf.deleteCustomFieldGroup(id, of: kind) }
  }

  // MARK: - Tabs

  package func customFieldTabs(of kind: RecordKind, by caller: Caller) async throws(ContactFault) -> [CustomFieldTab] {
    try await reading(caller) { shelf in try shelf.customFieldTabs(of: kind) }
  }

  package func customFieldTab(
    _ id: Int64, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldTab? {
    try await reading(caller) { shelf in try shelf.customFieldTab(id, of: kind) }
  }

  package func addCustomFieldTab(
    _ name: String, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldTab {
    try await writing(caller) { shelf in try shelf.addCustomFieldTab(name, of: kind) }
  }

  package func updateCustomFieldTab(
    _ id: Int64, _ change: CustomFieldTabChange, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldTab? {
    try await writing(caller) { shelf in try shelf.updateCustomFieldTab(id, change, of: kind) }
  }

  package func deleteCustomFieldTab(
    _ id: Int64, of kind: RecordKind, by caller: Caller
  ) async throws(ContactFault) -> CustomFieldDeletion {
    try await writing(caller) { shelf in try shelf.deleteCustomFieldTab(id, of: kind) }
  }
}
