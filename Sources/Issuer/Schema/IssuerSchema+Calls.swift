import Store

extension IssuerSchema {
  /// A record of each call (law P34), what of them is counted, and who owns a tenant.
  static let calls = Migration(
    16,
    [
      // Names a grant where its sixteen bytes would be most of a row.
      "ALTER TABLE grants ADD COLUMN number BIGINT NOT NULL DEFAULT 0",
      "CREATE INDEX grants_by_tenant ON grants (tenant_id, number)",
      "ALTER TABLE memberships ADD COLUMN is_owner BIGINT NOT NULL DEFAULT 0",
      // What can be called: as many rows as the program has routes.
      """
      CREATE TABLE call_shapes (
        id INTEGER PRIMARY KEY,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        UNIQUE (method, path)
      )
      """,
      // One narrow row for each call. `status` is null from a write's commit until its answer is known, at most a second.
      """
      CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        grant_number BIGINT NOT NULL,
        at BIGINT NOT NULL,
        shape_id BIGINT NOT NULL,
        address TEXT NOT NULL,
        status BIGINT
      )
      """,
      "CREATE INDEX calls_by_grant ON calls (grant_number, at, id)",
      // The calls up to `call_progress.counted`, counted by day.
      """
      CREATE TABLE call_days (
        id INTEGER PRIMARY KEY,
        grant_number BIGINT NOT NULL,
        day BIGINT NOT NULL,
        shape_id BIGINT NOT NULL,
        address TEXT NOT NULL,
        status_class BIGINT NOT NULL,
        calls BIGINT NOT NULL,
        UNIQUE (grant_number, day, shape_id, address, status_class)
      )
      """,
      "CREATE INDEX call_days_by_day ON call_days (day, grant_number)",
      "CREATE TABLE call_progress (counted BIGINT NOT NULL)",
      "INSERT INTO call_progress (counted) VALUES (0)",
    ],
    rewrite: { db in
      for (index, row) in try db.rows("SELECT id FROM grants ORDER BY created_at, id").enumerated() {
        try db.execute("UPDATE grants SET number = $2 WHERE id = $1", try row["id"] as GrantID, index + 1)
      }
      try db.execute("CREATE UNIQUE INDEX grants_by_number ON grants (number)")
    })

  /// The first day whose calls are kept, where there are so many that ninety days are not.
  static let callBound = Migration(
    19, ["ALTER TABLE call_progress ADD COLUMN oldest_day BIGINT NOT NULL DEFAULT 0"])
}
