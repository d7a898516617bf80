import Wire

/// What an operator sees of the people who can sign in; their approvals are theirs alone to see.
package struct UserEntry: Sendable, Equatable {
  package var email: String
  package var name: String
  package var tenants: [String]
  package var createdAt: Timestamp
  package var disabledAt: Timestamp?
}

package struct TenantEntry: Sendable, Equatable {
  package var name: String
  package var host: String
  package var members: Int
  package var createdAt: Timestamp
  package var disabledAt: Timestamp?
}

package struct ClientEntry: Sendable, Equatable {
  package var id: String
  package var name: String
  package var isPublic: Bool
  package var isLegacy: Bool
  package var dialect: Dialect
  package var redirectURIs: [String]
  package var createdAt: Timestamp
  package var disabledAt: Timestamp?
}

/// What stands for the app of all tokens of a kind that people make for themselves. It is nobody's app: it has no secret and no
/// address, and can only be switched off.
package struct StandInEntry: Sendable, Equatable {
  package var kind: OwnTokenKind
  package var disabledAt: Timestamp?
}

extension Issuer {
  /// By name.
  package func tenants() async throws -> [TenantEntry] {
    try await database.read { db in
      try db.rows(
        """
        SELECT t.name, t.host, t.created_at, t.disabled_at, COUNT(m.user_id) AS members
        FROM tenants t LEFT JOIN memberships m ON m.tenant_id = t.id
        GROUP BY t.id, t.name, t.host, t.created_at, t.disabled_at ORDER BY t.name
        """
      ).map { row in
        TenantEntry(
          name: try row["name"], host: try row["host"], members: try row["members"], createdAt: try row["created_at"],
          disabledAt: try row["disabled_at"])
      }
    }
  }

  /// By address.
  package func users() async throws -> [UserEntry] {
    try await database.read { db in
      var tenants: [Int64: [String]] = [:]
      for row in try db.rows(
        "SELECT m.user_id, t.name FROM memberships m JOIN tenants t ON t.id = m.tenant_id ORDER BY t.name")
      { tenants[try row["user_id"], default: []].append(try row["name"]) }
      return try db.rows("SELECT id, email, name, created_at, disabled_at FROM users ORDER BY email").map { row in
        UserEntry(
          email: try row["email"], name: try row["name"], tenants: tenants[try row["id"]] ?? [],
          createdAt: try row["created_at"], disabledAt: try row["disabled_at"])
      }
    }
  }

  /// By name; of the same name, the older first. What only stands for an app is in ``standIns()``.
  package func clients() async throws -> [ClientEntry] {
    try await database.read { db in
      try db.rows(
        """
        SELECT id, name, secret_hash IS NULL AS is_public, is_legacy, dialect, redirect_uris, created_at, disabled_at
        FROM clients WHERE redirect_uris <> '' ORDER BY name, created_at, id
        """
      ).map { row in
        ClientEntry(
          id: try row["id"], name: try row["name"], isPublic: try row["is_public"], isLegacy: try row["is_legacy"],
          dialect: try Dialect(row, "dialect"),
          redirectURIs: (try row["redirect_uris"] as String).split(separator: "\n").map(String.init),
          createdAt: try row["created_at"], disabledAt: try row["disabled_at"])
      }
    }
  }

  /// What stands for the apps of tokens that people make for themselves.
  package func standIns() async throws -> [StandInEntry] {
    try await database.read { db in
      try OwnTokenKind.allCases.map { kind in
        let row = try db.row("SELECT disabled_at FROM clients WHERE id = $1", kind.clientID).orMissing("client")
        return StandInEntry(kind: kind, disabledAt: try row["disabled_at"])
      }
    }
  }
}
