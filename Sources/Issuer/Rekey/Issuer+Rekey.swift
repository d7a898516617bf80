import Store

/// What the issuer has under a key ring. Passwords and the secrets of hooks are sealed, and are sealed anew here. The state of a
/// consent page is sealed, and needs its key for the ten minutes that the page is open. Sessions and grants are derived from the
/// key that they name, and keep it for as long as they live (`docs/decisions`).
extension Issuer {
  /// Seals anew, under the newest key, each password and secret that an older key sealed. It first waits for every act that had
  /// begun.
  ///
  /// - Returns: how many values that were.
  package func renewKeys() async throws -> Int {
    // An act that began after this one seals with the newest key.
    try await database.write { _ in }
    var count = 0
    let users = try await database.read { db in
      try db.rows("SELECT email, password FROM users ORDER BY id").map { (try $0["email"], try $0["password"]) }
        as [(String, [UInt8])]
    }
    for (email, sealed) in users where KeyRing.key(of: sealed) != ring.current {
      count += try await database.write { [ring, random] db in
        guard
          let row = try db.row("UPDATE users SET email = email WHERE email = $1 RETURNING password", email),
          let old: [UInt8] = try row["password"],
          let new = try? ring.renewed(old, at: PasswordHasher.place(email), random: random), new != old
        else { return 0 }
        return try db.execute(
          "UPDATE users SET password = $2 WHERE email = $1 AND password = $3", email, new, old)
      }
    }
    return try await count + renewHookKeys()
  }

  private func renewHookKeys() async throws -> Int {
    var count = 0
    let hooks = try await database.read { db in
      try db.rows("SELECT hook_key, secret FROM hooks ORDER BY hook_key").map { (try $0["hook_key"], try $0["secret"]) }
        as [(String, [UInt8])]
    }
    for (key, sealed) in hooks where KeyRing.key(of: sealed) != ring.current {
      let new = try? ring.renewed(sealed, at: StoredHook.place(ofSecret: key), random: random)
      guard let new else { continue }
      count += try await database.write { db in
        try db.execute("UPDATE hooks SET secret = $2 WHERE hook_key = $1 AND secret = $3", key, new, sealed)
      }
    }
    return count
  }

  /// What still needs a key, in words; empty where nothing does.
  package func uses(ofKey key: UInt32) async throws -> [String] {
    let id = Int64(key), sealed = withUnsafeBytes(of: key.bigEndian, Array.init), now = clock.now()
    let counts = try await database.read { db in
      func count(_ sql: String, _ values: any Storable...) throws -> Int {
        try db.rows("SELECT COUNT(*) AS count FROM \(sql)", values: values.map(\.stored)).first?["count"] ?? 0
      }
      return [
        (
          try count("grants WHERE key_id = $1 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $2)", id, now),
          "living grants of the issuer"
        ),
        (try count("sessions WHERE key_id = $1 AND ends_at > $2", id, now), "people who are signed in at the issuer"),
        (
          try count("approvals WHERE SUBSTR(state, 1, 4) = $1 AND ends_at > $2", sealed, now),
          "consent pages of the issuer that are open"
        ),
        (try count("users WHERE SUBSTR(password, 1, 4) = $1", sealed), "passwords of the issuer that do not open"),
        (try count("hooks WHERE SUBSTR(secret, 1, 4) = $1", sealed), "secrets of the issuer's hooks that do not open"),
      ]
    }
    return counts.compactMap { count, what in count == 0 ? nil : "\(what): \(count)" }
  }
}
