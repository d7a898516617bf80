import OAuth
import Wire

/// One approval as its user sees it.
package struct ApprovalSummary: Sendable, Equatable {
  package var grantID: String
  /// The app's name, or what a token of one's own is called.
  package var clientName: String
  package var tenantName: String
  /// In plain words.
  package var scopes: [String]
  package var approvedAt: Timestamp
  package var lastUsedAt: Timestamp?
  package var calls: Int64
  /// The last thirty days, today last.
  package var days: [DayOfCalls]
  package var endedAt: Timestamp?
  /// Who ended it, as a sentence.
  package var endedBy: String?
  /// Why it has no effect for now, as a sentence; nil for one that works or has ended.
  package var suspension: String?
}

/// Something that happened to a user's approvals.
package struct UserEvent: Sendable, Equatable {
  package var at: Timestamp
  package var kind: String
  package var grantID: String?
  /// What the approval is called that the sentence is about and does not name.
  package var subject: String?
  /// A sentence.
  package var detail: String
}

extension Issuer {
  /// The approvals of the session's user, newest first, and nobody else's (law P28).
  package func approvals(of session: Session) async throws -> [ApprovalSummary] {
    await settleCalls()
    let now = clock.now()
    return try await database.read { [self] db in
      let uncounted = try CallCounts.uncounted(db)
      let days = try CallCounts.days(ofUser: session.userID, until: now, db)
      return try db.rows(
        Standing.columns + """
           WHERE g.user_id = $1 AND g.kind = 'approval'
            AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $2 AND s.user_id = $1 AND s.ends_at > $3)
          ORDER BY g.created_at DESC, g.id
          """, session.userID, [UInt8](hex: session.id) ?? [], now
      ).map { summary(try Standing($0), uncounted, days) }
    }
  }

  /// Ends one approval of the session's user. The condition is in the statement: no other user's session, whatever its
  /// rights, passes it (law P28).
  ///
  /// - Returns: false where this user has no such approval, or the form is not of this session; nothing tells the cases apart.
  package func revokeApproval(_ grantID: String, by session: Session, csrf: String) async throws -> Bool {
    guard let id = GrantID(grantID), session.csrf == Secret(csrf) else { return false }
    let at: Timestamp? = try await database.write { [self] db in
      let now = clock.now()
      let row = try db.row(
        """
        UPDATE grants SET latest_at = CASE WHEN latest_at < $4 THEN $4 ELSE latest_at END
        WHERE id = $1 AND user_id = $2
          AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $3 AND s.user_id = $2 AND s.ends_at > $4)
        RETURNING *
        """, id, session.userID, [UInt8](hex: session.id) ?? [], now)
      guard let grant = try row.map(Grant.init) else { return nil }
      if try Grant.end(id, by: .user, at: grant.latestAt, db) {
        try AccountEvent(.revoked, of: grant, detail: "You took it back.").append(db)
      }
      return grant.latestAt
    }
    guard let at else { return false }
    try await revocationLog.append(id, at: at)
    return true
  }

  /// The last events of the session's user, newest first.
  package func events(of session: Session, limit: Int = 50) async throws -> [UserEvent] {
    let now = clock.now()
    return try await database.read { db in
      try db.rows(
        """
        SELECT e.at, e.kind, e.grant_id, e.detail, COALESCE(g.name, c.name) AS subject
        FROM events e LEFT JOIN grants g ON g.id = e.grant_id LEFT JOIN clients c ON c.id = e.client_id
        WHERE e.user_id = $1 AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $2 AND s.user_id = $1 AND s.ends_at > $3)
        ORDER BY e.id DESC LIMIT $4
        """, session.userID, [UInt8](hex: session.id) ?? [], now, limit
      ).map { row in
        let kind: String = try row["kind"], subject: String? = try row["subject"]
        return UserEvent(
          at: try row["at"], kind: kind, grantID: (try row["grant_id"] as GrantID?)?.text,
          subject: AccountEvent.Kind(rawValue: kind)?.namesApproval == false ? subject : nil, detail: try row["detail"])
      }
    }
  }

  /// - Parameters:
  ///   - uncounted: calls that the grant's own count lacks, by its number.
  ///   - days: the last thirty, by its number.
  func summary(
    _ standing: Standing, _ uncounted: [Int64: (calls: Int64, last: Timestamp)], _ days: [Int64: [DayOfCalls]]
  ) -> ApprovalSummary {
    let grant = standing.grant
    let more = uncounted[grant.number]
    return ApprovalSummary(
      grantID: grant.id.text, clientName: grant.name ?? standing.clientName, tenantName: standing.tenant.name,
      scopes: grant.scope.tokens.map { OfferedScope(rawValue: $0)?.plainWords ?? $0 }, approvedAt: grant.createdAt,
      lastUsedAt: [grant.lastUsedAt, more?.last].compactMap(\.self).max(),
      calls: grant.calls + (more?.calls ?? 0), days: days[grant.number] ?? CallCounts.none,
      endedAt: grant.revokedAt, endedBy: grant.revokedBy?.sentence,
      suspension: grant.revokedAt == nil ? standing.suspension : nil)
  }
}

extension Grant.Ending {
  fileprivate var sentence: String {
    switch self {
    case .user: "You took it back."
    case .app: "The app gave it up."
    case .codeReplay: "Ended for safety: its code was used twice."
    case .tokenReuse: "Ended for safety: a spent refresh token came back."
    case .log: "It was revoked before the database was restored from a backup."
    }
  }
}
