import Store
import Wire

/// How many answers are kept for requests that name themselves, or how much more has room. An answer that was promised stays for
/// its day, so whoever would have more kept is refused, and nothing is written (law P45).
struct KeptRoom: Equatable {
  var answers: Int
  var bytes: Int

  /// What one approval may have kept. The answer to one contact has some 700 bytes, that to a full batch some 50,000.
  static let ofGrant = KeptRoom(answers: 100_000, bytes: 64 << 20)
  /// What all approvals of a tenant may have kept.
  static let ofTenant = KeptRoom(answers: 400_000, bytes: 256 << 20)

  static let nothing = KeptRoom(answers: 0, bytes: 0)

  func holds(_ kept: KeptRoom) -> Bool { kept.answers <= answers && kept.bytes <= bytes }

  static func + (left: KeptRoom, right: KeptRoom) -> KeptRoom {
    KeptRoom(answers: left.answers + right.answers, bytes: left.bytes + right.bytes)
  }
}

extension KeptRoom {
  init(_ row: Row) throws { self.init(answers: try row["answers"], bytes: try row["bytes"]) }

  /// Counts what is kept for a grant more, or no longer.
  static func count(_ more: KeptRoom, of grant: GrantID, _ tenant: Int64, _ db: any Transaction) throws {
    try db.execute(
      """
      INSERT INTO kept_totals (grant_id, tenant_id, answers, bytes) VALUES ($1, $2, $3, $4)
      ON CONFLICT (grant_id) DO UPDATE SET answers = kept_totals.answers + $3, bytes = kept_totals.bytes + $4
      """, grant, tenant, more.answers, more.bytes)
  }

  /// Deletes the answers whose time has passed.
  static func sweep(at now: Timestamp, _ db: any Transaction) throws {
    while true {
      let rows = try db.rows(
        """
        DELETE FROM kept_answers WHERE (grant_id, request_key) IN (
          SELECT grant_id, request_key FROM kept_answers WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)
        RETURNING grant_id, LENGTH(body) AS bytes
        """, now, mostSwept)
      if rows.isEmpty { break }
      var freed: [GrantID: KeptRoom] = [:]
      for row in rows {
        let (grant, bytes): (GrantID, Int) = (try row["grant_id"], try row["bytes"])
        freed[grant] = (freed[grant] ?? .nothing) + KeptRoom(answers: 1, bytes: bytes)
      }
      for (grant, ended) in freed {
        try db.execute(
          "UPDATE kept_totals SET answers = answers - $2, bytes = bytes - $3 WHERE grant_id = $1", grant, ended.answers,
          ended.bytes)
      }
    }
    try db.execute("DELETE FROM kept_totals WHERE answers <= 0")
  }

  /// At once, as all of them are in memory then.
  private static let mostSwept = 10_000
}

extension TenantContacts {
  /// Sees that an answer has room beside those that are kept.
  ///
  /// - Parameter bytes: of the answer; none while it is not known yet.
  /// - Throws: ``ContactFault/tooMany(_:retryAfter:)``.
  func requireRoom(forAnswerOf bytes: Int = 0) throws {
    let more = KeptRoom(answers: 1, bytes: bytes)
    let (ofGrant, ofTenant) = (try kept(ofGrant: true), try kept(ofGrant: false))
    if KeptRoom.ofGrant.holds(ofGrant + more), KeptRoom.ofTenant.holds(ofTenant + more) { return }
    try KeptRoom.sweep(at: now, db)
    for (isGrant, whose, room) in [
      (true, "this approval", KeptRoom.ofGrant), (false, "this tenant", KeptRoom.ofTenant),
    ] {
      guard try !room.holds(kept(ofGrant: isGrant) + more) else { continue }
      let end = try firstEnd(ofGrant: isGrant) ?? now
      throw ContactFault.tooMany(
        "As many answers are kept for Idempotency-Key as \(whose) may have: \(room.answers), or \(room.bytes >> 20) MiB; "
          + "each is kept for a day. Send more contacts in one batch, or go on without a key",
        retryAfter: max(1, Int(((end - now).milliseconds + 999) / 1000)))
    }
  }

  private func kept(ofGrant: Bool) throws -> KeptRoom {
    let sums = "SELECT COALESCE(SUM(answers), 0) AS answers, COALESCE(SUM(bytes), 0) AS bytes FROM kept_totals"
    let row =
      try ofGrant
      ? db.row("\(sums) WHERE grant_id = $1", grant) : db.row("\(sums) WHERE tenant_id = $1", tenant)
    return try row.map { try KeptRoom($0) } ?? .nothing
  }

  /// When the first of the kept answers ends.
  private func firstEnd(ofGrant: Bool) throws -> Timestamp? {
    let row =
      try ofGrant
      ? db.row("SELECT MIN(ends_at) AS ends_at FROM kept_answers WHERE grant_id = $1", grant)
      : db.row(
        """
        SELECT MIN(e.ends_at) AS ends_at FROM (
          SELECT (SELECT MIN(k.ends_at) FROM kept_answers k WHERE k.grant_id = t.grant_id) AS ends_at
          FROM kept_totals t WHERE t.tenant_id = $1) e
        """, tenant)
    return try row.flatMap { try $0["ends_at"] as Timestamp? }
  }
}
