import Store
import Wire

/// A notice that this process may now send through one channel.
package struct ClaimedNotice: Sendable {
  package var notice: AlertNotice
  package var channel: String
  /// How often it has been tried, this time included.
  package var attempt: Int64
  var alert: String
  var step: String
}

/// Who is told what: each notice at least once through each channel, and never again once its arrival was recorded.
extension AlertBook {
  /// Deliveries that somebody may claim: a beginning as long as it still holds; an end as long as it is news, and while no
  /// earlier notice of the same alert is being sent through that channel. `$1` is now; `$2` and `$3` are how far a lease and a
  /// pause can reach ahead, so that a wall clock that was set back makes nobody wait; `$4` is from when on an end is news.
  private static let due = """
    alert_deliveries AS d JOIN alerts AS a ON a.id = d.alert
    WHERE d.delivered_at IS NULL AND d.retry_at NOT BETWEEN $1 + 1 AND $3
      AND COALESCE(d.claimed_until, 0) NOT BETWEEN $1 + 1 AND $2
      AND ((d.step IN (a.kind, 'link') AND a.ended_at IS NULL)
        OR (d.step = 'over' AND a.ended_at > $4 AND NOT EXISTS (
          SELECT 1 FROM alert_deliveries AS other WHERE other.alert = d.alert AND other.channel = d.channel
            AND other.step <> 'over' AND other.delivered_at IS NULL
            AND COALESCE(other.claimed_until, 0) BETWEEN $1 + 1 AND $2)))
    """

  private func moments(_ now: Timestamp) -> [any Storable] {
    [now, now + AlertPolicy.lease, now + .hours(5), now - AlertPolicy.lateness]
  }

  /// The channels through which something is to be sent now.
  package func dueChannels() async throws -> [String] {
    let values = moments(store.clock.now()).map(\.stored)
    return try await database.read { db in
      try db.rows("SELECT DISTINCT d.channel FROM \(Self.due) ORDER BY d.channel", values: values).map {
        try $0["channel"]
      }
    }
  }

  /// Takes the next notice of a channel for the time of ``AlertPolicy/lease``; nobody else sends it meanwhile.
  package func claim(_ channel: String) async throws -> ClaimedNotice? {
    let now = store.clock.now()
    let values = moments(now).map(\.stored) + [channel.stored]
    return try await database.write { db in
      guard
        let row = try db.rows(
          """
          UPDATE alert_deliveries SET attempts = attempts + 1, claimed_until = $2
          WHERE channel = $5 AND delivered_at IS NULL AND COALESCE(claimed_until, 0) NOT BETWEEN $1 + 1 AND $2
            AND (alert, step) = (
              SELECT d.alert, d.step FROM \(Self.due) AND d.channel = $5 ORDER BY d.queued_at, d.alert, d.step LIMIT 1)
          RETURNING *
          """, values: values
        ).first,
        let entry = try db.row("SELECT * FROM alerts WHERE id = $1", try row["alert"] as String).map(Entry.init)
      else { return nil }
      let step: String = try row["step"]
      return ClaimedNotice(
        notice: try notice(entry, step: step, db), channel: channel, attempt: try row["attempts"], alert: entry.id,
        step: step)
    }
  }

  /// Records that the notice has arrived: it is never sent again.
  package func delivered(_ claimed: ClaimedNotice) async throws {
    let now = store.clock.now()
    try await database.write { db in
      try db.execute(
        """
        UPDATE alert_deliveries SET delivered_at = $4, claimed_until = NULL, trouble = NULL, has_link = $5
        WHERE alert = $1 AND channel = $2 AND step = $3 AND delivered_at IS NULL
        """, claimed.alert, claimed.channel, claimed.step, now, claimed.notice.link == nil ? 0 : 1)
    }
  }

  /// Puts off a notice that may not have arrived, unless another process has claimed it since.
  package func failed(_ claimed: ClaimedNotice, _ trouble: String) async throws {
    let pause = AlertPolicy.pause(afterAttempts: claimed.attempt, fraction: store.random.fraction())
    let now = store.clock.now()
    try await database.write { db in
      try db.execute(
        """
        UPDATE alert_deliveries SET claimed_until = NULL, retry_at = $5, trouble = $6
        WHERE alert = $1 AND channel = $2 AND step = $3 AND attempts = $4 AND delivered_at IS NULL
        """, claimed.alert, claimed.channel, claimed.step, claimed.attempt, now + pause, trouble)
    }
  }

  private func notice(_ entry: Entry, step: String, _ db: any Transaction) throws -> AlertNotice {
    let isOver = step == Self.over
    let title = entry.kind.title(entry.subject)
    var notice = AlertNotice(
      id: "\(entry.id)_\(step)", alert: entry.id, phase: isOver ? .over : .began, kind: entry.kind.rawValue,
      subject: entry.subject, title: isOver ? "Over: \(title)" : title,
      what: isOver ? entry.ending ?? "" : entry.what, nextStep: isOver ? nil : entry.nextStep, link: nil,
      at: isOver ? entry.endedAt ?? entry.beganAt : entry.since)
    guard !isOver, entry.kind.needsPerson else { return notice }
    if case .impossible(let reason) = try linkProspect(for: entry.subject, db) {
      notice.nextStep = "\(entry.nextStep). \(reason)"
    }
    guard let link = try issueLink(for: entry.subject, db) else { return notice }
    notice.link = link.address
    notice.nextStep = "\(link.instruction) Or, on this machine: \(entry.nextStep)"
    return notice
  }
}
