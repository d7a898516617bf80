import Logging
import OAuth
import Store
import Wire

/// The authorization server and the keeper of its tenants' contacts.
///
/// Nothing is kept in memory that another process would need: every act is one transaction on the database.
package final class Issuer: Sendable {
  package let settings: IssuerSettings
  let database: any Database
  let ring: KeyRing
  let clock: WallClock
  let random: Randomness
  let revocationLog: RevocationLog
  let logger: Logger
  let passwords: PasswordHasher
  let calls = CallLog()
  let meters = CallMeter()
  let underWay = RequestsUnderWay()
  let batches = BatchLine()
  let questions = HookQuestions()

  package init(
    database: any Database, ring: KeyRing, clock: WallClock, random: Randomness, settings: IssuerSettings,
    revocationLog: RevocationLog, logger: Logger
  ) {
    self.database = database
    self.ring = ring
    self.clock = clock
    self.random = random
    self.settings = settings
    self.revocationLog = revocationLog
    self.logger = logger
    passwords = PasswordHasher(ring: ring, random: random, cost: settings.passwordCost)
  }

  /// Applies the revocations that the log knows and the database may not, as after a restored backup (law P29).
  /// To be called before anything is served.
  package func start() async throws {
    let (revoked, hookEnds) = (try revocationLog.entries(), try revocationLog.hookEnds())
    let (applied, hooks) = try await database.write { db in
      var applied: [GrantID] = []
      for (id, at) in revoked where try Grant.end(id, by: .log, at: at, db) { applied.append(id) }
      return (applied, try StoredHook.end(hookEnds, db))
    }
    if !applied.isEmpty || hooks > 0 {
      logger.warning(
        "revocations were applied that the database did not have",
        metadata: ["issuer.grants": "\(applied.count)", "issuer.hooks": "\(hooks)"])
    }
  }

  /// Writes down twice a second which calls were answered (law P34) and sweeps out what is over every minute, until cancelled.
  package func runMaintenance() async {
    var (turn, hasOldCalls) = (0, false)
    while !Task.isCancelled {
      do { try await clock.sleep(.milliseconds(500)) } catch { break }
      turn += 1
      do {
        try await recordUsage()
        if turn.isMultiple(of: 120) { try await sweep() }
        if hasOldCalls || turn.isMultiple(of: 120) { hasOldCalls = try await sweepCalls() }
      } catch {
        logger.error("maintenance failed and will be tried again", metadata: ["error.message": "\(error)"])
      }
    }
    // A last attempt; where it fails, the log says so.
    do { try await recordUsage() } catch {
      logger.error("the last calls were not written down", metadata: ["error.message": "\(error)"])
    }
  }

  /// Deletes what has ended: consent pages, sessions, links to set a password, counted attempts, kept answers, and grants
  /// whose code nobody redeemed.
  func sweep() async throws {
    let now = clock.now()
    try await database.write { db in
      try db.execute("DELETE FROM approvals WHERE ends_at <= $1", now)
      try db.execute("DELETE FROM sessions WHERE ends_at <= $1", now)
      try db.execute("DELETE FROM password_resets WHERE ends_at <= $1", now)
      try SignInAttempt.sweep(at: now, db)
      try KeptRoom.sweep(at: now, db)
      try StoredHook.sweep(db)
      try db.execute("DELETE FROM grants WHERE generation = 0 AND code_until <= $1", now - .minutes(10))
    }
  }

  /// What this server says of itself (RFC 8414), made from what runs.
  package var metadata: ServerMetadata {
    ServerMetadata(
      issuer: settings.issuer, authorizationEndpoint: settings.issuer + "/oauth/authorize",
      tokenEndpoint: settings.issuer + "/oauth/token",
      revocationEndpoint: settings.dialect == .keap ? nil : settings.issuer + "/oauth/revoke",
      scopesSupported: OfferedScope.allCases.map(\.rawValue))
  }
}
