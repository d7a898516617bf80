import Contacts
import OAuth
import Store
import Wire

/// A hook with what the store knows around it.
struct StoredHook: Sendable {
  var hook: Hook
  var tenant: Int64
  var grant: GrantID
  /// Sealed.
  var secret: [UInt8]
  var sendingTo: Int64?
  var claimedUntil: Timestamp
  var failures: Int64
  var failingSince: Timestamp?
  var revision: Int64

  init(_ row: Row) throws {
    guard let event = HookEvent(rawValue: try row["event_key"]), let status = HookStatus(rawValue: try row["status"])
    else { throw StoreError.unreadable("hook") }
    hook = Hook(
      key: try row["hook_key"], event: event, url: try row["url"], status: status,
      trouble: (try row["trouble"] as String?).flatMap { HookTrouble(rawValue: $0) })
    tenant = try row["tenant_id"]
    grant = try row["grant_id"]
    secret = try row["secret"]
    sendingTo = try row["sending_to"]
    claimedUntil = try row["claimed_until"]
    failures = try row["failures"]
    failingSince = try row["failing_since"]
    revision = try row["revision"]
  }

  static func place(ofSecret key: String) -> KeyRing.Place { .init(table: "hooks", row: key, column: "secret") }

  /// Ends a hook for good, with all that it is owed.
  static func remove(_ key: String, _ db: any Transaction) throws {
    try db.execute("DELETE FROM hook_changes WHERE hook_key = $1", key)
    try db.execute("DELETE FROM hooks WHERE hook_key = $1", key)
  }

  /// Owes a hook nothing, and tells it nothing until it is confirmed as it is from now on.
  ///
  /// - Parameter revision: the number that it has from now on.
  static func silence(
    _ key: String, as revision: Int64, because trouble: HookTrouble? = nil, _ db: any Transaction
  ) throws {
    try db.execute("DELETE FROM hook_changes WHERE hook_key = $1", key)
    try db.execute(
      """
      UPDATE hooks SET status = $2, revision = $3, trouble = $4, confirmation = NULL, confirm_until = NULL, pending = 0,
        sending_to = NULL, claimed_until = 0, failures = 0, failing_since = NULL WHERE hook_key = $1
      """, key, HookStatus.unverified.rawValue, revision, trouble?.rawValue)
  }

  /// Ends what a restored database has brought back (law P29).
  ///
  /// - Parameter ends: of each hook the revision before which all has ended.
  /// - Returns: how many hooks it had brought back.
  static func end(_ ends: [String: Int64], _ db: any Transaction) throws -> Int {
    let back = try db.rows("SELECT * FROM hooks").map(StoredHook.init).filter { $0.revision < ends[$0.hook.key] ?? 0 }
    for hook in back {
      let (key, revision) = (hook.hook.key, ends[hook.hook.key] ?? 0)
      if revision == RevocationLog.forGood {
        try remove(key, db)
      } else {
        try silence(key, as: revision, because: .restored, db)
      }
    }
    return back.count
  }

  /// Ends the hooks of approvals that have ended.
  static func sweep(_ db: any Transaction) throws {
    let rows = try db.rows(
      """
      SELECT h.hook_key FROM hooks h LEFT JOIN grants g ON g.id = h.grant_id
      WHERE g.id IS NULL OR g.revoked_at IS NOT NULL
      """)
    for row in rows { try remove(row["hook_key"], db) }
  }

  /// Tells a hook nothing more, until it is verified again, and tells its user so.
  static func giveUp(_ key: String, because trouble: HookTrouble, at now: Timestamp, _ db: any Transaction) throws {
    let row = try db.row(
      """
      UPDATE hooks SET status = $2, trouble = $4, pending = 0, sending_to = NULL, claimed_until = 0, failures = 0,
        failing_since = NULL WHERE hook_key = $1 AND status = $3 RETURNING *
      """, key, HookStatus.inactive.rawValue, HookStatus.verified.rawValue, trouble.rawValue)
    guard let hook = try row.map(StoredHook.init) else { return }
    try db.execute("DELETE FROM hook_changes WHERE hook_key = $1", key)
    guard let standing = try Standing.of(hook.grant, db) else { return }
    let told: Int64 =
      try db.row(
        "SELECT COUNT(*) AS told FROM events WHERE user_id = $1 AND grant_id = $2 AND kind = $3 AND at > $4",
        standing.grant.userID, hook.grant, AccountEvent.Kind.hookEnded.rawValue, now - .days(1)
      )?["told"] ?? 0
    guard told < HookPolicy.mostEvents else { return }
    let host = OutboundURL(hook.hook.url).map { "\($0.origin)" } ?? "its address"
    try AccountEvent(
      .hookEnded, at: now, grant: hook.grant, user: standing.grant.userID, client: standing.grant.clientID,
      detail:
        "\(standing.clientName) is told nothing more of \(hook.hook.event.rawValue) at \(host). \(trouble.sentence)"
    ).append(db)
  }
}
