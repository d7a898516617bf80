import Contacts
import OAuth
import Store
import Wire

/// What an operator does by command line.
extension Issuer {
  package func addTenant(name: String) async throws -> Tenant {
    try Self.check(name, "The tenant's name")
    let (id, now) = (newNumber(), clock.now())
    return try await database.write { db in
      let taken = try db.row("SELECT id FROM tenants WHERE name = $1", name)
      guard taken == nil else { throw IssuerRefusal("There is already a tenant named \(name); choose another name.") }
      let host = try Tenant.freeHost(for: name, db)
      let row = try db.row(
        "INSERT INTO tenants (id, name, host, next_id, created_at) VALUES ($1, $2, $3, 1, $4) RETURNING id, name, host",
        id, name, host, now)
      return try Tenant(row.orMissing("tenant"))
    }
  }

  /// Adds a person and what they are a member of, in one act: where a tenant is not there, nobody is added.
  ///
  /// - Throws: ``IssuerRefusal`` where the address is malformed or taken, or the password cannot be.
  @discardableResult
  package func addUser(
    email: String, name: String, password: Secret, tenants: [String] = []
  ) async throws -> User {
    if let fault = EmailSyntax.fault(in: email) { throw IssuerRefusal("The e-mail address \(fault).") }
    try Self.check(name, "The person's name")
    try PasswordRule.check(password)
    let email = NormalForm.email(email)
    let digest = try await passwords.digest(password, from: NetworkPlace("operator"))
    let (id, now) = (newNumber(), clock.now())
    let forms = BasicUser(id: id, name: name, email: email)
    return try await database.write { [passwords] db in
      let taken = try db.row("SELECT id FROM users WHERE email = $1", email)
      guard taken == nil else { throw IssuerRefusal("There is already a user with the address \(email).") }
      try db.execute(
        """
        INSERT INTO users (id, email, name, password, created_at, given_form, family_form)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """, id, email, name, try passwords.seal(digest, of: email), now, forms.givenForm, forms.familyForm)
      for tenant in tenants { try Self.join(id, tenant, at: now, db) }
      return User(id: id, email: email, name: name)
    }
  }

  package func addMember(email: String, tenant: String) async throws {
    let now = clock.now()
    try await database.write { db in try Self.join(try Self.user(NormalForm.email(email), db), tenant, at: now, db) }
  }

  package func removeMember(email: String, tenant: String) async throws {
    let now = clock.now()
    try await database.write { db in
      let (user, id) = (try Self.user(NormalForm.email(email), db), try Self.tenant(tenant, db))
      try db.execute("DELETE FROM memberships WHERE user_id = $1 AND tenant_id = $2", user, id)
      try AccountEvent(.membershipEnded, at: now, user: user, detail: "You are no longer a member of \(tenant).")
        .append(db)
    }
  }

  /// Registers an app; the secret in the answer is not kept and cannot be shown again.
  ///
  /// - Parameter keep: receives the secret before the app is registered, so that no app is registered whose secret is lost. If
  ///   it throws, the app is not registered.
  package func registerClient(
    _ registration: ClientRegistration, keep: @Sendable (Secret) throws -> Void = { _ in }
  ) async throws -> RegisteredClient {
    let name = registration.name
    try Self.check(name, "The app's name")
    let uris = try registration.checkedRedirectURIs()
    guard !(registration.legacy && registration.isPublic) else {
      throw IssuerRefusal("A public app must use PKCE, so it cannot be registered as legacy.")
    }
    var owner: Int64?
    if let email = registration.owner {
      owner = try await database.read { db in try Self.user(NormalForm.email(email), db) }
    }
    let id = random.bytes(16).hex
    let secret = registration.isPublic ? nil : Credential.clientSecret.draw(random)
    if let secret { try keep(secret) }
    let now = clock.now()
    try await database.write { [owner] db in
      try db.execute(
        """
        INSERT INTO clients (id, name, secret_hash, redirect_uris, scope, is_legacy, created_at, dialect,
          owner_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        id, name, secret?.fingerprint, uris.map(\.text).joined(separator: "\n"),
        OfferedScope.allCases.map(\.rawValue).joined(separator: " "), registration.legacy, now,
        registration.dialect.rawValue, owner)
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
    guard found else { throw IssuerRefusal.unknown(subject) }
  }

  /// Narrows or widens what an app may be allowed. An approval that covers more has no effect until the app may have that
  /// again (law P24).
  package func setScope(_ scope: Scope, ofClient id: String) async throws {
    let found = try await database.write { db in
      try db.execute("UPDATE clients SET scope = $1 WHERE id = $2", scope.text, id) > 0
    }
    guard found else { throw IssuerRefusal.unknown(.client(id: id)) }
  }

  /// A number that names a person or a tenant to apps and on pages. It is random, so it does not tell how many others there
  /// are, and below 2^53, so every reader of JSON takes it for the same.
  private func newNumber() -> Int64 { random.bytes(6).reduce(1) { $0 << 8 | Int64($1) } }

  private static func check(_ name: String, _ what: String) throws(IssuerRefusal) {
    if let fault = GivenName.fault(in: name) { throw IssuerRefusal("\(what) \(fault).") }
  }

  private static func join(_ user: Int64, _ tenant: String, at now: Timestamp, _ db: any Transaction) throws {
    try db.execute(
      "INSERT INTO memberships (user_id, tenant_id, since) VALUES ($1, $2, $3) ON CONFLICT (user_id, tenant_id) DO NOTHING",
      user, try Self.tenant(tenant, db), now)
  }

  /// - Parameter email: in its normal form.
  static func user(_ email: String, _ db: any Transaction) throws -> Int64 {
    guard let user = try db.row("SELECT id FROM users WHERE email = $1", email) else {
      throw IssuerRefusal.unknown(.user(email: email))
    }
    return try user["id"]
  }

  static func tenant(_ name: String, _ db: any Transaction) throws -> Int64 {
    guard let tenant = try db.row("SELECT id FROM tenants WHERE name = $1", name) else {
      throw IssuerRefusal.unknown(.tenant(name: name))
    }
    return try tenant["id"]
  }
}

extension Optional {
  /// What there must be, such as the row that a statement with RETURNING gives.
  func orMissing(_ what: String) throws -> Wrapped {
    guard let value = self else { throw StoreError.unreadable("no \(what) came back") }
    return value
  }
}
