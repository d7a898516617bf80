import Store

extension IssuerSchema {
  /// The keys that one address has stand side by side, so that a contact's are written in one place and not in three. No index by
  /// contact: whoever gives up keys or passes them on knows which.
  static let matchKeys = Migration(
    18,
    [
      """
      CREATE TABLE match_keys_by_value (
        tenant_id BIGINT NOT NULL,
        value TEXT NOT NULL,
        rule TEXT NOT NULL,
        contact_id BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, value, rule)
      )
      """,
      """
      INSERT INTO match_keys_by_value (tenant_id, value, rule, contact_id)
      SELECT tenant_id, value, rule, contact_id FROM match_keys ORDER BY tenant_id, value, rule
      """,
      "DROP TABLE match_keys",
      "ALTER TABLE match_keys_by_value RENAME TO match_keys",
    ])
}
