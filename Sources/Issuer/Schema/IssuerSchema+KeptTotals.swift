import Store

extension IssuerSchema {
  /// How much is kept for requests that name themselves, since there is a bound for it.
  static let keptTotals = Migration(
    22,
    [
      """
      CREATE TABLE kept_totals (
        grant_id BLOB PRIMARY KEY,
        tenant_id BIGINT NOT NULL,
        answers BIGINT NOT NULL,
        bytes BIGINT NOT NULL
      )
      """,
      "CREATE INDEX kept_totals_by_tenant ON kept_totals (tenant_id)",
      "CREATE INDEX kept_answers_by_grant ON kept_answers (grant_id, ends_at)",
      """
      INSERT INTO kept_totals (grant_id, tenant_id, answers, bytes)
      SELECT k.grant_id, g.tenant_id, COUNT(*), SUM(LENGTH(k.body)) FROM kept_answers k JOIN grants g ON g.id = k.grant_id
      GROUP BY k.grant_id, g.tenant_id
      """,
    ])
}
