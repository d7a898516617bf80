import Contacts
import Foundation
import OAuth
import Store
import Wire

/// A hook that waits for its receiver to confirm it, and what the receiver has to give back.
package struct UnconfirmedHook: Sendable {
  package var hook: Hook
  package var secret: Secret
  /// Held until the receiver has been asked.
  let place: QuestionPlace
}

/// The hooks of an approval: each is its own, and ends with it.
extension Issuer {
  package func hooks(by caller: Caller) async throws(ContactFault) -> [Hook] {
    try await reading(caller) { shelf in
      try shelf.db.rows(
        "SELECT * FROM hooks WHERE tenant_id = $1 AND grant_id = $2 ORDER BY created_at, hook_key", shelf.tenant,
        shelf.grant
      ).map { try StoredHook($0).hook }
    }
  }

  package func hook(_ key: String, by caller: Caller) async throws(ContactFault) -> Hook {
    try await reading(caller) { shelf in try shelf.requiredHook(key) }
  }

  /// - Returns: the hook, and the key that signs what it is sent, which is told this once.
  package func addHook(
    _ request: HookRequest, by caller: Caller
  ) async throws(ContactFault) -> (unconfirmed: UnconfirmedHook, signingKey: Secret) {
    guard let event = request.event else { throw .invalid("eventKey is required") }
    guard let url = request.url else { throw .invalid("hookUrl is required") }
    try check(url)
    let place = try questions.enter(caller, at: clock.now())
    let hook = Hook(key: random.bytes(16).hex, event: event, url: url.text, status: .unverified)
    let signingKey = Secret("whsec_" + Data(random.bytes(Secret.randomByteCount)).base64EncodedString())
    let unconfirmed = try await writing(caller) { [ring, random] shelf in
      let counts = try shelf.db.row(
        """
        SELECT COUNT(*) AS all_hooks, COALESCE(SUM(CASE WHEN grant_id = $2 THEN 1 ELSE 0 END), 0) AS own
        FROM hooks WHERE tenant_id = $1
        """,
        shelf.tenant, shelf.grant
      ).orMissing("count of hooks")
      guard try (counts["own"] as Int64) < HookPolicy.mostOfGrant else {
        throw ContactFault.conflict("There are \(HookPolicy.mostOfGrant) hooks already; delete one first")
      }
      guard try (counts["all_hooks"] as Int64) < HookPolicy.mostHooksOfTenant else {
        throw ContactFault.conflict(
          "This tenant has \(HookPolicy.mostHooksOfTenant) hooks already, of all its apps; one of them must go first")
      }
      let sealed = try ring.seal(signingKey, at: StoredHook.place(ofSecret: hook.key), random: random)
      try shelf.db.execute(
        """
        INSERT INTO hooks (hook_key, tenant_id, grant_id, event_key, url, status, secret, created_at, number, pending,
          due_at, claimed_until, failures) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $8, 0, 0)
        """, hook.key, shelf.tenant, shelf.grant, event.rawValue, hook.url, hook.status.rawValue, sealed, shelf.now)
      return try shelf.asking(hook, random, place)
    }
    return (unconfirmed, signingKey)
  }

  /// Another event or address: what was owed is owed no more, and the receiver has to confirm anew. Where neither is another,
  /// the receiver is asked once more, and what is owed stays owed.
  package func changeHook(
    _ key: String, _ request: HookRequest, by caller: Caller
  ) async throws(ContactFault) -> UnconfirmedHook {
    if let url = request.url { try check(url) }
    let place = try questions.enter(caller, at: clock.now())
    let (unconfirmed, revision) = try await writing(caller) { [random] shelf in
      let stored = try shelf.required(key)
      let (event, url) = (request.event ?? stored.hook.event, request.url?.text ?? stored.hook.url)
      guard event != stored.hook.event || url != stored.hook.url else {
        return (try shelf.asking(stored.hook, random, place), stored.revision)
      }
      try shelf.db.execute(
        "UPDATE hooks SET event_key = $2, url = $3 WHERE hook_key = $1", key, event.rawValue, url)
      try StoredHook.silence(key, as: stored.revision + 1, shelf.db)
      return (try shelf.asking(try shelf.requiredHook(key), random, place), stored.revision + 1)
    }
    // Also where nothing changed: the request may be one again whose change came no further than the database.
    try await answeringFaults { try await revocationLog.append(hook: key, before: revision) }
    return unconfirmed
  }

  /// Makes ready to ask the receiver once more.
  package func reopenHook(_ key: String, by caller: Caller) async throws(ContactFault) -> UnconfirmedHook {
    let place = try questions.enter(caller, at: clock.now())
    return try await writing(caller) { [random] shelf in
      try shelf.asking(try shelf.requiredHook(key), random, place)
    }
  }

  /// Takes back what the receiver was given: from now on it is told of changes.
  ///
  /// - Throws: ``ContactFault/invalid(_:)`` for another secret, an older one, or one that was given a day ago.
  package func confirmHook(_ key: String, with secret: Secret, by caller: Caller) async throws(ContactFault) -> Hook {
    let (hook, isConfirmed) = try await confirm(key, with: secret, by: caller)
    guard isConfirmed else { throw .invalid("X-Hook-Secret is not the last one that the hook was sent") }
    return hook
  }

  /// - Returns: the hook as it is now, and whether it is this secret that has confirmed it.
  private func confirm(
    _ key: String, with secret: Secret, by caller: Caller
  ) async throws(ContactFault) -> (hook: Hook, isConfirmed: Bool) {
    try await writing(caller) { shelf in
      _ = try shelf.requiredHook(key)
      let confirmed = try shelf.db.execute(
        """
        UPDATE hooks SET status = $2, trouble = NULL, confirmation = NULL, confirm_until = NULL, due_at = $3,
          failures = 0, failing_since = NULL WHERE hook_key = $1 AND confirmation = $4 AND confirm_until > $3
        """, key, HookStatus.verified.rawValue, shelf.now, secret.fingerprint)
      return (try shelf.requiredHook(key), confirmed == 1)
    }
  }

  package func deleteHook(_ key: String, by caller: Caller) async throws(ContactFault) {
    _ = try await hook(key, by: caller)
    // The log first: whoever is told of a failure can delete again.
    try await answeringFaults { try await revocationLog.append(hook: key, before: RevocationLog.forGood) }
    try await writing(caller) { shelf in
      _ = try shelf.requiredHook(key)
      try StoredHook.remove(key, shelf.db)
    }
  }

  /// Asks the receiver whether it wants to be called. One that does not answer, or says something else, leaves the hook as it
  /// is, with what happened: that is no failure of the request.
  package func ask(
    _ unconfirmed: UnconfirmedHook, through sender: any HookSender, by caller: Caller
  ) async throws(ContactFault) -> Hook {
    guard let trouble = await trouble(of: unconfirmed, through: sender, caller.tenantID) else {
      // Where another call confirmed it meanwhile, or asked it anew, that call knows better.
      return try await confirm(unconfirmed.hook.key, with: unconfirmed.secret, by: caller).hook
    }
    return try await writing(caller) { shelf in
      let key = unconfirmed.hook.key
      // Whoever asked it anew meanwhile knows better.
      try shelf.db.execute(
        "UPDATE hooks SET trouble = $2 WHERE hook_key = $1 AND confirmation = $3 AND status <> $4", key,
        trouble.rawValue, unconfirmed.secret.fingerprint, HookStatus.verified.rawValue)
      return try shelf.requiredHook(key)
    }
  }

  /// Nil where the receiver has given the secret back.
  private func trouble(
    of unconfirmed: UnconfirmedHook, through sender: any HookSender, _ tenant: Int64
  ) async -> HookTrouble? {
    guard let url = OutboundURL(unconfirmed.hook.url) else { return .unreachable }
    do {
      let answer = try await sender.post(.question(url, secret: unconfirmed.secret), of: tenant)
      guard answer.status == 200 else { return .status(answer.status) }
      return answer.secret == unconfirmed.secret ? nil : .noSecret
    } catch {
      return (error as? UnansweredHook)?.trouble ?? .unreachable
    }
  }

  /// What the connection itself cannot be refused for, since its name may change its address; that is seen when it is opened.
  private func check(_ url: OutboundURL) throws(ContactFault) {
    if settings.hooksReachPrivate { return }
    let isPrivate = IPAddress(url.origin.host).map { !$0.isPublic } ?? url.origin.isLoopback
    if isPrivate { throw .invalid("hookUrl must be an address that everybody can reach") }
  }
}

extension TenantContacts {
  /// - Throws: ``ContactFault/missing(_:)``, also for a hook of another approval.
  fileprivate func requiredHook(_ key: String) throws -> Hook { try required(key).hook }

  fileprivate func required(_ key: String) throws -> StoredHook {
    let row = try db.row(
      "SELECT * FROM hooks WHERE tenant_id = $1 AND grant_id = $2 AND hook_key = $3", tenant, grant, key)
    guard let row else { throw ContactFault.missing(.hook) }
    return try StoredHook(row)
  }

  /// Remembers what the receiver has to give back; what it was given before counts no more.
  fileprivate func asking(_ hook: Hook, _ random: Randomness, _ place: QuestionPlace) throws -> UnconfirmedHook {
    let secret = Secret(random)
    try db.execute(
      "UPDATE hooks SET confirmation = $2, confirm_until = $3, trouble = NULL WHERE hook_key = $1", hook.key,
      secret.fingerprint, now + HookPolicy.confirmation)
    return UnconfirmedHook(hook: hook, secret: secret, place: place)
  }
}

extension OutboundURL {
  fileprivate var text: String { "\(origin)\(target)" }
}
