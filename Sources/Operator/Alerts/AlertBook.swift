import Keeper
import Store
import Wire

/// The storage acts of alerts. What is alerted follows from the rows and from what was told before, so no crash loses one.
package struct AlertBook: Sendable {
  let store: GrantStore
  /// The store's own: a trouble is written down in the transaction that has read the rows which show it.
  let database: any Database
  let journals: any Journals
  /// Where people reach this keeper from outside, if they do.
  let address: PublicAddress?

  fileprivate init(store: GrantStore, database: any Database, journals: any Journals, address: PublicAddress?) {
    self.store = store
    self.database = database
    self.journals = journals
    self.address = address
  }

  /// One trouble with one subject.
  struct Entry: Sendable {
    var id: String
    var topic: AlertKind.Topic
    var subject: String
    var occurrence: Int64
    var kind: AlertKind
    /// Since when it has been of this kind.
    var since: Timestamp
    var what: String
    var nextStep: String
    var beganAt: Timestamp
    var endedAt: Timestamp?
    /// How it came to its end; nil where another trouble has taken its place.
    var ending: String?
  }

  /// What the rows show and the book does not say yet.
  private struct News {
    var ended: [(Entry, ending: String?)] = []
    var changed: [(Entry, Alerted)] = []
    var begun: [Alerted] = []
    var isEmpty: Bool { ended.isEmpty && changed.isEmpty && begun.isEmpty }
  }

  private struct Key: Hashable {
    var topic: AlertKind.Topic
    var subject: String
  }

  /// Writes down what has begun, become worse or ended since the last look of any process, and whom to tell.
  package func look() async throws {
    let hasNews = try await database.read { db in
      try !news(db).isEmpty || !untold(db).isEmpty || !unlinked(db).isEmpty
    }
    if hasNews { try await database.write { db in try write(try news(db), db) } }
  }

  private func news(_ db: any Transaction) throws -> News {
    var current: [Key: Alerted] = [:]
    for trouble in try troubles(db) {
      let key = Key(topic: trouble.kind.topic, subject: trouble.subject)
      if current[key] == nil { current[key] = trouble }
    }
    var news = News()
    for entry in try db.rows("SELECT * FROM alerts WHERE ended_at IS NULL ORDER BY id").map(Entry.init) {
      let key = Key(topic: entry.topic, subject: entry.subject)
      if let trouble = current[key], trouble.occurrence == entry.occurrence {
        current[key] = nil
        if trouble.kind != entry.kind { news.changed.append((entry, trouble)) }
      } else {
        news.ended.append((entry, try ending(of: entry, hasBegunAgain: current[key] != nil, db)))
      }
    }
    news.begun = current.values.sorted { ($0.subject, $0.kind.rawValue) < ($1.subject, $1.kind.rawValue) }
    return news
  }

  private func write(_ news: News, _ db: any Transaction) throws {
    let now = store.clock.now()
    for (entry, ending) in news.ended { try end(entry, ending, now, db) }
    for (entry, trouble) in news.changed {
      try db.execute(
        "UPDATE alerts SET kind = $2, since = $3, what = $4, next_step = $5 WHERE id = $1", entry.id,
        trouble.kind.rawValue, now, trouble.what, trouble.nextStep)
    }
    for trouble in news.begun {
      try db.execute(
        """
        INSERT INTO alerts (id, topic, subject, occurrence, kind, since, what, next_step, began_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $6)
        ON CONFLICT (topic, subject) WHERE ended_at IS NULL DO NOTHING
        """,
        "alert_" + Base64URL.encode(store.random.bytes(16)), trouble.kind.topic.rawValue, trouble.subject,
        trouble.occurrence, trouble.kind.rawValue, now, trouble.what, trouble.nextStep)
    }
    for (alert, channel, step) in try untold(db) + unlinked(db) { try queue(alert, channel, step, now, db) }
    for statement in [
      "DELETE FROM alert_deliveries WHERE alert IN (SELECT id FROM alerts WHERE ended_at < $1)",
      "DELETE FROM alerts WHERE ended_at < $1",
    ] { try db.execute(statement, now - AlertPolicy.memory) }
  }

  /// Ends a trouble; whoever was told of it, or may have been, is told of its end.
  private func end(_ entry: Entry, _ ending: String?, _ now: Timestamp, _ db: any Transaction) throws {
    guard
      try db.execute(
        "UPDATE alerts SET ended_at = $2, ending = $3 WHERE id = $1 AND ended_at IS NULL", entry.id, now, ending) == 1,
      ending != nil
    else { return }
    for row in try db.rows(
      "SELECT DISTINCT channel FROM alert_deliveries WHERE alert = $1 AND attempts > 0 ORDER BY channel", entry.id)
    {
      try queue(entry.id, try row["channel"], Self.over, now, db)
    }
  }

  static let over = "over"
  /// The notice that brings the link which the one before could not have.
  static let link = "link"

  private func queue(_ alert: String, _ channel: String, _ step: String, _ now: Timestamp, _ db: any Transaction) throws
  {
    try db.execute(
      """
      INSERT INTO alert_deliveries (alert, channel, step, queued_at, retry_at) VALUES ($1, $2, $3, $4, $4)
      ON CONFLICT (alert, channel, step) DO NOTHING
      """, alert, channel, step, now)
  }

  /// The alerts that have lasted long enough, each with the channels that it is not yet queued for.
  private func untold(_ db: any Transaction) throws -> [(alert: String, channel: String, step: String)] {
    let now = store.clock.now()
    return try db.rows(
      """
      SELECT alerts.*, alert_channels.name AS channel FROM alerts CROSS JOIN alert_channels
      WHERE ended_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM alert_deliveries
        WHERE alert = alerts.id AND channel = alert_channels.name AND step = alerts.kind)
      ORDER BY alerts.id, alert_channels.name
      """
    ).compactMap { row in
      let entry = try Entry(row)
      // A wall clock that was set back makes nobody wait.
      guard now >= entry.since + entry.kind.patience || now < entry.since else { return nil }
      return (entry.id, try row["channel"], entry.kind.rawValue)
    }
  }

  /// The channels that were told that a person is needed while no link worked, where one works now.
  private func unlinked(_ db: any Transaction) throws -> [(alert: String, channel: String, step: String)] {
    guard address != nil else { return [] }
    return try db.rows(
      """
      SELECT alerts.*, d.channel AS channel FROM alerts JOIN alert_deliveries AS d ON d.alert = alerts.id
      WHERE alerts.ended_at IS NULL AND d.step = alerts.kind AND d.delivered_at IS NOT NULL AND d.has_link = 0
        AND NOT EXISTS (
          SELECT 1 FROM alert_deliveries AS other
          WHERE other.alert = d.alert AND other.channel = d.channel AND other.step = 'link')
      ORDER BY alerts.id, d.channel
      """
    ).compactMap { row in
      let entry = try Entry(row)
      guard entry.kind.needsPerson, case .possible = try linkProspect(for: entry.subject, db) else { return nil }
      return (entry.id, try row["channel"], Self.link)
    }
  }
}

extension GrantStore {
  /// - Parameter address: where people reach this keeper from outside, if they do.
  package func alerts(beside journals: any Journals, address: PublicAddress? = nil) -> AlertBook {
    AlertBook(store: self, database: database, journals: journals, address: address)
  }
}

extension AlertBook.Entry {
  init(_ row: Row) throws {
    id = try row["id"]
    let (topic, kind): (String, String) = (try row["topic"], try row["kind"])
    guard let topic = AlertKind.Topic(rawValue: topic), let kind = AlertKind(rawValue: kind) else {
      throw StoreError.unreadable("alert \(kind)")
    }
    self.topic = topic
    self.kind = kind
    subject = try row["subject"]
    occurrence = try row["occurrence"]
    since = try row["since"]
    what = try row["what"]
    nextStep = try row["next_step"]
    beganAt = try row["began_at"]
    endedAt = try row["ended_at"]
    ending = try row["ending"]
  }
}
