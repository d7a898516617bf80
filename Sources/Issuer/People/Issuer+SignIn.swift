import Contacts
import Crypto
import Foundation
import OAuth
import Store
import Wire

extension Issuer {
  /// Signs a person in.
  ///
  /// - Parameter address: the network address that the request comes from.
  /// - Returns: the session's cookie value.
  /// - Throws: ``SignInRefusal``; ``StoreError`` where the store is down.
  package func signIn(email: String, password: Secret, address: String) async throws -> Secret {
    let proof = try await prove(password, of: NormalForm.email(email), from: NetworkPlace(address))
    let cookie = Credential.session.draw(random)
    let now = clock.now()
    let ends = now + settings.sessionLifetime
    try await database.write { [ring] db in
      try proof.accept(at: now, db)
      try db.execute(
        "INSERT INTO sessions (hash, user_id, key_id, created_at, ends_at) VALUES ($1, $2, $3, $4, $5)",
        cookie.fingerprint, proof.userID, Int64(ring.current), now, ends)
    }
    return cookie
  }

  /// Compares a password with a person's own, wherever one is asked for: counted before it is compared, and with the same
  /// answer, work and wait for a wrong one, an unknown address and a disabled user (law P40).
  ///
  /// - Parameter email: in its normal form.
  func prove(_ password: Secret, of email: String, from place: NetworkPlace) async throws -> PasswordProof {
    let asked = clock.now()
    let (attempt, known) = try await database.write { db in
      let attempt = try SignInAttempt.begin(email, from: place, at: asked, db)
      // No address has a NUL, and a query for one would fail.
      if email.utf8.contains(0) { return (attempt, nil as Row?) }
      return (
        attempt,
        try db.row("SELECT id, password, password_version FROM users WHERE email = $1 AND disabled_at IS NULL", email)
      )
    }
    do {
      let sealed = try known.map { try $0["password"] as [UInt8] }
      if try await passwords.matches(password, sealed, of: email, from: place), let known {
        return PasswordProof(userID: try known["id"], version: try known["password_version"], attempt: attempt)
      }
    } catch is PasswordHasher.Busy {
      try await database.write { db in try attempt.takeBack(db) }
      throw SignInRefusal.busy(retryAfter: 2)
    }
    // The wait is cut short only when the caller has gone, and then nobody sees the answer.
    try? await clock.sleep(settings.refusalDelay)
    throw SignInRefusal.wrongCredentials
  }

  /// The session that a cookie stands for, or nil if it is over.
  package func session(_ cookie: Secret) async throws -> Session? {
    guard Credential.session.bytes(of: cookie.exposed) != nil else { return nil }
    let (hash, now) = (cookie.fingerprint, clock.now())
    let row = try await database.read { db in
      try db.row(
        """
        SELECT s.key_id, u.id, u.email, u.name FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.hash = $1 AND s.ends_at > $2 AND u.disabled_at IS NULL
        """, hash, now)
    }
    guard let row, let keyID = UInt32(exactly: try row["key_id"] as Int64) else { return nil }
    let key = try ring.derive(.csrf, key: keyID, salt: hash)
    let bytes = key.withUnsafeBytes { Array($0) }
    let bare = Session(
      id: hash.hex, userID: try row["id"], email: try row["email"], name: try row["name"], csrf: Secret(""), key: bytes)
    var session = bare
    session.csrf = bare.csrf(for: "session")
    return session
  }

  package func signOut(_ cookie: Secret) async throws {
    let hash = cookie.fingerprint
    try await database.write { db in
      try db.execute("DELETE FROM approvals WHERE session_hash = $1", hash)
      try db.execute("DELETE FROM sessions WHERE hash = $1", hash)
    }
  }
}

/// A person's password was right when it was compared.
struct PasswordProof: Sendable {
  var userID: Int64
  var version: Int64
  var attempt: SignInAttempt

  /// Must be called in the transaction of the act that the proof is for.
  ///
  /// - Throws: ``SignInRefusal/wrongCredentials`` where the password was changed since, or the person disabled.
  func accept(at now: Timestamp, _ db: any Transaction) throws {
    let row = try db.row(
      "SELECT id FROM users WHERE id = $1 AND password_version = $2 AND disabled_at IS NULL", userID, version)
    guard row != nil else { throw SignInRefusal.wrongCredentials }
    try attempt.succeed(at: now, db)
  }
}
