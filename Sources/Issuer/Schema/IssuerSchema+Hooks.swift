import Store

extension IssuerSchema {
  /// Who wants to be told of changes, and what each is owed.
  static let hooks = Migration(
    15,
    [
      // `secret` is sealed and signs what is sent. `confirmation` is the SHA-256 of what the receiver has to give back before
      // anything is sent to it. `number` counts the changes that the hook was ever owed, and `pending` those that it is owed
      // now. While one is sent, `sending_to` is the number of its last change, so that it is sent again as it was; whoever sends
      // it has it until `claimed_until`. `failures` are those in a row, the first at `failing_since`.
      """
      CREATE TABLE hooks (
        hook_key TEXT PRIMARY KEY,
        tenant_id BIGINT NOT NULL REFERENCES tenants (id),
        grant_id BLOB NOT NULL,
        event_key TEXT NOT NULL,
        url TEXT NOT NULL,
        status TEXT NOT NULL,
        secret BLOB NOT NULL,
        confirmation BLOB,
        confirm_until BIGINT,
        created_at BIGINT NOT NULL,
        number BIGINT NOT NULL,
        pending BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        sending_to BIGINT,
        claimed_until BIGINT NOT NULL,
        failures BIGINT NOT NULL,
        failing_since BIGINT
      )
      """,
      "CREATE INDEX hooks_by_tenant ON hooks (tenant_id, status)",
      "CREATE INDEX hooks_by_grant ON hooks (grant_id, created_at)",
      "CREATE INDEX hooks_by_time ON hooks (due_at) WHERE pending > 0",
      """
      CREATE TABLE hook_changes (
        hook_key TEXT NOT NULL REFERENCES hooks (hook_key) ON DELETE CASCADE,
        number BIGINT NOT NULL,
        object_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        PRIMARY KEY (hook_key, number)
      )
      """,
    ])

  /// What came of asking a hook's address, and how often the hook was made another.
  static let hookRevisions = Migration(
    20,
    [
      // `trouble` is why the hook is not verified, and `revision` counts the changes of its event and address.
      "ALTER TABLE hooks ADD COLUMN trouble TEXT",
      "ALTER TABLE hooks ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
    ])
}
