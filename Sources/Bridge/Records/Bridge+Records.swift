import Contacts
import Wire
import XMLRPC

/// Reading, adding and changing one record.
extension Bridge {
  /// The custom fields of a table, where a name begins as theirs do.
  func customFields(_ table: BridgeTable, _ names: some Sequence<String>) async throws -> CustomFields {
    guard let source = table.sources.first, let model = source.model, names.contains(where: { $0.hasPrefix("_") })
    else { return CustomFields() }
    return CustomFields(model: try await upstream.call("GET", model), inFilter: source.filtersCustomFields)
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

  func add(
    _ table: BridgeTable, _ values: [String: XMLRPCValue], _ parameters: [BridgeRequest.Parameter] = []
  ) async throws -> XMLRPCValue {
    guard table.isAdded, let source = table.sources.first else { throw Self.noAccess("add", table) }
    let changes = try await changes(of: table, values)
    // What is wrong with the rest shows before a company is added.
    _ = try changes.draft(of: table)
    return try await inCompany(changes) { changes in
      let members = try changes.draft(of: table).members.filter { !$0.value.isNull && $0.value != [] }
      return try Self.id(in: await upstream.call("POST", source.path, parameters, body: .object(members)))
    }
  }

  /// Changes a record: reads what is written whole, lays the values over it, and sends what changes in one request.
  func update(_ table: BridgeTable, _ id: String, _ values: [String: XMLRPCValue]) async throws -> XMLRPCValue {
    guard table.isUpdated else { throw Self.noAccess("update", table) }
    if table.writing == .definition { return try await updateDefinition(id, values) }
    guard let source = table.sources.first, let path = source.path(of: id) else { throw Self.noAccess("update", table) }
    var values = values
    for (name, value) in values where name.lowercased() == "id" && FieldText(value).text == id { values[name] = nil }
    let changes = try await changes(of: table, values)
    try await inTurn(path) {
      let whole = changes.fields.map(\.field).filter(\.isInWhole)
      var base = JSON.null
      // That the record is there, and takes the rest, shows before a company is added.
      if !whole.isEmpty || changes.newCompany != nil {
        base = try await upstream.call("GET", path, Self.properties(of: source, for: whole, inList: false))
      }
      _ = try changes.draft(of: table, over: base)
      try await inCompany(changes) { changes in
        let members = try changes.draft(of: table, over: base).members
        try await upstream.call(
          "PATCH", path, members.keys.sorted().map { .init("update_mask", $0) }, body: .object(members))
      }
    }
    return Self.number(id)
  }

  func delete(_ table: BridgeTable, _ id: String) async throws -> XMLRPCValue {
    guard table.isDeleted else { throw Self.noAccess("delete", table) }
    if table.writing == .definition { return try await deleteDefinition(id) }
    guard let path = table.sources.first?.path(of: id) else { throw Self.noAccess("delete", table) }
    try await inTurn(path) { _ = try await upstream.call("DELETE", path) }
    return true
  }

  private static func noAccess(_ act: String, _ table: BridgeTable) -> XMLRPCFault {
    ServiceFault.noTableAccess(
      "No access to \(table.name): the bridge does not carry DataService.\(act) of it. \(table.difference ?? "")")
  }

  /// What is to be written.
  struct Changes {
    /// Each field as REST takes it.
    var fields: [(field: BridgeField, json: JSON)] = []
    /// The name of a company that is not there yet.
    var newCompany: String?

    mutating func set(company id: String) {
      fields.append((BridgeField("Company", .reference("company", "id"), .id), .string(id)))
    }

    func draft(of table: BridgeTable, over base: JSON = .null) throws(XMLRPCFault) -> RecordDraft {
      var draft = RecordDraft(over: base)
      try draft.set(fields, of: table.name)
      return draft
    }
  }

  func changes(of table: BridgeTable, _ values: [String: XMLRPCValue]) async throws -> Changes {
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
    var settled = Changes()
    for (field, json) in changes {
      switch (field.kind, json.string) {
      case (.leadSource, let name?): settled.fields.append((field, .string(try await leadSource(named: name))))
      case (.company, let name?):
        if let id = try await company(named: name) {
          settled.set(company: id)
        } else {
          settled.newCompany = name
        }
      default: settled.fields.append((field, json))
      }
    }
    return settled
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
}
