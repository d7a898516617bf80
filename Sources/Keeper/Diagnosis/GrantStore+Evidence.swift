import Store
import Wire

extension Evidence {
  /// Which connections are looked at, and how closely.
  package enum Selection: Sendable, Equatable {
    case all
    case one(String)
    /// Those that an alert may be about.
    case alertable
  }
}

extension GrantStore {
  /// What the database tells of connections at one moment, by name.
  ///
  /// - Returns: without those whose client is gone.
  package func evidence(of selection: Evidence.Selection, at moment: Moment, _ db: any Transaction) throws -> [Evidence]
  {
    let rows = try rows(of: selection, at: moment.now, db)
    let clients = try Dictionary(
      clients(db).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let offers = try Offer.newest(of: selection, db)
    let troubles = selection == .alertable ? [:] : try endpointTroubles(clients, at: moment.now, db)
    return try rows.compactMap { row in
      guard let client = clients[row.client] else { return nil }
      var evidence = Evidence(row, client: client, at: moment)
      evidence.endpointTrouble = troubles[client.provider.tokenEndpoint]
      evidence.offer = offers[row.name].flatMap { $0.isNewer(than: row) ? $0 : nil }
      if selection != .alertable, row.state == .needsApproval { evidence.refusedAt = try refusal(of: row.name, db) }
      return evidence
    }
  }

  /// The evidence with what is not in the database: what opens with the key file, and what journals hold.
  ///
  /// - Parameter evidence: of this store.
  package func completed(_ evidence: [Evidence], beside journals: any Journals) -> [Evidence] {
    let holders = AnswerHolders(of: evidence.compactMap(\.row.intent?.process).filter { $0 != process }) {
      try journals.entries(of: $0).map { try Journaled(sealed: $0.bytes, ring) }
    }
    return evidence.map {
      var evidence = $0
      evidence.opening = Evidence.Opening(evidence.row, evidence.offer, with: ring)
      evidence.mayBeHeld = holders.mayHold(evidence.row)
      return evidence
    }
  }

  /// The clients by name, without their secrets.
  package func clients(_ db: any Transaction) throws -> [Client] {
    try db.rows("SELECT name FROM clients ORDER BY name").map {
      try Client.named(try $0["name"], in: db, ring: nil, providers: providers)
    }
  }

  private func rows(of selection: Evidence.Selection, at now: Timestamp, _ db: any Transaction) throws -> [Connection] {
    switch selection {
    case .all: try db.rows("SELECT * FROM connections ORDER BY name").map(Connection.init)
    case .one(let name): try [connection(name, db)].compactMap { $0 }
    // These are more than alerts are about, and far fewer than all. The diagnosis of each says whether an alert is about it.
    case .alertable:
      try db.rows(
        """
        SELECT * FROM connections
        WHERE state = 'needs_approval' OR (state = 'active' AND (quarantine IS NOT NULL OR trouble IS NOT NULL
          OR intent_at IS NOT NULL
          OR suspended_at IS NOT NULL OR clock_skew NOT BETWEEN $1 AND $2 OR access_until <= $3 OR refresh_until <= $4
          OR (refresh_token IS NULL AND access_until <= $4)))
        ORDER BY name
        """,
        RefreshPolicy.toleratedSkew.lowerBound, RefreshPolicy.toleratedSkew.upperBound, now,
        now + (Forecast.notices.last ?? .zero)
      ).map(Connection.init)
    }
  }

  /// What connections have just shown of their token endpoints, by endpoint (K19).
  private func endpointTroubles(
    _ clients: [String: Client], at now: Timestamp, _ db: any Transaction
  ) throws -> [String: Evidence.EndpointTrouble] {
    var troubles: [String: Evidence.EndpointTrouble] = [:]
    for row in try db.rows(
      """
      SELECT name, client, trouble FROM connections
      WHERE state = 'active' AND failures > 0 AND trouble IS NOT NULL AND suspended_at IS NULL
        AND retry_at > $1 ORDER BY retry_at
      """, now - Diagnosis.grace)
    {
      guard let client = clients[try row["client"]] else { continue }
      troubles[client.provider.tokenEndpoint] = Evidence.EndpointTrouble(
        trouble: try row["trouble"], connection: try row["name"])
    }
    return troubles
  }

  private func refusal(of name: String, _ db: any Transaction) throws -> Timestamp? {
    try db.row(
      "SELECT at FROM events WHERE connection = $1 AND kind = $2 ORDER BY id DESC LIMIT 1", name,
      Event.Kind.refused.rawValue)?["at"]
  }
}

extension Offer {
  /// The newest offer of each connection.
  package static func newest(of selection: Evidence.Selection = .all, _ db: any Transaction) throws -> [String: Offer] {
    let rows =
      if case .one(let name) = selection {
        try db.rows("SELECT * FROM offers WHERE connection = $1 ORDER BY epoch, generation, at", name)
      } else {
        try db.rows("SELECT * FROM offers ORDER BY epoch, generation, at")
      }
    return try Dictionary(rows.map { try Offer($0) }.map { ($0.connection, $0) }, uniquingKeysWith: { $1 })
  }
}
