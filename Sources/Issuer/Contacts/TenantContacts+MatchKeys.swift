import Contacts

/// Match keys: each rule and value points at one contact of the tenant, as the table's primary key ensures (law P43).
extension TenantContacts {
  func holder(of key: MatchKey) throws -> Int64? {
    try db.row(
      "SELECT contact_id FROM match_keys WHERE tenant_id = $1 AND rule = $2 AND value = $3", tenant, key.rule.rawValue,
      key.value)?[
        "contact_id"]
  }

  /// Takes the keys that are free.
  func takeKeys(_ keys: some Sequence<MatchKey>, for id: Int64) throws {
    for key in Self.ordered(keys) {
      try db.execute(
        """
        INSERT INTO match_keys (tenant_id, rule, value, contact_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, rule, value) DO NOTHING
        """, tenant, key.rule.rawValue, key.value, id)
    }
  }

  /// Gives up the keys that a contact no longer has, and takes those of the new ones that are free.
  func bringKeys(_ before: Set<MatchKey>, to after: Set<MatchKey>, of id: Int64) throws {
    try releaseKeys(before.subtracting(after), of: id)
    try takeKeys(after.subtracting(before), for: id)
  }

  /// Gives up those of the keys that the contact holds; each passes to the oldest other contact that has it.
  func releaseKeys(_ keys: Set<MatchKey>, of id: Int64) throws {
    for (email, keys) in Dictionary(grouping: keys, by: \.email) {
      let freed = try keys.filter { key in
        try db.execute(
          "DELETE FROM match_keys WHERE tenant_id = $1 AND rule = $2 AND value = $3 AND contact_id = $4",
          tenant, key.rule.rawValue, key.value, id) > 0
      }
      if !freed.isEmpty { try passOn(Set(freed), with: email, behind: id) }
    }
  }

  /// - Parameters:
  ///   - email: the address of all the keys.
  ///   - id: who gave them up.
  private func passOn(_ keys: Set<MatchKey>, with email: String, behind id: Int64) throws {
    let merged = try merged(with: email, but: id)
    for key in Self.ordered(keys) {
      let heirs = [
        try oldestOwner(of: key, but: id), merged.first { $0.matched.keys(with: email).contains(key) }?.id,
      ]
      if let heir = heirs.compactMap(\.self).min() { try takeKeys([key], for: heir) }
    }
  }

  /// Of two writers who want the same keys, one waits for the other and never both.
  private static func ordered(_ keys: some Sequence<MatchKey>) -> [MatchKey] {
    keys.sorted { ($0.value, $0.rule.rawValue) < ($1.value, $1.rule.rawValue) }
  }

  /// Those who were merged and have the address, now or before, the oldest first.
  private func merged(with email: String, but id: Int64) throws -> [(id: Int64, matched: Matched)] {
    try db.rows(
      """
      SELECT * FROM contacts WHERE tenant_id = $1 AND id <> $3 AND id IN (
        SELECT contact_id FROM contact_values WHERE tenant_id = $1 AND field = $4 AND value = $2)
      ORDER BY id
      """, tenant, email, id, SearchField.mergedEmail.name
    ).map { row in
      let record = try Self.record(row)
      return (record.id, record.contact.matched)
    }
  }
}
