import OAuth
import Store

/// What the rows show.
extension AlertBook {
  func troubles(_ db: any Transaction) throws -> [Trouble] {
    try connectionTroubles(db) + clientTroubles(db) + keyTroubles(db)
  }

  private func connectionTroubles(_ db: any Transaction) throws -> [Trouble] {
    let now = store.clock.now()
    let stopped = Set(try stoppedClients(db).map(\.name))
    return try db.rows(
      """
      SELECT * FROM connections
      WHERE state = 'needs_approval' OR (state = 'active' AND (quarantine IS NOT NULL OR failures > 0
        OR clock_skew NOT BETWEEN $1 AND $2 OR refresh_until <= $3 OR access_until <= $4
        OR (refresh_token IS NULL AND (access_until <= $3 OR trouble IS NOT NULL))))
      ORDER BY name
      """,
      1 - RefreshPolicy.clockTolerance.milliseconds, RefreshPolicy.clockTolerance.milliseconds - 1, now + .days(14), now
    ).flatMap { row in
      let connection = try Connection(row)
      let facts = ConnectionFacts(row: connection, isClientStopped: stopped.contains(connection.client), now: now)
      return AlertRules.connections.filter { $0.holds(facts) }.map { rule in
        let occurrence =
          switch rule.kind.topic {
          case .approval: facts.row.epoch
          case .quarantine: facts.row.quarantine?.at.milliseconds ?? 0
          default: Int64(0)
          }
        return Trouble(
          kind: rule.kind, subject: facts.name, occurrence: occurrence, what: rule.what(facts),
          nextStep: rule.nextStep(facts))
      }
    }
  }

  private func clientTroubles(_ db: any Transaction) throws -> [Trouble] {
    try stoppedClients(db).flatMap { client in
      let name = client.name
      let connections = try db.rows("SELECT name FROM connections WHERE client = $1 ORDER BY name LIMIT 11", name)
        .map { try $0["name"] as String }
      let facts = ClientFacts(
        name: name, stopped: client.stopped ?? "", remedy: client.remedy,
        connections: connections.isEmpty
          ? "none" : connections.prefix(10).joined(separator: ", ") + (connections.count > 10 ? " and more" : ""))
      let occurrence = client.changed
      return AlertRules.clients.filter { $0.holds(facts) }.map {
        Trouble(
          kind: $0.kind, subject: name, occurrence: occurrence, what: $0.what(facts), nextStep: $0.nextStep(facts))
      }
    }
  }

  private func stoppedClients(_ db: any Transaction) throws -> [Client] {
    try db.rows("SELECT name FROM clients ORDER BY name").map {
      try Client.named(try $0["name"], in: db, ring: nil, providers: store.providers)
    }.filter { $0.stopped != nil }
  }

  private func keyTroubles(_ db: any Transaction) throws -> [Trouble] {
    let now = store.clock.now()
    return try db.rows(
      """
      SELECT * FROM api_keys WHERE expect_every IS NOT NULL AND revoked_at IS NULL AND ends_at > $1 ORDER BY name
      """, now
    ).flatMap { row in
      let key = try APIKey(row)
      guard let every = key.expectedEvery else { return [Trouble]() }
      let facts = KeyFacts(key: key, every: every, now: now)
      return AlertRules.keys.filter { $0.holds(facts) }.map {
        Trouble(
          kind: $0.kind, subject: key.name, occurrence: facts.heardAt.milliseconds, what: $0.what(facts),
          nextStep: $0.nextStep(facts))
      }
    }
  }

  /// How a trouble came to its end, in a sentence; nil where a worse one goes on in its place and says so itself.
  func ending(of entry: Entry, hasBegunAgain: Bool, _ db: any Transaction) throws -> String? {
    if hasBegunAgain { return "It was over for a while, and has begun again." }
    switch entry.topic {
    case .client: return "The client \(entry.subject) has new credentials, or works again."
    case .silence:
      guard let row = try db.row("SELECT * FROM api_keys WHERE name = $1 AND revoked_at IS NULL", entry.subject),
        case let key = try APIKey(row), store.clock.now() < key.endsAt, key.expectedEvery != nil
      else { return "Nothing is expected of it any more: its key has ended or was revoked." }
      return key.lastUsedAt.map { "It called on \(AlertWords.moment($0))." } ?? "It is expected later."
    case .approval, .refresh, .quarantine, .clock:
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", entry.subject).map(Connection.init) else {
        return "There is no such connection any more."
      }
      switch (row.state, entry.topic) {
      case (.disconnected, _): return "It was disconnected by the operator."
      case (.needsApproval, _): return nil
      case (.active, .approval): return "Nobody is needed any more: the grant is good, and is refreshed by itself."
      case (.active, .refresh) where row.refresh == nil: return "Calls go through again."
      case (.active, .refresh): return "It is refreshed again, and calls go through."
      case (.active, .quarantine): return "It was checked, trusted or approved again, and is refreshed as before."
      case (.active, _): return "The clocks agree again."
      }
    }
  }
}
