import Store

extension IssuerSchema {
  /// The keys that one address has stand side by side, so that a contact's are written in one place and not in three. No index by
  /// contact: whoever gives up keys or passes them on knows which. Who else has a key is read off one index; one who was merged is
  /// found by the own address, too.
  static let matchKeys = Migration(
    21,
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
      "DROP INDEX contacts_by_email",
      "CREATE INDEX contacts_by_match ON contacts (tenant_id, email, id, given_name, family_name, company_id)",
      // Lists find given names in the index that they are sorted by.
      "DROP INDEX contacts_by_given_name",
      """
      INSERT INTO contact_values (tenant_id, contact_id, field, value)
      SELECT c.tenant_id, c.id, 'merged', c.email
      FROM (SELECT DISTINCT tenant_id, contact_id FROM contact_values WHERE field = 'merged') m
        JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
      WHERE c.email IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM contact_values v
        WHERE v.tenant_id = c.tenant_id AND v.contact_id = c.id AND v.field = 'merged' AND v.value = c.email)
      """,
    ])
}
