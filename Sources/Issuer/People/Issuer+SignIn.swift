import Contacts
import Crypto
import Foundation
import OAuth
import Store

extension Issuer {
  /// Signs a person in.
  ///
  /// - Parameter address: the network address that the request comes from.
  /// - Returns: the session's cookie value.
  /// - Throws: ``SignInRefusal``; ``StoreError`` where the store is down.
  package func signIn(email: String, password: Secret, address: String) async throws -> Secret {
    let email = NormalForm.email(email)
    let asked = clock.now()
    let known = try await database.read { db in
      let failures = try db.row(
        "SELECT count, last_at FROM sign_in_failures WHERE email = $1 AND address = $2", email, address)
      if let failures {
        let ready = try failures["last_at"] as Timestamp + SignInThrottle.pause(after: failures["count"])
        if asked < ready {
          throw SignInRefusal.tooManyAttempts(retryAfter: Int((ready - asked).milliseconds + 999) / 1000)
        }
      }
      return try db.row("SELECT id, password FROM users WHERE email = $1 AND disabled_at IS NULL", email)
        .map { (id: try $0["id"] as Int64, password: try $0["password"] as [UInt8]) }
    }
    let isRight: Bool
    do {
      isRight = try await passwords.matches(password, known?.password, of: email)
    } catch is PasswordHasher.Busy {
      throw SignInRefusal.busy(retryAfter: 2)
    }
    let now = clock.now()
    guard let known, isRight else {
      try await database.write { db in
        try db.execute(
          """
          INSERT INTO sign_in_failures (email, address, count, last_at) VALUES ($1, $2, 1, $3)
          ON CONFLICT (email, address) DO UPDATE SET count = sign_in_failures.count + 1, last_at = $3
          """, email, address, now)
      }
      throw SignInRefusal.wrongCredentials
    }
    let cookie = Credential.session.spell(random.bytes(Credential.randomByteCount))
    let ends = now + settings.sessionLifetime
    try await database.write { [ring] db in
      try db.execute("DELETE FROM sign_in_failures WHERE email = $1 AND address = $2", email, address)
      try db.execute(
        "INSERT INTO sessions (hash, user_id, key_id, created_at, ends_at) VALUES ($1, $2, $3, $4, $5)",
        cookie.fingerprint, known.id, Int64(ring.current), now, ends)
    }
    return cookie
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
