import Store
import Wire

/// Calls are recorded one by one, counted by day soon after, and forgotten after a while (law P34).
extension Issuer {
  /// For how long calls are kept; so are the counts by day.
  package static let callsKept = Duration.days(90)
  /// How many are kept at most; where there are more, the oldest days go, but never today. About 560 MB.
  package static let mostCallsKept: Int64 = 10_000_000
  /// How many rows one transaction writes or deletes, so that no other waits long for it.
  private static let step = 500
  /// How many rows one transaction counts.
  private static let countedAtOnce: Int64 = 5000
  /// For how long a write's answer is waited for before the call counts without its status.
  private static let answerDelay = Duration.seconds(10)

  /// Notes how a call was answered; it is written down within a second.
  package func record(_ call: ServedCall, status: Int) {
    if let entry = call.answered(status) { calls.add(entry) }
  }

  /// Writes down the calls that were answered since the last time, and counts them.
  package func recordUsage() async throws {
    await calls.beginWriting()
    defer { calls.endWriting() }
    var isNew = false
    while true {
      let entries = calls.take(atMost: Self.step)
      if entries.isEmpty { break }
      isNew = true
      do {
        let written = try await database.write { [calls] db in
          var written: [CallLog.Written] = []
          for entry in entries {
            if let record = entry.record {
              try Self.tell(entry.status, ofRecord: record, db)
            } else {
              written.append(try calls.insert(entry, db))
            }
          }
          return written
        }
        written.forEach(calls.learn)
      } catch {
        calls.putBack(entries)
        throw error
      }
    }
    while isNew { isNew = try await countCalls() }
  }

  /// Adds to a write's record how it was answered. A call that was counted as done because its answer came late, and was none of
  /// success, is counted anew.
  private static func tell(_ status: Int?, ofRecord id: Int64, _ db: any Transaction) throws {
    try db.execute("UPDATE calls SET status = $2 WHERE id = $1", id, status)
    guard let status, status / 100 != 2 else { return }
    let counted = try db.execute(
      """
      UPDATE call_days SET calls = calls - 1
      WHERE status_class = 2 AND (grant_number, day, shape_id, address) = (
        SELECT grant_number, at / 86400000, shape_id, address FROM calls
        WHERE id = $1 AND id <= (SELECT counted FROM call_progress))
      """, id)
    guard counted > 0 else { return }
    try db.execute(
      """
      INSERT INTO call_days (grant_number, day, shape_id, address, status_class, calls)
      SELECT grant_number, at / 86400000, shape_id, address, $2, 1 FROM calls WHERE id = $1
      ON CONFLICT (grant_number, day, shape_id, address, status_class) DO UPDATE SET calls = call_days.calls + 1
      """, id, status / 100)
  }

  /// Adds the calls that are not counted yet to the counts of their days and grants, in the order in which they came.
  ///
  /// - Returns: whether there are more.
  private func countCalls() async throws -> Bool {
    let now = clock.now()
    return try await database.write { db in
      let first: Int64 = try db.row("SELECT counted FROM call_progress").orMissing("progress")["counted"]
      let row = try db.row(
        """
        SELECT COALESCE(
          (SELECT MIN(id) FROM calls WHERE id > $1 AND status IS NULL AND at > $2 AND at <= $3) - 1,
          (SELECT MAX(id) FROM calls), 0) AS last
        """, first, now - Self.answerDelay, now + Self.answerDelay)
      let end: Int64 = try row.orMissing("last call")["last"], last = min(end, first + Self.countedAtOnce)
      guard last > first else { return false }
      try db.execute(
        """
        INSERT INTO call_days (grant_number, day, shape_id, address, status_class, calls)
        SELECT grant_number + 0, at / 86400000, shape_id, address, COALESCE(status, 200) / 100, COUNT(*) FROM calls
        WHERE id > $1 AND id <= $2
        GROUP BY grant_number + 0, at / 86400000, shape_id, address, COALESCE(status, 200) / 100
        ON CONFLICT (grant_number, day, shape_id, address, status_class)
          DO UPDATE SET calls = call_days.calls + excluded.calls
        """, first, last)
      let uses = try db.rows(
        """
        SELECT grant_number + 0 AS grant_number, COUNT(*) AS calls, MAX(at) AS last FROM calls WHERE id > $1 AND id <= $2
        GROUP BY grant_number + 0
        """, first, last)
      for use in uses {
        try db.execute(
          """
          UPDATE grants SET calls = calls + $2,
            last_used_at = CASE WHEN last_used_at > $3 THEN last_used_at ELSE $3 END,
            latest_at = CASE WHEN latest_at > $3 THEN latest_at ELSE $3 END WHERE number = $1
          """, try use["grant_number"] as Int64, try use["calls"] as Int64, try use["last"] as Timestamp)
      }
      try db.execute("UPDATE call_progress SET counted = $1", last)
      return last < end
    }
  }

  /// The first day whose calls are kept. Nothing is told of those before, also while they are being deleted.
  static func oldestDay(at now: Timestamp, _ db: any Transaction) throws -> Int64 {
    max((now - callsKept).day, try db.row("SELECT oldest_day FROM call_progress").orMissing("progress")["oldest_day"])
  }

  /// Gives up the oldest days where more calls are kept than shall be.
  ///
  /// - Returns: the first day whose calls are kept.
  private func giveUpDays(keeping most: Int64) async throws -> Int64 {
    let now = clock.now()
    let (oldest, first) = try await database.read { db in
      (try Self.oldestDay(at: now, db), try CallCounts.firstDay(keeping: most, today: now.day, db))
    }
    guard first > oldest else { return oldest }
    try await database.write { db in
      try db.execute("UPDATE call_progress SET oldest_day = $1 WHERE oldest_day < $1", first)
    }
    return first
  }

  /// Deletes calls of days that are no longer kept, a few at a time.
  ///
  /// - Parameter most: how many calls are kept.
  /// - Returns: whether there are more.
  func sweepCalls(steps: Int = 20, keeping most: Int64 = Issuer.mostCallsKept) async throws -> Bool {
    let oldest = try await giveUpDays(keeping: most)
    for _ in 0..<steps {
      let isMore = try await database.write { db in
        let row = try db.row(
          "SELECT day, grant_number FROM call_days WHERE day < $1 ORDER BY day, grant_number LIMIT 1", oldest)
        guard let row else { return false }
        let grant: Int64 = try row["grant_number"], day: Int64 = try row["day"]
        let end = Timestamp(milliseconds: (day + 1) * Duration.days(1).milliseconds)
        let deleted = try db.execute(
          """
          DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE grant_number = $1 AND at < $2 ORDER BY at LIMIT $3)
          """, grant, end, Self.step)
        if deleted < Self.step {
          try db.execute(
            "DELETE FROM call_days WHERE id IN (SELECT id FROM call_days WHERE day = $1 AND grant_number = $2 LIMIT $3)",
            day, grant, Self.step)
        }
        // The engine may give the number of a deleted last row again.
        try db.execute(
          """
          UPDATE call_progress SET counted = (SELECT COALESCE(MAX(id), 0) FROM calls)
          WHERE counted > (SELECT COALESCE(MAX(id), 0) FROM calls)
          """)
        return true
      }
      if !isMore { return false }
    }
    return true
  }
}
