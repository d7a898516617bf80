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
    for key in keys {
      try db.execute(
        """
        INSERT INTO match_keys (tenant_id, rule, value, contact_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, rule, value) DO NOTHING
        """, tenant, key.rule.rawValue, key.value, id)
    }
  }

  /// Gives up those of the keys that the contact holds; each passes to the oldest other contact that has it.
  func releaseKeys(_ keys: Set<MatchKey>, of id: Int64) throws {
    for key in keys {
      let freed = try db.execute(
        "DELETE FROM match_keys WHERE tenant_id = $1 AND rule = $2 AND value = $3 AND contact_id = $4",
        tenant, key.rule.rawValue, key.value, id)
      guard freed > 0, let heir = try heir(to: key, after: id) else { continue }
      try takeKeys([key], for: heir)
    }
  }

  /// The oldest other contact that has the key. Whatever the rule, contacts with one key have the same EMAIL1, now or before
  /// they were merged into another, so only those with this one are looked at.
  private func heir(to key: MatchKey, after id: Int64) throws -> Int64? {
    let rows = try db.rows(
      """
      SELECT * FROM contacts WHERE tenant_id = $1 AND id <> $3 AND id IN (
        SELECT id FROM contacts WHERE tenant_id = $1 AND email = $2
        UNION ALL SELECT contact_id FROM contact_values WHERE tenant_id = $1 AND field = $4 AND value = $2)
      ORDER BY id
      """, tenant, key.email, id, SearchField.mergedEmail.name)
    for row in rows {
      let record = try Self.record(row)
      if record.contact.matchKeys().contains(key) { return record.id }
    }
    return nil
  }
}
