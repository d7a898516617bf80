import Store

extension IssuerSchema {
  /// A person's own tokens for a tenant have different names, until they are ended.
  static let ownTokenNames = Migration(
    18, [],
    rewrite: { db in
      let rows = try db.rows(
        """
        SELECT id, user_id, tenant_id, COALESCE(name, '') AS name FROM grants
        WHERE kind <> 'approval' AND revoked_at IS NULL ORDER BY created_at, id
        """)
      // Those of before may share one: the oldest keeps it.
      var taken = Set(try rows.map(TokenName.init)), met: Set<TokenName> = []
      for row in rows {
        let given = try TokenName(row)
        if met.insert(given).inserted { continue }
        var number = 2
        while taken.contains(given.numbered(number)) { number += 1 }
        let free = given.numbered(number)
        taken.insert(free)
        try db.execute("UPDATE grants SET name = $2 WHERE id = $1", try row["id"] as GrantID, free.name)
      }
      try db.execute(
        """
        CREATE UNIQUE INDEX own_tokens_by_name ON grants (user_id, tenant_id, name)
        WHERE kind <> 'approval' AND revoked_at IS NULL
        """)
    })

  private struct TokenName: Hashable {
    var user: Int64
    var tenant: Int64
    var name: String

    init(_ row: Row) throws {
      user = try row["user_id"]
      tenant = try row["tenant_id"]
      name = try row["name"]
    }

    /// `nightly (2)`, no longer than a name may be.
    func numbered(_ number: Int) -> TokenName {
      let ending = " (\(number))"
      var other = self
      other.name = "\(name.prefix(GivenName.mostCharacters - ending.count))\(ending)"
      return other
    }
  }
}
