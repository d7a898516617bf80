import OAuth
import Store
import Wire

/// A form by which one token is made. It names the grant to be, so that whoever sends it twice makes one token.
package struct TokenDraft: Sendable {
  package var id: String
  package var csrf: Secret
}

/// What a person may make tokens for.
package struct TokenChoices: Sendable {
  package var tenants: [Tenant]
  /// Those of them that the person owns.
  package var owned: [Tenant]
  /// The apps that are the person's own.
  package var apps: [OwnApp]
  /// What cannot be made for now.
  package var switchedOff: [OwnTokenKind]

  package struct OwnApp: Sendable, Equatable {
    package var id: String
    package var name: String
  }
}

extension Issuer {
  /// A fresh form of a session.
  package func draftToken(for session: Session) -> TokenDraft {
    let id = GrantID(random).text
    return TokenDraft(id: id, csrf: Self.csrf(ofDraft: id, session))
  }

  package func tokenChoices(for session: Session) async throws -> TokenChoices {
    let owned = try await ownedTenants(of: session)
    return try await database.read { db in
      let apps = try db.rows(
        "SELECT id, name FROM clients WHERE owner_id = $1 AND disabled_at IS NULL ORDER BY name, id", session.userID)
      return TokenChoices(
        tenants: try Tenant.all(of: session.userID, db), owned: owned,
        apps: try apps.map { TokenChoices.OwnApp(id: try $0["id"], name: try $0["name"]) },
        switchedOff: try OwnTokenKind.switchedOff(db))
    }
  }

  /// The grant that a form makes: nil for a form that is not of this session.
  func grantID(of draft: String, _ csrf: String, _ session: Session) -> GrantID? {
    guard let id = GrantID(draft), Self.csrf(ofDraft: draft, session) == Secret(csrf) else { return nil }
    return id
  }

  /// No consent page has it for a form token, whatever the page is called.
  private static func csrf(ofDraft id: String, _ session: Session) -> Secret { session.csrf(for: "token \(id)") }

  /// The tenant that a token is made for, where the session lasts and its user is a member.
  ///
  /// - Throws: ``IssuerRefusal`` where it is not, and where the form has made its token.
  static func tenant(
    _ id: Int64, for session: Session, making grant: GrantID, at now: Timestamp, _ db: any Transaction
  ) throws -> (tenant: Tenant, isOwned: Bool) {
    guard try db.row("SELECT id FROM grants WHERE id = $1", grant) == nil else {
      throw IssuerRefusal(
        "This form has made its token, which was shown then and cannot be shown again. If you did not keep it, end it below "
          + "and make another.")
    }
    let row = try db.row(
      """
      SELECT t.id, t.name, t.host, m.is_owner FROM tenants t JOIN memberships m ON m.tenant_id = t.id
        JOIN sessions s ON s.user_id = m.user_id
      WHERE t.id = $4 AND t.disabled_at IS NULL AND m.user_id = $1 AND s.hash = $2 AND s.ends_at > $3
      """, session.userID, [UInt8](hex: session.id) ?? [], now, id)
    guard let row else { throw IssuerRefusal("Choose one of the tenants that you belong to.") }
    return (try Tenant(row), try row["is_owner"])
  }
}
