import Wire
import XMLRPC

/// `DataService`.
extension Bridge {
  func dataService(_ method: BridgeMethod, _ arguments: Arguments) async throws -> XMLRPCValue {
    switch method.name {
    case "DataService.getUserInfo": return try await userInfo()
    case "DataService.getAppSetting": return try await setting(arguments)
    case "DataService.addCustomField": return try await addCustomField(arguments)
    case "DataService.updateCustomField":
      _ = try await update(.dataFormField, arguments.id("customFieldId"), arguments.structure("values"))
      return true
    default: break
    }
    let table = try Self.table(arguments.string("table"))
    switch method.name {
    case "DataService.add": return try await add(table, arguments.structure("values"))
    case "DataService.load": return try await load(table, arguments.id("recordId"), arguments.names("wantedFields"))
    case "DataService.update": return try await update(table, arguments.id("recordId"), arguments.structure("values"))
    case "DataService.delete": return try await delete(table, arguments.id("recordId"))
    case "DataService.query": return try await query(table, arguments, where: arguments.structure("queryData"))
    case "DataService.findByField":
      return try await query(table, arguments, where: [arguments.string("fieldName"): arguments.any("fieldValue")])
    case "DataService.count":
      let conditions = try arguments.structure("queryData")
      let custom = try await customFields(table, conditions.keys)
      return .int(
        Int32(clamping: try await count(try TableQuery(table, custom: custom, where: conditions, select: []))))
    default: throw Self.unhandled(method)
    }
  }

  private func query(
    _ table: BridgeTable, _ arguments: Arguments, where conditions: [String: XMLRPCValue]
  ) async throws -> XMLRPCValue {
    let limit = try arguments.number("limit"), page = try arguments.number("page")
    guard (1...Self.mostOfPage).contains(limit) else {
      throw ServiceFault.invalidParameter("limit must be from 1 to \(Self.mostOfPage)")
    }
    guard page <= Self.mostPages * Self.mostOfPage * 20 / limit else {
      throw ServiceFault.invalidParameter("page \(page) of \(limit) is beyond what the bridge reads")
    }
    let names = try arguments.names("selectedFields"), order = try arguments.optionalString("orderBy")
    guard !names.isEmpty else { throw ServiceFault.noFields("No fields are selected") }
    let custom = try await customFields(table, Array(conditions.keys) + names + [order].compactMap(\.self))
    let query = try TableQuery(
      table, custom: custom, where: conditions, select: names, orderBy: order,
      isAscending: try arguments.flag("ascending") ?? true)
    return .array(try await rows(query, skipping: page * limit, taking: limit))
  }

  // MARK: Settings

  /// Who approved, as far as REST tells.
  private func userInfo() async throws -> XMLRPCValue {
    let json = try await upstream.call("GET", "/crm/rest/v2/oauth/connect/userinfo")
    var members: [String: XMLRPCValue] = [:]
    let names = ["given_name", "family_name"].compactMap { json[$0]?.string }.filter { !$0.isEmpty }
    members["displayName"] = names.isEmpty ? nil : .string(names.joined(separator: " "))
    members["casUsername"] = json["email"]?.string.map(XMLRPCValue.string)
    members["globalUserId"] = json["id"]?.plainText.map(XMLRPCValue.string)
    if let tenant = json["tenant_id"]?.string, !tenant.isEmpty {
      members["appAlias"] = .string(String(tenant.prefix { $0 != "." }))
      members["appUrl"] = .string("https://\(tenant)")
    }
    return .structure(members)
  }

  /// Settings that are known by both names (client code; not checked against the service).
  package static let settings: [String: (module: String, member: String)] = [
    "optiontypes": ("CONTACT", "contact_types"), "optiontitles": ("CONTACT", "title_types"),
    "optionsuffixes": ("CONTACT", "suffix_types"), "optionphonetypes": ("CONTACT", "phone_types"),
    "optionfaxtypes": ("CONTACT", "fax_types"),
  ]

  /// Whether it is only asked if anybody answers, as the iSDK does before anything else (client code). REST is not asked: nobody
  /// comes here without a key and an approval.
  package static func asksForAnswer(_ module: String, _ setting: String) -> Bool {
    module.lowercased() == "application" && setting.lowercased() == "enabled"
  }

  private func setting(_ arguments: Arguments) async throws -> XMLRPCValue {
    let module = try arguments.string("module"), name = try arguments.string("setting")
    if Self.asksForAnswer(module, name) { return .string("yes") }
    guard module.uppercased() == "CONTACT", let setting = Self.settings[name.lowercased()] else {
      let words = Echo.field("\(module).\(name)").map { " \($0)" } ?? ""
      throw ServiceFault.invalidParameter("The setting\(words) is not known by its name in REST")
    }
    let json = try await upstream.call(
      "GET", "/crm/rest/v2/settings/applications:getConfiguration", [.init("fields", setting.module)])
    return .string(json[setting.module.lowercased()]?[setting.member]?.plainText ?? "")
  }
}
