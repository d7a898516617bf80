import Contacts
import Store

/// What one contact of a request is looked for by.
struct SoughtContact {
  var key: MatchKey
  /// Normal forms, empty where there is no name.
  fileprivate var givenName: String
  fileprivate var familyName: String

  /// - Parameter alone: the contact that the request makes by itself.
  /// - Returns: nil without an EMAIL1.
  init?(_ alone: Contact, _ rule: MatchRule) {
    guard let key = alone.matchKey(rule) else { return nil }
    self.key = key
    givenName = alone[.givenName].map(NormalForm.name) ?? ""
    familyName = alone[.familyName].map(NormalForm.name) ?? ""
  }
}

/// The contacts that each of many keys matches. A match key's row in the store names one of them; here all of them count, since
/// of several none is taken (law P43).
struct MatchedContacts {
  private var ids: [MatchKey: [Int64]] = [:]
  /// Those that are the only ones of their keys.
  private var kept: [Int64: Kept<ContactRecord>] = [:]

  /// The oldest first.
  func ids(of key: MatchKey) -> [Int64] { ids[key] ?? [] }

  func only(of key: MatchKey) -> Kept<ContactRecord>? {
    guard let ids = ids[key], ids.count == 1 else { return nil }
    return kept[ids[0]]
  }

  fileprivate init(_ sought: [SoughtContact], in shelf: TenantContacts) throws {
    let byEmail = Dictionary(grouping: sought, by: \.key.email)
    // Whether a contact that is found by its columns has the key need not be read off the whole contact, but by company.
    var found: [MatchKey: Set<Int64>] = [:]
    var unsure: [MatchKey: Set<Int64>] = [:]
    for row in try shelf.rows(ofEmails: byEmail.keys.sorted()) {
      let id: Int64 = try row["id"]
      let names = (given: try row["given_name"] as String? ?? "", family: try row["family_name"] as String? ?? "")
      for one in try byEmail[row["email"]] ?? []
      where one.key.rule == .email || (one.givenName, one.familyName) == (names.given, names.family) {
        if one.key.rule == .emailAndNameAndCompany {
          unsure[one.key, default: []].insert(id)
        } else {
          found[one.key, default: []].insert(id)
        }
      }
    }
    for row in try shelf.rows(ofMergedEmails: byEmail.keys.sorted()) {
      for one in try byEmail[row["value"]] ?? [] { unsure[one.key, default: []].insert(try row["contact_id"]) }
    }
    let alone = found.values.filter { $0.count == 1 }
    kept = try shelf.keptOfMany(unsure.values.reduce(into: Set(alone.joined())) { $0.formUnion($1) })
    for (key, ids) in unsure {
      let holders = ids.filter { kept[$0]?.record.contact.matchKeys().contains(key) ?? false }
      found[key, default: []].formUnion(holders)
    }
    ids = found.mapValues { $0.sorted() }
  }
}

extension TenantContacts {
  func matched(_ sought: [SoughtContact]) throws -> MatchedContacts { try MatchedContacts(sought, in: self) }

  /// In columns alone: a tenant may have a great many contacts of one address, of which none is meant.
  fileprivate func rows(ofEmails emails: [String]) throws -> [Row] {
    try rows("SELECT id, email, given_name, family_name FROM contacts WHERE tenant_id = ", "email", emails)
  }

  fileprivate func rows(ofMergedEmails emails: [String]) throws -> [Row] {
    try rows(
      "SELECT contact_id, value FROM contact_values WHERE field = '\(SearchField.mergedEmail.name)' AND tenant_id = ",
      "value", emails)
  }

  private func rows(_ select: String, _ column: String, _ texts: [String]) throws -> [Row] {
    guard !texts.isEmpty else { return [] }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let list = bindings.list(texts)
    return try db.rows("\(select)\(tenant) AND \(column) IN (\(list))", values: bindings.values)
  }

  fileprivate func keptOfMany(_ ids: Set<Int64>) throws -> [Int64: Kept<ContactRecord>] {
    var (kept, rest): ([Int64: Kept<ContactRecord>], ArraySlice<Int64>) = ([:], ids.sorted()[...])
    while !rest.isEmpty {
      kept.merge(try self.kept(Array(rest.prefix(Self.mostAtOnce)))) { first, _ in first }
      rest = rest.dropFirst(Self.mostAtOnce)
    }
    return kept
  }

  /// An engine takes so many values in a statement and not many more.
  private static let mostAtOnce = 1000

  /// The companies that have these numbers, and those of these names by their normal forms.
  func companies(_ ids: [Int64], named names: [String]) throws -> [CompanyReference] {
    let found = try selected("id, name FROM companies WHERE tenant_id", "id", ids)
    let named = try rows("SELECT id, name FROM companies WHERE tenant_id = ", "normal_name", names)
    return try (found + named).map { CompanyReference(id: try $0["id"], name: try $0["name"]) }
  }
}
