import Contacts
import OAuth
import Store
import Testing
import Wire

@testable import Issuer

/// What the tests of custom fields ask of a world.
extension IssuerWorld {
  /// A world, and somebody who may call in it.
  static func calling(_ database: (any Database)? = nil) async throws -> (IssuerWorld, Caller) {
    let world = try await IssuerWorld(database: database)
    return (world, try await world.issuer.authenticate(try await world.tokens(world.app).accessToken))
  }

  /// Somebody who may call in another tenant.
  func callerElsewhere() async throws -> Caller {
    let second = try await issuer.addTenant(name: "Bolt Works")
    try await issuer.addMember(email: user.email, tenant: second.name)
    return try await issuer.authenticate(try await tokens(app, tenant: second.id).accessToken)
  }

  /// Defines a field for contacts.
  func defineField(
    _ label: String, _ type: CustomFieldType, _ caller: Caller, _ options: [String] = []
  ) async throws -> CustomFieldDefinition {
    let new = NewCustomField(label: label, type: type, options: options.map { .init(label: $0) })
    return try await issuer.defineCustomField(new, for: .contact, by: caller)
  }

  @discardableResult
  func addContact(_ change: ContactChange, _ caller: Caller) async throws -> ContactRecord {
    try await issuer.createContact(change, check: KeapV1.check, by: caller)
  }

  /// All that acts on contacts and custom fields write.
  func fieldState() async throws -> [[String]] {
    try await database.read { db in
      let columns = [
        "contacts": "tenant_id || '.' || id || '.' || revision || '.' || hex(document)",
        "companies": "tenant_id || '.' || id || '.' || name",
        "custom_fields": "tenant_id || '.' || id || '.' || label || '.' || group_id || '.' || hex(options)",
        "custom_field_groups": "tenant_id || '.' || id || '.' || name || '.' || place || '.' || tab_id",
        "custom_field_tabs": "tenant_id || '.' || id || '.' || name || '.' || place",
        "tenants": "id || '.' || next_id",
      ]
      return try columns.sorted { $0.key < $1.key }.map { table, text in
        try db.rows("SELECT \(text) AS line FROM \(table) ORDER BY 1").map { try $0["line"] }
      }
    }
  }
}

/// A person with contents of custom fields.
func customer(_ email: String, _ contents: [(Int64, JSON)] = [], company: String? = nil) -> ContactChange {
  var change = ContactChange()
  change.emails = .set([EmailAddress(email)])
  if !contents.isEmpty { change.customFields = .set(contents.map { CustomField(id: $0.0, content: $0.1) }) }
  if let company { change.company = .set(CompanyReference(name: company)) }
  return change
}
