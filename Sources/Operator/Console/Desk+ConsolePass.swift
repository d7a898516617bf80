import Keeper
import OAuth
import Store
import Wire

/// Who may use the console: whoever can run a command on the data gets a link that works once, and by it a session. Both are
/// stored hashed. There is no password to guess.
extension Desk {
  package static let consoleLinkLifetime = Duration.minutes(10)
  package static let consoleSessionLifetime = Duration.hours(12)

  /// Makes a link's token, good once and for ten minutes.
  package func issueConsoleLink() async throws -> Secret {
    let now = clock.now()
    return try await store.issueConsolePass(.link, at: now, until: now + Self.consoleLinkLifetime)
  }

  package func isConsoleLink(_ token: Secret) async throws -> Bool {
    try await store.hasConsolePass(token, .link, at: clock.now())
  }

  /// Uses a link up, and begins a session of twelve hours; nil where the link counts no more.
  package func enterConsole(_ link: Secret) async throws -> Secret? {
    let now = clock.now()
    return try await store.useConsoleLink(link, at: now, until: now + Self.consoleSessionLifetime)
  }

  package func isInConsole(_ session: Secret) async throws -> Bool {
    try await store.hasConsolePass(session, .session, at: clock.now())
  }

  package func leaveConsole(_ session: Secret) async throws { try await store.dropConsolePass(session) }
}

private enum ConsolePass: String { case link, session }

/// The storage acts of the console's passes.
extension GrantStore {
  fileprivate func issueConsolePass(_ kind: ConsolePass, at now: Timestamp, until end: Timestamp) async throws -> Secret
  {
    try await database.write { db in
      try db.execute("DELETE FROM console_passes WHERE ends_at <= $1", now)
      return try issueConsolePass(kind, until: end, db)
    }
  }

  /// Uses a link up and issues a session for it; nil where the link counts no more.
  fileprivate func useConsoleLink(_ link: Secret, at now: Timestamp, until end: Timestamp) async throws -> Secret? {
    try await database.write { db in
      guard
        try db.execute(
          "DELETE FROM console_passes WHERE hash = $1 AND kind = $2 AND ends_at > $3", link.fingerprint,
          ConsolePass.link.rawValue, now) == 1
      else { return nil }
      return try issueConsolePass(.session, until: end, db)
    }
  }

  fileprivate func hasConsolePass(_ token: Secret, _ kind: ConsolePass, at now: Timestamp) async throws -> Bool {
    try await database.read {
      try $0.row(
        "SELECT kind FROM console_passes WHERE hash = $1 AND kind = $2 AND ends_at > $3", token.fingerprint,
        kind.rawValue, now) != nil
    }
  }

  fileprivate func dropConsolePass(_ token: Secret) async throws {
    _ = try await database.write {
      try $0.execute("DELETE FROM console_passes WHERE hash = $1", token.fingerprint)
    }
  }

  private func issueConsolePass(_ kind: ConsolePass, until end: Timestamp, _ db: any Transaction) throws -> Secret {
    let token = Secret(random)
    try db.execute(
      "INSERT INTO console_passes (hash, kind, ends_at) VALUES ($1, $2, $3)", token.fingerprint, kind.rawValue, end)
    return token
  }
}
