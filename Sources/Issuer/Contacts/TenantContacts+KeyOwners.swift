import Contacts
import Store

/// Who has a match key.
struct KeyHolders {
  private(set) var count = 0
  /// At most ``ItemConflict/most``, the oldest first.
  private(set) var oldest: [Int64] = []

  init() {}

  init(count: Int, oldest: [Int64]) {
    self.count = count
    self.oldest = oldest
  }

  /// These and others.
  func joined(by ids: some Collection<Int64>) -> KeyHolders {
    KeyHolders(count: count + ids.count, oldest: Array((oldest + ids).sorted().prefix(ItemConflict.most)))
  }
}

/// The contacts that have a match key of their own, by EMAIL1, names and company as they are now. The engine finds them in one
/// index, so that of the many who may share an address none is read whole.
extension TenantContacts {
  func owners(of key: MatchKey) throws -> KeyHolders {
    var bindings = Bindings()
    let condition = owning(key, &bindings)
    let counted = try db.rows("SELECT COUNT(*) AS count FROM contacts c WHERE \(condition)", values: bindings.values)
    let count: Int = try counted.first?["count"] ?? 0
    var holders = KeyHolders()
    if count > 0 {
      holders = KeyHolders(count: count, oldest: try owners(condition, &bindings, atMost: ItemConflict.most))
    }
    return holders.joined(by: try ownersWhileRenaming(key))
  }

  /// - Parameter other: one who does not count.
  func oldestOwner(of key: MatchKey, but other: Int64) throws -> Int64? {
    var bindings = Bindings()
    let condition = "\(owning(key, &bindings)) AND c.id <> \(bindings.bind(other))"
    let renaming = try ownersWhileRenaming(key).filter { $0 != other }
    return (try owners(condition, &bindings, atMost: 1) + renaming).min()
  }

  private func owners(_ condition: String, _ bindings: inout Bindings, atMost most: Int) throws -> [Int64] {
    let sql = "SELECT c.id AS id FROM contacts c WHERE \(condition) ORDER BY c.id LIMIT \(bindings.bind(most))"
    return try db.rows(sql, values: bindings.values).map { try $0["id"] }
  }

  /// The condition of those whose company, if the rule compares it, is no company that is being given another name.
  private func owning(_ key: MatchKey, _ bindings: inout Bindings) -> String {
    let condition = sharing(key, &bindings)
    guard key.rule == .emailAndNameAndCompany else { return condition }
    guard let company = key.forms.last, !company.isEmpty else { return "\(condition) AND c.company_id IS NULL" }
    return """
      \(condition) AND c.company_id = (SELECT k.id FROM companies k
        WHERE k.tenant_id = \(bindings.bind(tenant)) AND k.normal_name = \(bindings.bind(company)) AND k.renaming IS NULL)
      """
  }

  /// Those whose company is being given another name, which they have or have not yet.
  private func ownersWhileRenaming(_ key: MatchKey) throws -> [Int64] {
    guard key.rule == .emailAndNameAndCompany else { return [] }
    var bindings = Bindings()
    let sql = """
      SELECT c.id AS id FROM contacts c WHERE \(sharing(key, &bindings)) AND EXISTS (SELECT 1 FROM companies k
        WHERE k.tenant_id = c.tenant_id AND k.id = c.company_id AND k.renaming IS NOT NULL)
      """
    let ids: [Int64] = try db.rows(sql, values: bindings.values).map { try $0["id"] }
    let kept = try keptOfMany(Set(ids))
    return ids.filter { kept[$0]?.record.contact.matchKey(key.rule) == key }
  }

  /// The condition of those who have the address and the names.
  private func sharing(_ key: MatchKey, _ bindings: inout Bindings) -> String {
    let condition = "c.tenant_id = \(bindings.bind(tenant)) AND c.email = \(bindings.bind(key.email))"
    guard key.rule != .email else { return condition }
    let names = zip(["c.given_name", "c.family_name"], key.forms).map { column, form in
      "COALESCE(\(column), '') = \(bindings.bind(form))"
    }
    return ([condition] + names).joined(separator: " AND ")
  }
}
