import Contacts
import Store
import Wire

/// How much one app calls in a tenant, over all approvals.
package struct AppUse: Sendable, Equatable {
  package var name: String
  package var calls: Int64
  /// The last day with a call, since 1970, UTC.
  package var lastDay: Int64
}

extension Issuer {
  /// The tenants that the session's user owns.
  package func ownedTenants(of session: Session) async throws -> [Tenant] {
    let now = clock.now()
    return try await database.read { db in
      try db.rows(
        "SELECT t.id, t.name, t.host FROM tenants t WHERE t.disabled_at IS NULL AND \(Self.isOwner("t.id")) ORDER BY t.name",
        session.userID, [UInt8](hex: session.id) ?? [], now
      ).map(Tenant.init)
    }
  }

  /// What apps call in a tenant, told to its owners alone. It names apps and adds up what all approvals of each have called:
  /// whose they are is nobody's to see (law P28).
  ///
  /// - Returns: nil for whoever does not own the tenant.
  package func appUse(inTenant id: Int64, for session: Session) async throws -> (tenant: Tenant, apps: [AppUse])? {
    await settleCalls()
    let now = clock.now()
    return try await database.read { db in
      let row = try db.row(
        "SELECT t.id, t.name, t.host FROM tenants t WHERE t.id = $4 AND t.disabled_at IS NULL AND \(Self.isOwner("t.id"))",
        session.userID, [UInt8](hex: session.id) ?? [], now, id)
      guard let tenant = try row.map(Tenant.init) else { return nil }
      let rows = try db.rows(
        """
        SELECT c.name, SUM(n.calls) AS calls, MAX(n.day) AS last_day
        FROM \(CallCounts.source(of: "SELECT number FROM grants WHERE tenant_id = $1")) AS n
          JOIN grants g ON g.number = n.grant_number JOIN clients c ON c.id = g.client_id
        WHERE n.day >= $2 GROUP BY c.id, c.name ORDER BY SUM(n.calls) DESC, c.name, c.id
        """, id, try Self.oldestDay(at: now, db))
      return (
        tenant,
        try rows.map { AppUse(name: try $0["name"], calls: try $0["calls"], lastDay: try $0["last_day"]) }
      )
    }
  }

  /// The condition that the session `$2`, at the moment `$3`, is that of a user `$1` who owns a tenant.
  private static func isOwner(_ tenant: String) -> String {
    """
    EXISTS (SELECT 1 FROM memberships m JOIN sessions s ON s.user_id = m.user_id
      WHERE m.user_id = $1 AND m.tenant_id = \(tenant) AND m.is_owner = 1 AND s.hash = $2 AND s.ends_at > $3)
    """
  }

  /// Makes a member an owner of a tenant, or no longer one.
  package func setOwner(_ isOwner: Bool, email: String, tenant: String) async throws {
    try await database.write { db in
      let (user, id) = (try Self.user(NormalForm.email(email), db), try Self.tenant(tenant, db))
      let isMember = try db.execute(
        """
        UPDATE memberships SET is_owner = $3 WHERE user_id = $1 AND tenant_id = $2
        """, user, id, isOwner)
      guard isMember > 0 else {
        throw IssuerRefusal("\(email) is no member of \(tenant); let them join first: evergrant issuer user join")
      }
    }
  }
}
