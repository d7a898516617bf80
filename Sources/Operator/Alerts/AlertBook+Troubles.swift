import Keeper
import Store
import Wire

/// The troubles that the rows show.
extension AlertBook {
  func troubles(_ db: any Transaction) throws -> [Alerted] {
    try connectionTroubles(db) + clientTroubles(db) + keyTroubles(db)
  }

  private func connectionTroubles(_ db: any Transaction) throws -> [Alerted] {
    try diagnoses(of: .alertable, db).flatMap { diagnosis in
      let row = diagnosis.evidence.row
      return AlertRules.connections.filter { $0.holds(diagnosis) }.map { rule in
        let occurrence =
          switch rule.kind.topic {
          case .approval: row.epoch
          case .quarantine: row.quarantine?.at.milliseconds ?? 0
          default: Int64(0)
          }
        return Alerted(
          kind: rule.kind, subject: row.name, occurrence: occurrence, what: rule.what(diagnosis),
          nextStep: rule.nextStep(diagnosis))
      }
    }
  }

  private func diagnoses(of selection: Evidence.Selection, _ db: any Transaction) throws -> [Diagnosis] {
    let evidence = try store.evidence(of: selection, at: store.clock.moment, db)
    return store.completed(evidence, beside: journals).map(Diagnosis.init)
  }

  private func clientTroubles(_ db: any Transaction) throws -> [Alerted] {
    try store.clients(db).flatMap { client in
      guard let stopped = client.stopped else { return [Alerted]() }
      let name = client.name, connections = try store.connections(of: name, most: 11, db)
      let facts = ClientFacts(
        name: name, stopped: stopped, remedy: client.remedy,
        connections: connections.isEmpty
          ? "none" : connections.prefix(10).joined(separator: ", ") + (connections.count > 10 ? " and more" : ""))
      let occurrence = client.changed
      return AlertRules.clients.filter { $0.holds(facts) }.map {
        Alerted(
          kind: $0.kind, subject: name, occurrence: occurrence, what: $0.what(facts), nextStep: $0.nextStep(facts))
      }
    }
  }

  private func keyTroubles(_ db: any Transaction) throws -> [Alerted] {
    let now = store.clock.now()
    return try store.expectedKeys(at: now, db).flatMap { key in
      guard let every = key.expectedEvery else { return [Alerted]() }
      let facts = KeyFacts(key: key, every: every, now: now)
      return AlertRules.keys.filter { $0.holds(facts) }.map {
        Alerted(
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
      guard let key = try store.key(entry.subject, db), store.clock.now() < key.endsAt, key.expectedEvery != nil else {
        return "Nothing is expected of it any more: its key has ended or was revoked."
      }
      return key.lastUsedAt.map { "It called on \($0.readableToTheMinute)." } ?? "It is expected later."
    case .approval, .refresh, .quarantine, .clock:
      guard let diagnosis = try diagnoses(of: .one(entry.subject), db).first else {
        return "There is no such connection any more."
      }
      return ending(of: entry.topic, as: diagnosis)
    }
  }
}

extension AlertBook {
  /// How a connection's trouble came to its end, as the connection is now.
  private func ending(of topic: AlertKind.Topic, as diagnosis: Diagnosis) -> String? {
    switch diagnosis.chief {
    case .disconnected?: return "It was disconnected by the operator."
    case .refused?, .quarantined?, .clientStopped?, .sealed?: if topic != .clock { return nil }
    default: break
    }
    switch topic {
    case .approval: return "Nobody is needed any more: the grant is good, and is refreshed by itself."
    case .refresh where diagnosis.outage == .paused: return "It is refreshed again; its operator lets no call through."
    case .refresh where diagnosis.outage != nil: return nil
    case .refresh where diagnosis.evidence.row.refresh == nil: return "Calls go through again."
    case .refresh: return "It is refreshed again, and calls go through."
    case .quarantine: return "It was checked, trusted or approved again, and is refreshed as before."
    case .clock, .client, .silence: return "The clocks agree again."
    }
  }
}

extension GrantStore {
  /// The names of a client's connections, in order, and at most so many.
  fileprivate func connections(of client: String, most: Int, _ db: any Transaction) throws -> [String] {
    try db.rows("SELECT name FROM connections WHERE client = $1 ORDER BY name LIMIT $2", client, most).map {
      try $0["name"]
    }
  }
}
