import OAuth
import Store

/// Who may use the console: whoever can run a command on the data gets a link that works once, and by it a session. Both are
/// stored hashed. There is no password to guess.
extension Keeper {
  private enum Pass: String { case link, session }

  package static let consoleLinkLifetime = Duration.minutes(10)
  package static let consoleSessionLifetime = Duration.hours(12)

  /// Makes a link's token, good once and for ten minutes.
  package func issueConsoleLink() async throws -> Secret {
    let now = clock.now()
    return try await store.database.write { [self] db in
      try db.execute("DELETE FROM console_passes WHERE ends_at <= $1", now)
      return try issue(.link, until: now + Self.consoleLinkLifetime, db)
    }
  }

  package func isConsoleLink(_ token: Secret) async throws -> Bool { try await counts(token, .link) }

  /// Uses a link up, and begins a session of twelve hours; nil where the link counts no more.
  package func enterConsole(_ link: Secret) async throws -> Secret? {
    let now = clock.now()
    return try await store.database.write { [self] db in
      guard
        try db.execute(
          "DELETE FROM console_passes WHERE hash = $1 AND kind = 'link' AND ends_at > $2", link.fingerprint, now) == 1
      else { return nil }
      return try issue(.session, until: now + Self.consoleSessionLifetime, db)
    }
  }

  package func isInConsole(_ session: Secret) async throws -> Bool { try await counts(session, .session) }

  package func leaveConsole(_ session: Secret) async throws {
    _ = try await store.database.write {
      try $0.execute("DELETE FROM console_passes WHERE hash = $1", session.fingerprint)
    }
  }

  private func issue(_ kind: Pass, until end: Timestamp, _ db: any Transaction) throws -> Secret {
    let token = Secret(Base64URL.encode(store.random.bytes(32)))
    try db.execute(
      "INSERT INTO console_passes (hash, kind, ends_at) VALUES ($1, $2, $3)", token.fingerprint, kind.rawValue, end)
    return token
  }

  private func counts(_ token: Secret, _ kind: Pass) async throws -> Bool {
    let now = clock.now()
    return try await store.database.read {
      try $0.row(
        "SELECT kind FROM console_passes WHERE hash = $1 AND kind = $2 AND ends_at > $3", token.fingerprint,
        kind.rawValue, now) != nil
    }
  }
}
