import Contacts
import OAuth
import Store
import Wire

/// What a password must be.
enum PasswordRule {
  /// - Throws: ``IssuerRefusal``.
  static func check(_ password: Secret) throws(IssuerRefusal) {
    guard password.exposed.count >= 8 else { throw IssuerRefusal("The password needs at least 8 characters.") }
    guard password.exposed.utf8.count <= 1024 else { throw IssuerRefusal("The password is longer than 1024 bytes.") }
  }
}

/// New passwords. Each ends the person's sign-ins, except the one that it is set in, and the links to set a password. It
/// leaves approvals alone: a person ends those one by one, on the account page.
extension Issuer {
  /// How long a link to set a password is good.
  package static let resetLifetime = Duration.hours(1)

  /// Sets a person's password for them, as an operator.
  ///
  /// - Throws: ``IssuerRefusal``.
  package func setPassword(_ password: Secret, of email: String) async throws {
    try PasswordRule.check(password)
    let email = NormalForm.email(email)
    let digest = try await passwords.digest(password, from: NetworkPlace("operator"))
    let now = clock.now()
    try await database.write { [self] db in
      let user = try Self.user(email, db)
      try replacePassword(of: user, email, by: digest, detail: "The operator set a new password.", at: now, db)
    }
  }

  /// Changes the password of the session's user. The old one is compared as at sign-in (law P40).
  ///
  /// - Returns: false where the form is not of this session, or the session is over.
  /// - Throws: ``SignInRefusal`` where the old password is not right; ``IssuerRefusal`` for a new one that cannot be.
  package func changePassword(
    from old: Secret, to new: Secret, by session: Session, csrf: String, address: String
  ) async throws -> Bool {
    guard session.csrf == Secret(csrf) else { return false }
    try PasswordRule.check(new)
    let place = NetworkPlace(address)
    let proof = try await prove(old, of: session.email, from: place)
    let digest = try await passwordDigest(new, from: place)
    let now = clock.now()
    return try await database.write { [self] db in
      let hash = [UInt8](hex: session.id) ?? []
      let isOpen = try db.row(
        "SELECT user_id FROM sessions WHERE hash = $1 AND user_id = $2 AND ends_at > $3", hash, proof.userID, now)
      guard isOpen != nil else { return false }
      try proof.accept(at: now, db)
      try replacePassword(
        of: proof.userID, session.email, by: digest, detail: "You set a new password from \(address).", at: now,
        keeping: hash, db)
      return true
    }
  }

  /// Makes the token of a link by which a person sets a new password, once, within an hour. An earlier link ends.
  ///
  /// - Throws: ``IssuerRefusal``.
  package func makePasswordReset(for email: String) async throws -> Secret {
    let email = NormalForm.email(email)
    let token = Credential.passwordReset.draw(random)
    let ends = clock.now() + Self.resetLifetime
    try await database.write { db in
      let user = try Self.user(email, db)
      try db.execute("DELETE FROM password_resets WHERE user_id = $1", user)
      try db.execute(
        "INSERT INTO password_resets (hash, user_id, ends_at) VALUES ($1, $2, $3)", token.fingerprint, user, ends)
    }
    return token
  }

  /// Whether a link is good. One that is over, was used or never was looks the same.
  package func isPasswordReset(_ token: Secret) async throws -> Bool {
    guard Credential.passwordReset.bytes(of: token.exposed) != nil else { return false }
    let (hash, now) = (token.fingerprint, clock.now())
    return try await database.read { db in try Self.reset(hash, at: now, db) != nil }
  }

  /// Sets the password of whoever the link is for, and uses the link up.
  ///
  /// - Returns: false where the link is not good.
  /// - Throws: ``IssuerRefusal`` for a password that cannot be; the link stays. ``SignInRefusal/busy(retryAfter:)``.
  package func resetPassword(_ password: Secret, by token: Secret, address: String) async throws -> Bool {
    guard try await isPasswordReset(token) else { return false }
    try PasswordRule.check(password)
    let digest = try await passwordDigest(password, from: NetworkPlace(address))
    let (hash, now) = (token.fingerprint, clock.now())
    return try await database.write { [self] db in
      guard let user = try Self.reset(hash, at: now, db) else { return false }
      try replacePassword(
        of: user.id, user.email, by: digest, detail: "A new password was set by a link, from \(address).", at: now, db)
      return true
    }
  }

  private func passwordDigest(_ password: Secret, from place: NetworkPlace) async throws -> Secret {
    do { return try await passwords.digest(password, from: place) } catch is PasswordHasher.Busy {
      throw SignInRefusal.busy(retryAfter: 2)
    }
  }

  /// - Parameter session: the hash of the session that goes on.
  private func replacePassword(
    of user: Int64, _ email: String, by digest: Secret, detail: String, at now: Timestamp,
    keeping session: [UInt8] = [],
    _ db: any Transaction
  ) throws {
    try db.execute(
      "UPDATE users SET password = $2, password_version = password_version + 1 WHERE id = $1", user,
      try passwords.seal(digest, of: email))
    try db.execute("DELETE FROM approvals WHERE user_id = $1 AND session_hash <> $2", user, session)
    try db.execute("DELETE FROM sessions WHERE user_id = $1 AND hash <> $2", user, session)
    try db.execute("DELETE FROM password_resets WHERE user_id = $1", user)
    try SignInAttempt.forgive(email, db)
    try AccountEvent(.passwordChanged, at: now, user: user, detail: detail).append(db)
  }

  private static func reset(
    _ hash: [UInt8], at now: Timestamp, _ db: any Transaction
  ) throws -> (id: Int64, email: String)? {
    try db.row(
      """
      SELECT u.id, u.email FROM password_resets r JOIN users u ON u.id = r.user_id
      WHERE r.hash = $1 AND r.ends_at > $2 AND u.disabled_at IS NULL
      """, hash, now
    ).map { (try $0["id"], try $0["email"]) }
  }
}
