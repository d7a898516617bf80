import Keeper
import Store
import Wire

/// All that the console shows, at one moment.
package struct ConsoleView: Sendable {
  /// A trouble that operators were told of, or would be if a channel were there.
  package struct Alert: Sendable, Equatable {
    package var title: String
    package var what: String
    /// Nil where it is over.
    package var nextStep: String?
    package var since: Timestamp
    package var endedAt: Timestamp?
  }

  package var now: Timestamp
  package var connections: [ConnectionStatus]
  /// For each connection its calls of the last ``days``, the latest last.
  package var calls: [String: [CallDay]]
  /// At most twenty: what is going on, and below it what is over, the newest first.
  package var alerts: [Alert]

  /// How many days are shown.
  package static let days = 30

  package init(now: Timestamp, connections: [ConnectionStatus], calls: [String: [CallDay]], alerts: [Alert]) {
    self.now = now
    self.connections = connections
    self.calls = calls
    self.alerts = alerts
  }
}

/// The calls of one day, UTC.
package struct CallDay: Sendable, Equatable {
  package var calls: Int64 = 0
  /// Those of them that were not answered with success.
  package var failures: Int64 = 0

  package init(calls: Int64 = 0, failures: Int64 = 0) {
    self.calls = calls
    self.failures = failures
  }
}

extension Desk {
  package func consoleView() async throws -> ConsoleView {
    let now = clock.now()
    let connections = try await status()
    let (calls, alerts) = try await store.consoleRecords(at: now)
    return ConsoleView(now: now, connections: connections, calls: calls, alerts: alerts.map(ConsoleView.Alert.init))
  }
}

extension GrantStore {
  /// The calls of the days that are shown, by connection, and the newest alerts, read at one moment.
  fileprivate func consoleRecords(
    at now: Timestamp
  ) async throws -> (calls: [String: [CallDay]], alerts: [AlertBook.Entry]) {
    try await database.read { db in
      let entries = try db.rows(
        """
        SELECT * FROM alerts WHERE topic <> $1 ORDER BY ended_at IS NOT NULL, COALESCE(ended_at, since) DESC LIMIT 20
        """, AlertBook.test
      ).map(AlertBook.Entry.init)
      return (try callDays(upTo: now.day, db), entries)
    }
  }

  private func callDays(upTo today: Int64, _ db: any Transaction) throws -> [String: [CallDay]] {
    var calls: [String: [CallDay]] = [:]
    for row in try db.rows(
      """
      SELECT connection, day, SUM(calls) AS calls, SUM(failures) AS failures
      FROM key_days JOIN api_keys ON api_keys.name = key_days.key WHERE day > $1 GROUP BY connection, day
      """, today - Int64(ConsoleView.days))
    {
      let day: Int64 = try row["day"]
      guard day <= today else { continue }
      let none = Array(repeating: CallDay(), count: ConsoleView.days)
      calls[try row["connection"], default: none][ConsoleView.days - 1 - Int(today - day)] = CallDay(
        calls: try row["calls"], failures: try row["failures"])
    }
    return calls
  }
}

extension ConsoleView.Alert {
  fileprivate init(_ entry: AlertBook.Entry) {
    title = entry.kind.title(entry.subject)
    let isOver = entry.endedAt != nil
    what = isOver ? entry.ending ?? "Another trouble has taken its place." : entry.what
    nextStep = isOver ? nil : entry.nextStep
    since = entry.beganAt
    endedAt = entry.endedAt
  }
}
