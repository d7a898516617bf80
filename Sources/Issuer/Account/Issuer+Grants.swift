import Wire

/// A grant as the operator sees it: figures, and no token.
package struct GrantFigures: Sendable, Equatable {
  package var grantID: String
  package var userEmail: String
  package var tenantName: String
  /// How many refresh tokens the grant has had. The first came from the code, so one less is the number of rotations.
  package var generation: Int64
  package var calls: Int64
  package var approvedAt: Timestamp
  package var lastUsedAt: Timestamp?
  package var revokedAt: Timestamp?

  package var rotations: Int64 { max(0, generation - 1) }
}

extension Issuer {
  /// The grants of a client, oldest first, as the issuer's own count of what was refreshed and called.
  package func grants(ofClient id: String) async throws -> [GrantFigures] {
    await settleCalls()
    return try await database.read { db in
      let uncounted = try CallCounts.uncounted(db)
      return try db.rows(Standing.columns + " WHERE g.client_id = $1 ORDER BY g.created_at, g.id", id).map { row in
        let standing = try Standing(row)
        let grant = standing.grant
        let more = uncounted[grant.number]
        return GrantFigures(
          grantID: grant.id.text, userEmail: standing.userEmail, tenantName: standing.tenant.name,
          generation: grant.generation, calls: grant.calls + (more?.calls ?? 0), approvedAt: grant.createdAt,
          lastUsedAt: [grant.lastUsedAt, more?.last].compactMap(\.self).max(), revokedAt: grant.revokedAt)
      }
    }
  }

  /// How often the refresh tokens of a client have rotated, over all its grants.
  package func rotations(ofClient id: String) async throws -> Int64 {
    try await grants(ofClient: id).reduce(0) { $0 + $1.rotations }
  }
}
