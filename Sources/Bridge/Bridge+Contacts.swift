import Contacts
import Wire
import XMLRPC

/// `ContactService`.
extension Bridge {
  private static let contacts = "/crm/rest/v2/contacts"

  func contactService(_ method: BridgeMethod, _ arguments: Arguments) async throws -> XMLRPCValue {
    switch method.name {
    case "ContactService.add": return try await add(.contact, arguments.structure("data"))
    case "ContactService.addWithDupCheck":
      return try await addWithCheck(arguments.structure("data"), arguments.string("dupCheckType"))
    case "ContactService.update":
      return try await update(.contact, arguments.id("contactId"), arguments.structure("data"))
    case "ContactService.load":
      return try await load(.contact, arguments.id("contactId"), arguments.names("selectedFields"))
    case "ContactService.findByEmail":
      return try await find(email: arguments.string("email"), arguments.names("selectedFields"))
    case "ContactService.merge": return try await merge(arguments)
    case "ContactService.addToGroup": return try await addToGroup(arguments)
    case "ContactService.removeFromGroup": return try await removeFromGroup(arguments)
    case "ContactService.linkContact", "ContactService.linkContacts": return try await link(arguments, "contacts:link")
    case "ContactService.unlinkContacts": return try await link(arguments, "contacts:unlink")
    case "ContactService.listLinkedContacts": return try await links(arguments)
    default: throw Self.unhandled(method)
    }
  }

  // MARK: Without doubles

  /// Changes the contact that REST's own check takes for the same, or adds one. The check is asked for in each addition, for a
  /// contact that comes between.
  private func addWithCheck(_ values: [String: XMLRPCValue], _ option: String) async throws -> XMLRPCValue {
    guard let rule = MatchRule(rawValue: option) else {
      throw ServiceFault.invalidParameter(
        "dupCheckType must be \(MatchRule.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    var values = values
    let field = values.keys.first { $0.lowercased() == "email" }
    let email = NormalForm.trimmed(field.flatMap { values[$0] }.flatMap { FieldText($0).text } ?? "")
    guard let field, !email.isEmpty else { return try await add(.contact, values) }
    values[field] = .string(email)
    return try await inTurn("the contact \(NormalForm.email(email))") {
      let found = try await duplicates(of: values, email, rule)
      guard let id = found.keys.first else {
        return try await add(.contact, values, [.init("duplicate_option", rule.rawValue)])
      }
      if found.count == 1 { return try await update(.contact, id, values) }
      // REST is asked once nothing can be wrong with the rest, as far as that can be seen here.
      _ = try await changes(of: .contact, values)
      let held = try await holder(of: values, rule)
      // A REST that writes lists whole has now dropped the other addresses; what was read of them is written again.
      let others = (found[held] ?? [:]).filter { other in
        Self.otherEmails.contains(other.key) && !values.keys.contains { $0.lowercased() == other.key.lowercased() }
      }
      return try await update(.contact, held, values.merging(others) { given, _ in given })
    }
  }

  private static let otherEmails = ["EmailAddress2", "EmailAddress3"]

  /// What REST compares.
  private static func compared(by rule: MatchRule) -> [String] {
    switch rule {
    case .email: ["Email"]
    case .emailAndName: ["Email", "FirstName", "LastName"]
    case .emailAndNameAndCompany: ["Email", "FirstName", "LastName", "Company"]
    }
  }

  /// The contacts that the rule takes for the same, by their numbers.
  private func duplicates(
    of values: [String: XMLRPCValue], _ email: String, _ rule: MatchRule
  ) async throws -> [String: [String: XMLRPCValue]] {
    let names = Self.compared(by: rule)
    let query = try emailQuery(email, CustomFields(), ["Id"] + names + Self.otherEmails)
    var wanted = Dictionary(
      values.map { ($0.key.lowercased(), Self.compared(FieldText($0.value).text)) }, uniquingKeysWith: { $1 })
    if rule == .emailAndNameAndCompany, let number = Self.companyNumber(in: values) {
      let company = try await upstream.call("GET", "\(Self.companies)/\(number)")
      wanted["company"] = Self.compared(company["company_name"]?.string)
    }
    let found = try await rows(query, skipping: 0, taking: Self.mostOfPage).compactMap(\.structure)
    let same = found.filter { row in
      names.allSatisfy {
        Self.compared(row[$0].flatMap { FieldText($0).text }) == wanted[$0.lowercased()] ?? ""
      }
    }
    return Dictionary(
      same.compactMap { row in row["Id"]?.int.map { (String($0), row) } }, uniquingKeysWith: { first, _ in first })
  }

  /// Which of several contacts REST takes: it is asked by a write that says only what they have in common.
  private func holder(of values: [String: XMLRPCValue], _ rule: MatchRule) async throws -> String {
    let names = Self.compared(by: rule).map { $0.lowercased() } + (rule == .emailAndNameAndCompany ? ["companyid"] : [])
    let common = values.filter { names.contains($0.key.lowercased()) }
    guard let id = try await add(.contact, common, [.init("duplicate_option", rule.rawValue)]).int else {
      throw ServiceFault.unexpected("REST answered without the number of the contact")
    }
    return String(id)
  }

  private static func compared(_ text: String?) -> String { NormalForm.name(text ?? "") }

  // MARK: By e-mail

  /// REST looks for the address in the first place of each contact alone.
  private func find(email: String, _ names: [String]) async throws -> XMLRPCValue {
    guard !names.isEmpty else { throw ServiceFault.noFields("No fields are selected") }
    let custom = try await customFields(.contact, names)
    let query = try emailQuery(NormalForm.trimmed(email), custom, names)
    return .array(try await rows(query, skipping: 0, taking: Self.mostOfPage))
  }

  /// - Throws: fault 12 for an address that REST's filter has no form for: every contact would have to be read.
  private func emailQuery(_ email: String, _ custom: CustomFields, _ names: [String]) throws -> TableQuery {
    var query = try TableQuery(.contact, custom: custom, where: [:], select: names)
    guard let field = query.readings.first?.source.field("Email", custom),
      case let isThis = Condition(field, equals: email), isThis.term != nil
    else { throw ServiceFault.invalidParameter("REST cannot look for this e-mail address") }
    query.readings[0].conditions = [isThis]
    return query
  }

  // MARK: Merging, tags, links

  private func merge(_ arguments: Arguments) async throws -> XMLRPCValue {
    let id = try arguments.id("contactId"), duplicate = try arguments.id("duplicateContactId")
    try await inTurn("\(Self.contacts)/\(id)") {
      _ = try await upstream.call(
        "POST", "\(Self.contacts):merge",
        body: ["contact_id": .string(id), "duplicate_contact_id": .string(duplicate)])
    }
    return true
  }

  private func addToGroup(_ arguments: Arguments) async throws -> XMLRPCValue {
    let contact = try arguments.id("contactId"), tag = try arguments.id("groupId")
    let json = try await upstream.call(
      "POST", "/crm/rest/v2/tags/\(tag)/contacts:applyTags", body: ["contact_ids": [.string(contact)]])
    switch json["results"]?[contact]?.string {
    case "SUCCESS": return true
    case "DUPLICATE": return false
    case "CONTACT_NOT_FOUND", "TAG_ID_NOT_FOUND":
      throw ServiceFault.recordNotFound("There is no contact \(contact), or no group \(tag)")
    case "NO_PERMISSION": throw ServiceFault.noAccess("The contact \(contact) may not be tagged")
    case let word: throw ServiceFault.unexpected("REST answered \(word ?? "nothing") for contact \(contact)")
    }
  }

  private func removeFromGroup(_ arguments: Arguments) async throws -> XMLRPCValue {
    let contact = try arguments.id("contactId"), tag = try arguments.id("groupId")
    try await upstream.call(
      "POST", "/crm/rest/v2/tags/\(tag)/contacts:removeTags", body: ["contact_ids": [.string(contact)]])
    return true
  }

  private func link(_ arguments: Arguments, _ act: String) async throws -> XMLRPCValue {
    try await upstream.call(
      "POST", "/crm/rest/v2/\(act)",
      body: [
        "contact1_id": .string(try arguments.id("contactId1")), "contact2_id": .string(try arguments.id("contactId2")),
        "link_type_id": .string(try arguments.id("linkTypeId")),
      ])
    return true
  }

  private func links(_ arguments: Arguments) async throws -> XMLRPCValue {
    let json = try await upstream.call("GET", "\(Self.contacts)/\(try arguments.id("contactId"))/links")
    return .array(
      (json["links"]?.array ?? []).map { link in
        var members: [String: XMLRPCValue] = [:]
        for (name, key) in [
          ("ContactId1", "contact1_id"), ("ContactId2", "contact2_id"), ("LinkTypeId", "link_type_id"),
        ] {
          members[name] = link[key]?.plainText.map { text in Int32(text).map(XMLRPCValue.int) ?? .string(text) }
        }
        members["LinkTypeName"] = link["link_type_name"]?.string.map(XMLRPCValue.string)
        return .structure(members)
      })
  }
}
