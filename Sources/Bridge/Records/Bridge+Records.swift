import Contacts
import Wire
import XMLRPC

/// Reading, adding and changing one record.
extension Bridge {
  /// The custom fields of a table, where a name begins as theirs do.
  func customFields(_ table: BridgeTable, _ names: some Sequence<String>) async throws -> CustomFields {
    guard let model = table.sources.first?.model, names.contains(where: { $0.hasPrefix("_") }) else {
      return CustomFields()
    }
    return CustomFields(model: try await upstream.call("GET", model))
  }

  func load(_ table: BridgeTable, _ id: String, _ names: [String]) async throws -> XMLRPCValue {
    guard !names.isEmpty else { throw ServiceFault.noFields("No fields are selected") }
    let custom = try await customFields(table, names)
    for name in names { try table.require(name, custom) }
    guard table.sources.contains(where: { $0.needs == nil }) else {
      throw ServiceFault.invalidParameter("\(table.name): REST has no record by its number. \(table.difference ?? "")")
    }
    for source in table.sources {
      let fields = names.map { ($0, source.field($0, custom)) }
      guard let path = source.path(of: id) else { continue }
      guard let record = try await record(path, source, fields.compactMap(\.1)) else { continue }
      let sources = fields.contains { $0.1?.kind == .leadSource } ? try await leadSources() : [:]
      var members: [String: XMLRPCValue] = [:]
      for (name, field) in fields { members[name] = field?.value(in: record, leadSources: sources) }
      return .structure(members)
    }
    guard table.sources.contains(where: { $0.record == nil }) else { throw Self.notFound(table, id) }
    let query = try TableQuery(table, custom: custom, where: ["Id": .string(id)], select: names)
    guard let row = try await rows(query, skipping: 0, taking: 1).first else { throw Self.notFound(table, id) }
    return row
  }

  private static func notFound(_ table: BridgeTable, _ id: String) -> XMLRPCFault {
    ServiceFault.recordNotFound("No record of \(table.name) has the number \(id)")
  }

  /// A record with what is needed of it; nil where there is none.
  private func record(_ path: String, _ source: RecordSource, _ fields: [BridgeField]) async throws -> JSON? {
    do {
      return try await upstream.call("GET", path, Self.properties(of: source, for: fields, inList: false))
    } catch let fault as XMLRPCFault where fault.code == ServiceFault.recordNotFound.rawValue {
      return nil
    }
  }

  // MARK: Writing

  func add(_ table: BridgeTable, _ values: [String: XMLRPCValue]) async throws -> XMLRPCValue {
    guard table.isAdded, let source = table.sources.first else { throw Self.noAccess(table) }
    let body = try await body(of: table, values)
    return try Self.id(in: await upstream.call("POST", source.path, body: body))
  }

  /// The body for a new record.
  func body(of table: BridgeTable, _ values: [String: XMLRPCValue]) async throws -> JSON {
    let changes = try await changes(of: table, values)
    var draft = RecordDraft()
    try draft.set(changes, of: table.name)
    return .object(draft.members.filter { !$0.value.isNull && $0.value != [] })
  }

  /// Changes a record: reads what is written whole, lays the values over it, and sends what changes in one request.
  func update(_ table: BridgeTable, _ id: String, _ values: [String: XMLRPCValue]) async throws -> XMLRPCValue {
    guard table.isUpdated, let source = table.sources.first, let path = source.path(of: id), let number = Int32(id)
    else {
      throw Self.noAccess(table)
    }
    var values = values
    for (name, value) in values where name.lowercased() == "id" && FieldText(value).text == id { values[name] = nil }
    let changes = try await changes(of: table, values)
    try await inTurn(path) {
      let whole = changes.map(\.field).filter(\.isInWhole)
      var base = JSON.null
      if !whole.isEmpty {
        base = try await upstream.call("GET", path, Self.properties(of: source, for: whole, inList: false))
      }
      var draft = RecordDraft(over: base)
      try draft.set(changes, of: table.name)
      try await upstream.call(
        "PATCH", path, draft.members.keys.sorted().map { .init("update_mask", $0) }, body: .object(draft.members))
    }
    return .int(number)
  }

  func delete(_ table: BridgeTable, _ id: String) async throws -> XMLRPCValue {
    guard table.isDeleted, let path = table.sources.first?.path(of: id) else { throw Self.noAccess(table) }
    try await inTurn(path) { _ = try await upstream.call("DELETE", path) }
    return true
  }

  private static func noAccess(_ table: BridgeTable) -> XMLRPCFault {
    ServiceFault.noTableAccess("No access to \(table.name): the bridge does not write it. \(table.difference ?? "")")
  }

  /// What is to be written, for each field as REST takes it.
  private func changes(
    of table: BridgeTable, _ values: [String: XMLRPCValue]
  ) async throws -> [(field: BridgeField, json: JSON)] {
    guard !values.isEmpty else { throw ServiceFault.noFields("No fields are given for \(table.name)") }
    var values = values
    for (name, number) in [("company", "companyid"), ("leadsource", "leadsourceid")] {
      guard let name = values.keys.first(where: { $0.lowercased() == name }),
        let number = values.keys.first(where: { $0.lowercased() == number })
      else { continue }
      // Clients send back what they have read: of a name and a number for the same, the number counts, unless it is none.
      let isNone = values[number].flatMap { FieldText($0).text }.map { ["", "0"].contains($0) } ?? false
      values[isNone ? number : name] = nil
    }
    let custom = try await customFields(table, values.keys)
    var changes: [(field: BridgeField, json: JSON)] = []
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      try table.require(name, custom)
      guard let field = table.sources.first?.field(name, custom), field.isWritable else {
        throw ServiceFault.noFieldAccess("No access to \(table.name).\(name): REST does not take it")
      }
      changes.append((field, try field.json(for: value, of: table.name)))
    }
    let places = changes.map(\.field.place)
    for (index, place) in places.enumerated() where places[..<index].contains(place) {
      throw ServiceFault.invalidParameter("\(table.name).\(changes[index].field.name) is given twice")
    }
    // Records of others are looked up last, when nothing can be wrong with the rest any more.
    for index in changes.indices {
      guard let name = changes[index].json.string else { continue }
      switch changes[index].field.kind {
      case .leadSource: changes[index].json = .string(try await leadSource(named: name))
      case .company:
        changes[index].json = .string(try await company(named: name))
        changes[index].field = BridgeField("Company", .reference("company", "id"), .id)
      default: continue
      }
    }
    return changes
  }

  private func leadSource(named name: String) async throws -> String {
    let ids = try await leadSources().filter { $0.value.lowercased() == name.lowercased() }.keys
    guard ids.count == 1, let id = ids.first else {
      throw ServiceFault.invalidParameter(
        "Leadsource: REST has \(ids.isEmpty ? "no lead source" : "several lead sources") of this name; send LeadSourceId"
      )
    }
    return id
  }

  /// The number of a company, which is added where there is none of that name.
  private func company(named name: String) async throws -> String {
    guard name.unicodeScalars.allSatisfy({ !";,*<>=".unicodeScalars.contains($0) }) else {
      throw ServiceFault.invalidParameter("Company: REST cannot look for a name with these characters; send CompanyID")
    }
    let path = "/crm/rest/v2/companies"
    return try await inTurn("\(path) \(NormalForm.name(name))") {
      let found =
        try await upstream.call(
          "GET", path, [.init("filter", "company_name==\(name)"), .init("page_size", "2")])["companies"]?.array ?? []
      guard found.count < 2 else {
        throw ServiceFault.invalidParameter("Company: REST has several companies of this name; send CompanyID")
      }
      var company = found.first
      if company == nil { company = try await upstream.call("POST", path, body: ["company_name": .string(name)]) }
      guard let id = company?["id"]?.plainText else {
        throw ServiceFault.unexpected("REST answered without the number of the company")
      }
      return id
    }
  }
}
