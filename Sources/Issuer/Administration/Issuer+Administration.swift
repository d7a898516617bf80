import Contacts
import OAuth
import Store

/// What an operator does by command line.
extension Issuer {
  package func addTenant(name: String) async throws -> Tenant {
    let name = try Self.required(name, "A tenant needs a name.")
    let now = clock.now()
    return try await database.write { db in
      let taken = try db.row("SELECT id FROM tenants WHERE name = $1", name)
      guard taken == nil else { throw IssuerRefusal("There is already a tenant named \(name); choose another name.") }
      let host = try Tenant.freeHost(for: name, db)
      let row = try db.row(
        "INSERT INTO tenants (name, host, next_id, created_at) VALUES ($1, $2, 1, $3) RETURNING id, name, host",
        name, host, now)
      return try Tenant(row.orMissing("tenant"))
    }
  }

  /// - Throws: ``IssuerRefusal`` where the address is malformed or taken, or the password has fewer than 8 characters.
  package func addUser(email: String, name: String, password: Secret) async throws -> User {
    if let fault = EmailSyntax.fault(in: email) { throw IssuerRefusal("The e-mail address \(fault).") }
    guard password.exposed.count >= 8 else { throw IssuerRefusal("The password needs at least 8 characters.") }
    let email = NormalForm.email(email)
    let name = try Self.required(name, "A user needs a name.")
    let digest = try await passwords.digest(password)
    let now = clock.now()
    return try await database.write { [passwords] db in
      let taken = try db.row("SELECT id FROM users WHERE email = $1", email)
      guard taken == nil else { throw IssuerRefusal("There is already a user with the address \(email).") }
      let row = try db.row(
        "INSERT INTO users (email, name, password, created_at) VALUES ($1, $2, $3, $4) RETURNING id", email, name,
        try passwords.seal(digest, of: email), now)
      return User(id: try row.orMissing("user")["id"], email: email, name: name)
    }
  }

  package func addMember(email: String, tenant: String) async throws {
    let now = clock.now()
    try await database.write { db in
      let (user, tenant) = try Self.member(email, tenant, db)
      try db.execute(
        "INSERT INTO memberships (user_id, tenant_id, since) VALUES ($1, $2, $3) ON CONFLICT (user_id, tenant_id) DO NOTHING",
        user, tenant, now)
    }
  }

  package func removeMember(email: String, tenant: String) async throws {
    let now = clock.now()
    try await database.write { db in
      let (user, id) = try Self.member(email, tenant, db)
      try db.execute("DELETE FROM memberships WHERE user_id = $1 AND tenant_id = $2", user, id)
      try Event(.membershipEnded, at: now, user: user, detail: "You are no longer a member of \(tenant).").append(db)
    }
  }

  /// Registers an app; the secret in the answer is not kept and cannot be shown again.
  package func registerClient(_ registration: ClientRegistration) async throws -> RegisteredClient {
    let name = try Self.required(registration.name, "An app needs a name.")
    let uris = try registration.checkedRedirectURIs()
    guard !(registration.legacy && registration.isPublic) else {
      throw IssuerRefusal("A public app must use PKCE, so it cannot be registered as legacy.")
    }
    let id = random.bytes(16).hex
    let secret = registration.isPublic ? nil : Credential.clientSecret.spell(random.bytes(Credential.randomByteCount))
    let now = clock.now()
    try await database.write { db in
      try db.execute(
        """
        INSERT INTO clients (id, name, secret_hash, redirect_uris, scope, is_legacy, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        id, name, secret?.fingerprint, uris.map(\.text).joined(separator: "\n"),
        OfferedScope.allCases.map(\.rawValue).joined(separator: " "), registration.legacy, now)
    }
    return RegisteredClient(clientID: id, secret: secret)
  }

  /// Switches somebody off, from the next call on, or on again (law P24).
  package func setDisabled(_ disabled: Bool, _ subject: DisableSubject) async throws {
    let (table, column, name) =
      switch subject {
      case .user(let email): ("users", "email", NormalForm.email(email))
      case .client(let id): ("clients", "id", id)
      case .tenant(let tenant): ("tenants", "name", tenant)
      }
    let now = clock.now()
    let at = disabled ? now : nil
    let found = try await database.write { db in
      try db.execute("UPDATE \(table) SET disabled_at = $1 WHERE \(column) = $2", at, name) > 0
    }
    guard found else { throw IssuerRefusal("There is nothing named \(name) among the \(table).") }
  }

  /// Narrows or widens what an app may be allowed; approvals that gave more have no effect until it is given back (law P24).
  package func setScope(_ scope: Scope, ofClient id: String) async throws {
    let found = try await database.write { db in
      try db.execute("UPDATE clients SET scope = $1 WHERE id = $2", scope.text, id) > 0
    }
    guard found else { throw IssuerRefusal("There is no client \(id).") }
  }

  private static func required(_ text: String, _ complaint: String) throws -> String {
    let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !text.isEmpty else { throw IssuerRefusal(complaint) }
    return text
  }

  private static func member(_ email: String, _ tenant: String, _ db: any Transaction) throws -> (Int64, Int64) {
    guard let user = try db.row("SELECT id FROM users WHERE email = $1", NormalForm.email(email)) else {
      throw IssuerRefusal("There is no user with the address \(email); add the user first.")
    }
    guard let found = try db.row("SELECT id FROM tenants WHERE name = $1", tenant) else {
      throw IssuerRefusal("There is no tenant named \(tenant); add the tenant first.")
    }
    return (try user["id"], try found["id"])
  }
}

extension Optional where Wrapped == Row {
  /// The row that a statement with RETURNING must have given.
  func orMissing(_ what: String) throws -> Row {
    guard let row = self else { throw StoreError.unreadable("no \(what) came back") }
    return row
  }
}
