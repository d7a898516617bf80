import Contacts
import Hummingbird
import Issuer
import Wire

/// The fields that a tenant defines for its records, in REST v1 and v2.
extension KeapAPI {
  func model(
    _ context: SiteContext, of kind: RecordKind, _ dialect: KeapDialect
  ) async throws -> Response {
    .json(dialect.model(try await issuer.customFields(of: kind, by: caller(context))))
  }

  func createCustomField(
    _ request: Request, _ context: SiteContext, for kind: RecordKind, _ dialect: KeapDialect
  ) async throws -> Response {
    let new = try KeapCustomFieldBody(try await json(request), dialect: dialect).newCustomField()
    let field = try await issuer.defineCustomField(new, for: kind, by: caller(context))
    let answer = dialect.definition(field, for: kind)
    // Keap's document wraps the answer in this one operation alone (`CreateCustomFieldResponse`).
    return .json(dialect == .v2 && kind == .task ? ["custom_field": answer] : answer, status: .created)
  }

  func updateCustomField(
    _ request: Request, _ context: SiteContext, of kind: RecordKind
  ) async throws -> Response {
    let mask = try mask(request, of: ["group_id", "label", "options"])
    let change = try KeapCustomFieldBody(try await json(request), dialect: .v2, mask: mask).customFieldChange()
    let field = try await issuer.updateCustomField(
      id(context, "Custom Field"), change, of: kind, by: caller(context))
    return .json(KeapDialect.v2.definition(try found(field, "Custom Field"), for: kind))
  }

  func deleteCustomField(_ context: SiteContext, of kind: RecordKind) async throws -> Response {
    guard try await issuer.deleteCustomField(id(context, "Custom Field"), of: kind, by: caller(context)) else {
      throw KeapRefusal(.notFound, "Unable to find this Custom Field")
    }
    return Response(status: .noContent)
  }

  private func mask(_ request: Request, of keys: Set<String>) throws -> Set<String>? {
    try KeapCustomFieldBody.mask(request.query().values(of: "update_mask"), of: keys)
  }

  private func found<Value>(_ value: Value?, _ noun: String) throws(KeapRefusal) -> Value {
    guard let value else { throw KeapRefusal(.notFound, "Unable to find this \(noun)") }
    return value
  }

  private func answer(_ deletion: CustomFieldDeletion, _ noun: String, holding what: String) throws -> Response {
    switch deletion {
    case .deleted: return Response(status: .noContent)
    case .notFound: throw KeapRefusal(.notFound, "Unable to find this \(noun)")
    case .occupied: throw KeapRefusal(.conflict, "This \(noun) still contains \(what)")
    }
  }
}

/// The groups of custom fields, in REST v2.
extension KeapAPI {
  private static let group = "Custom Field Group"

  func listCustomFieldGroups(
    _ request: Request, _ context: SiteContext, of kind: RecordKind
  ) async throws -> Response {
    let text = try request.query()["tab_id"] ?? ""
    let tab = Int64(text)
    guard text.isEmpty || tab != nil else { throw KeapRefusal(.badRequest, "tab_id must be a string of digits") }
    let groups = try await issuer.customFieldGroups(of: kind, on: tab, by: caller(context))
    return .json(["groups": .array(groups.map { KeapV2.group($0, for: kind) })])
  }

  func createCustomFieldGroup(
    _ request: Request, _ context: SiteContext, for kind: RecordKind
  ) async throws -> Response {
    let new = try KeapCustomFieldBody(try await json(request), dialect: .v2).newGroup()
    let group = try await issuer.addCustomFieldGroup(new.name, on: new.tabID, of: kind, by: caller(context))
    return .json(KeapV2.group(group, for: kind), status: .created)
  }

  func readCustomFieldGroup(_ context: SiteContext, of kind: RecordKind) async throws -> Response {
    let group = try await issuer.customFieldGroup(id(context, Self.group), of: kind, by: caller(context))
    return .json(KeapV2.group(try found(group, Self.group), for: kind))
  }

  func updateCustomFieldGroup(
    _ request: Request, _ context: SiteContext, of kind: RecordKind
  ) async throws -> Response {
    let mask = try mask(request, of: ["name", "order", "tab_id"])
    guard let mask else { throw KeapRefusal(.badRequest, "update_mask is required") }
    let change = try KeapCustomFieldBody(try await json(request), dialect: .v2, mask: mask).groupChange()
    let group = try await issuer.updateCustomFieldGroup(
      id(context, Self.group), change, of: kind, by: caller(context))
    return .json(KeapV2.group(try found(group, Self.group), for: kind))
  }

  func deleteCustomFieldGroup(_ context: SiteContext, of kind: RecordKind) async throws -> Response {
    let deletion = try await issuer.deleteCustomFieldGroup(id(context, Self.group), of: kind, by: caller(context))
    return try answer(deletion, Self.group, holding: "custom fields")
  }
}

/// The tabs that groups of custom fields stand on, in REST v2.
extension KeapAPI {
  private static let tab = "Custom Field Tab"

  func listCustomFieldTabs(_ context: SiteContext, of kind: RecordKind) async throws -> Response {
    let tabs = try await issuer.customFieldTabs(of: kind, by: caller(context))
    return .json(["tabs": .array(tabs.map { KeapV2.tab($0, for: kind) })])
  }

  func createCustomFieldTab(
    _ request: Request, _ context: SiteContext, for kind: RecordKind
  ) async throws -> Response {
    let name = try KeapCustomFieldBody(try await json(request), dialect: .v2).newTab()
    let tab = try await issuer.addCustomFieldTab(name, of: kind, by: caller(context))
    return .json(KeapV2.tab(tab, for: kind), status: .created)
  }

  func readCustomFieldTab(_ context: SiteContext, of kind: RecordKind) async throws -> Response {
    let tab = try await issuer.customFieldTab(id(context, Self.tab), of: kind, by: caller(context))
    return .json(KeapV2.tab(try found(tab, Self.tab), for: kind))
  }

  func updateCustomFieldTab(
    _ request: Request, _ context: SiteContext, of kind: RecordKind
  ) async throws -> Response {
    let mask = try mask(request, of: ["name", "order"])
    guard let mask else { throw KeapRefusal(.badRequest, "update_mask is required") }
    let change = try KeapCustomFieldBody(try await json(request), dialect: .v2, mask: mask).tabChange()
    let tab = try await issuer.updateCustomFieldTab(id(context, Self.tab), change, of: kind, by: caller(context))
    return .json(KeapV2.tab(try found(tab, Self.tab), for: kind))
  }

  func deleteCustomFieldTab(_ context: SiteContext, of kind: RecordKind) async throws -> Response {
    let deletion = try await issuer.deleteCustomFieldTab(id(context, Self.tab), of: kind, by: caller(context))
    return try answer(deletion, Self.tab, holding: "groups")
  }
}
