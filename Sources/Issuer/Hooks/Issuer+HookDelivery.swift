import Contacts
import OAuth
import Store
import Wire

/// A notice that this process alone may send until the claim ends.
struct ClaimedNotice: Sendable {
  var hook: StoredHook
  /// The number of its last change.
  var last: Int64
  var notice: HookNotice

  /// The same whenever it is sent, and no other notice's: a restored database gives the same numbers to other changes.
  var messageID: String {
    "\(hook.hook.key).\(last).\(notice.changes.last?.at ?? 0)"
  }
}

extension Issuer {
  /// Sends what hooks are owed, until cancelled. Each hook is sent one notice after another, and waits for nobody else's.
  package func runHooks(through sender: any HookSender) async {
    let underWay = CallsUnderWay(most: HookPolicy.mostAtOnce)
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do { try await clock.sleep(HookPolicy.interval) } catch { break }
        do {
          while let full = underWay.full, let claimed = try await claimNotice(without: full) {
            underWay.enter(claimed.hook.tenant)
            group.addTask { [self] in
              await send(claimed, through: sender)
              underWay.leave(claimed.hook.tenant)
            }
          }
        } catch {
          logger.error("hooks are not sent, and will be tried again", metadata: ["error.message": "\(error)"])
        }
      }
      group.cancelAll()
    }
  }

  /// Takes the notice that has waited the longest, for as long as sending it may take; whoever ends meanwhile leaves it to the
  /// next. A hook whose approval has ended is removed instead (law P30).
  ///
  /// - Parameter tenants: those that are passed over.
  /// - Returns: nil where nothing is due.
  func claimNotice(without tenants: [Int64]) async throws -> ClaimedNotice? {
    let now = clock.now()
    var bindings = Bindings()
    let (moment, status) = (bindings.bind(now), bindings.bind(HookStatus.verified.rawValue))
    var due = "pending > 0 AND status = \(status) AND \(Self.isDue(moment))"
    if !tenants.isEmpty { due += " AND tenant_id NOT IN (\(bindings.list(tenants)))" }
    let next = "SELECT hook_key FROM hooks WHERE \(due) ORDER BY due_at, hook_key LIMIT 1"
    let values = bindings.values
    while true {
      // Looking costs no commit.
      guard let row = try await database.read({ try $0.rows(next, values: values).first }) else { return nil }
      let key: String = try row["hook_key"]
      let taken = try await database.write { [self] db in try claim(key, at: now, db) }
      if let taken { return taken }
    }
  }

  /// The condition that a hook may be sent something at a moment. What lies further ahead than any pause was written by a clock
  /// that has been set right since.
  private static func isDue(_ moment: String) -> String {
    let (pause, lease) = (HookPolicy.longestPause.milliseconds, HookPolicy.lease.milliseconds)
    return """
      (due_at <= \(moment) OR due_at > \(moment) + \(pause))
        AND (claimed_until <= \(moment) OR claimed_until > \(moment) + \(lease))
      """
  }

  /// - Returns: nil where the hook has nothing to be sent now.
  private func claim(_ key: String, at now: Timestamp, _ db: any Transaction) throws -> ClaimedNotice? {
    let row = try db.row(
      """
      UPDATE hooks SET claimed_until = $2 WHERE hook_key = $1 AND pending > 0 AND status = $3 AND \(Self.isDue("$4"))
      RETURNING *
      """, key, now + HookPolicy.lease, HookStatus.verified.rawValue, now)
    guard let hook = try row.map(StoredHook.init) else { return nil }
    guard let standing = try Standing.of(hook.grant, db), standing.grant.revokedAt == nil else {
      try StoredHook.remove(key, db)
      return nil
    }
    guard !hasEnded(standing, at: max(now, standing.grant.latestAt)) else {
      try StoredHook.giveUp(key, because: .lapsed, at: now, db)
      return nil
    }
    guard standing.suspension == nil else {
      try db.execute("UPDATE hooks SET claimed_until = 0, due_at = $2 WHERE hook_key = $1", key, now + HookPolicy.rest)
      return nil
    }
    let rows = try db.rows(
      "SELECT number, object_id, at FROM hook_changes WHERE hook_key = $1 AND number <= $2 ORDER BY number LIMIT $3",
      key, hook.sendingTo ?? Int64.max, HookNotice.most)
    guard let last = rows.last else {
      try db.execute("UPDATE hooks SET claimed_until = 0, pending = 0, sending_to = NULL WHERE hook_key = $1", key)
      return nil
    }
    let number: Int64 = try last["number"]
    try db.execute("UPDATE hooks SET sending_to = $2 WHERE hook_key = $1", key, number)
    let changes = try rows.map { HookNotice.Change(id: try $0["object_id"], at: try $0["at"]) }
    return ClaimedNotice(
      hook: hook, last: number, notice: HookNotice(event: hook.hook.event, changes: changes))
  }

  /// Whether an approval lay unused for too long, or a person's own token is over.
  private func hasEnded(_ standing: Standing, at now: Timestamp) -> Bool {
    let grant = standing.grant
    guard grant.kind == .approval else { return grant.endsAt.map { $0 <= now } ?? true }
    return grant.hasLapsed(in: dialect(standing.dialect), after: settings.refreshWindow, now: now)
  }

  /// Sends a notice once, and writes down what came of it.
  func send(_ claimed: ClaimedNotice, through sender: any HookSender) async {
    do {
      let failure = await failure(of: claimed, through: sender)
      // A claim that is not given back ends by itself.
      if Task.isCancelled { return }
      try await database.write { [self] db in try land(claimed, failure, db) }
    } catch {
      logger.error("what came of a hook is not written down", metadata: ["error.message": "\(error)"])
    }
  }

  private enum HookFailure: Sendable {
    case failed
    /// The receiver wants to hear nothing more (410).
    case gone
  }

  /// Nil where the receiver took the notice: a redirect is no taking.
  private func failure(of claimed: ClaimedNotice, through sender: any HookSender) async -> HookFailure? {
    let key = claimed.hook.hook.key
    do {
      guard let url = OutboundURL(claimed.hook.hook.url) else { return .failed }
      let signingKey = try ring.open(claimed.hook.secret, at: StoredHook.place(ofSecret: key))
      let answer = try await sender.post(
        .notice(
          url, id: claimed.messageID, at: clock.now(),
          body: claimed.notice.json(issuer: settings.issuer).serialized(), key: signingKey), of: claimed.hook.tenant)
      switch answer.status {
      case 200..<300: return nil
      case 410: return .gone
      default: return .failed
      }
    } catch {
      logger.info("a hook was not taken", metadata: ["hook.key": "\(key)", "error.message": "\(error)"])
      return .failed
    }
  }

  private func land(_ claimed: ClaimedNotice, _ failure: HookFailure?, _ db: any Transaction) throws {
    let (key, now) = (claimed.hook.hook.key, clock.now())
    // Whoever changed the hook meanwhile, or claimed it after this claim had ended, knows better.
    let row = try db.row(
      "UPDATE hooks SET claimed_until = 0 WHERE hook_key = $1 AND claimed_until = $2 AND sending_to = $3 RETURNING *",
      key, claimed.hook.claimedUntil, claimed.last)
    guard let hook = try row.map(StoredHook.init) else { return }
    guard let failure else {
      let told = try db.execute(
        "DELETE FROM hook_changes WHERE hook_key = $1 AND number <= $2", key, claimed.last)
      try db.execute(
        """
        UPDATE hooks SET pending = pending - $2, sending_to = NULL, failures = 0, failing_since = NULL, due_at = $3
        WHERE hook_key = $1
        """, key, told, now)
      return
    }
    let since = hook.failingSince ?? now
    if failure == .gone {
      return try StoredHook.giveUp(key, because: .gone, at: now, db)
    }
    guard now - since < HookPolicy.patience || hook.failures + 1 < HookPolicy.leastFailures else {
      return try StoredHook.giveUp(key, because: .untaken, at: now, db)
    }
    try db.execute(
      "UPDATE hooks SET failures = failures + 1, failing_since = $2, due_at = $3 WHERE hook_key = $1", key, since,
      now + HookPolicy.pause(afterFailures: hook.failures + 1))
  }
}
