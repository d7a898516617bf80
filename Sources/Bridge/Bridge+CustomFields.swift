import Wire
import XMLRPC

/// What a tenant's own fields are: defined, changed and deleted.
extension Bridge {
  private static let records = [
    "person": "contacts", "contact": "contacts", "company": "companies", "opportunity": "opportunities",
    "order": "orders", "subscription": "subscriptions", "affiliate": "affiliates", "task/appt/note": "tasks",
  ]

  /// REST's words, by what XML-RPC calls them without regard to case.
  private static let types = Dictionary(
    BridgeTable.dataTypes.keys.map { ($0.filter { $0 != "_" }.lowercased(), $0) }
      + [("phone", "PHONE_NUMBER"), ("ssn", "SOCIAL_SECURITY_NUMBER")], uniquingKeysWith: { first, _ in first })

  func addCustomField(_ arguments: Arguments) async throws -> XMLRPCValue {
    let record = try arguments.string("customFieldType"), type = try arguments.string("dataType")
    guard let kind = Self.records[record.lowercased()] else {
      throw ServiceFault.invalidParameter("customFieldType \(Echo.value(record)) is not known in REST")
    }
    guard let word = Self.types[type.lowercased()] else {
      throw ServiceFault.invalidParameter("dataType \(Echo.value(type)) is not known in REST")
    }
    let label = try arguments.string("displayName")
    var body: [String: JSON] = ["label": .string(label), "field_type": .string(word)]
    let group = try arguments.number("headerId")
    if group > 0 { body["group_id"] = .string(String(group)) }
    let json = try await upstream.call("POST", "/crm/rest/v2/\(kind)/model/customFields", body: .object(body))
    // REST's document wraps the answer for tasks alone.
    return try Self.id(in: json["custom_field"] ?? json)
  }

  /// Changes what a field is called and in which group it stands.
  func updateDefinition(_ id: String, _ values: [String: XMLRPCValue]) async throws -> XMLRPCValue {
    let table = BridgeTable.dataFormField
    guard !values.isEmpty else { throw ServiceFault.noFields("No fields are given for \(table.name)") }
    var changes: [String: JSON] = [:]
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      try table.require(name, CustomFields())
      guard let field = table.sources.first?.field(name, CustomFields()), field.isWritable, let member = field.root
      else {
        throw ServiceFault.noFieldAccess("No access to \(table.name).\(name): REST does not take it")
      }
      let json = try field.json(for: value, of: table.name)
      guard !json.isNull else { throw ServiceFault.invalidParameter("\(table.name).\(name) cannot be cleared in REST") }
      changes[member] = json
    }
    let (path, known) = try await definition(id)
    guard !path.hasPrefix("/crm/rest/v2/contacts/") else {
      throw ServiceFault.noTableAccess("No access to \(table.name) \(id): REST cannot change a contact's custom field")
    }
    // REST wants the group in each of these bodies; what the mask does not name stays as it is.
    let body = changes.merging(["group_id": known["group_id"] ?? .null]) { given, _ in given }
    try await inTurn(path) {
      _ = try await upstream.call(
        "PATCH", path, changes.keys.sorted().map { .init("update_mask", $0) }, body: .object(body))
    }
    return Self.number(id)
  }

  func deleteDefinition(_ id: String) async throws -> XMLRPCValue {
    let path = try await definition(id).path
    try await inTurn(path) { _ = try await upstream.call("DELETE", path) }
    return true
  }

  /// Where REST has a field, and what it is. XML-RPC names it by its number alone, and REST by the kind of its records too.
  private func definition(_ id: String) async throws -> (path: String, definition: JSON) {
    var found: [(path: String, definition: JSON)] = []
    for source in BridgeTable.dataFormField.sources {
      let model: JSON
      do {
        model = try await upstream.call("GET", source.path)
      } catch let fault as XMLRPCFault where fault.code == ServiceFault.recordNotFound.rawValue {
        // A REST that knows no records of this kind has no fields of theirs.
        continue
      }
      let definitions = (model[source.list]?.array ?? []).filter { $0["id"]?.plainText == id }
      found += definitions.map { ("\(source.path)/customFields/\(id)", $0) }
    }
    guard let first = found.first else { throw ServiceFault.recordNotFound("No custom field has the number \(id)") }
    guard found.count == 1 else {
      throw ServiceFault.invalidParameter("The number \(id) is that of several custom fields in REST")
    }
    return first
  }
}
