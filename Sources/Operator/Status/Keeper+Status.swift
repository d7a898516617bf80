import Store

extension Keeper {
  /// All connections by name, as they are at one moment.
  package func status() async throws -> [ConnectionStatus] { try await statuses(of: nil) }

  package func status(_ name: String) async throws -> ConnectionStatus {
    guard let status = try await statuses(of: name).first else { throw KeeperError.noSuchConnection(name) }
    return status
  }

  /// What a job is told with its key: how its connection is, and of the keys its own (K31).
  package func status(for key: APIKey) async throws -> ConnectionStatus {
    var status = try await status(key.connection)
    status.keys.removeAll { $0.name != key.name }
    return status
  }

  /// Whether the store can be read, for a probe: costs the same however many connections there are.
  package func isReadable() async -> Bool {
    (try? await store.database.read { try $0.row("SELECT id FROM store_state WHERE id = 1") }) != nil
  }

  /// One connection, or all by name.
  package func statuses(of name: String?) async throws -> [ConnectionStatus] {
    let now = clock.now(), uptime = clock.uptime()
    let stored = try await store.database.read { [store] db in
      let rows =
        try name.map { try db.rows("SELECT * FROM connections WHERE name = $1", $0) }
        ?? db.rows("SELECT * FROM connections ORDER BY name")
      var clients: [String: Client] = [:]
      for row in try db.rows("SELECT DISTINCT client FROM connections") {
        let client: String = try row["client"]
        clients[client] = try Client.named(client, in: db, ring: nil, providers: store.providers)
      }
      var troubles: [String: String] = [:]
      for row in try db.rows(
        """
        SELECT name, client, trouble FROM connections
        WHERE state = 'active' AND failures > 0 AND trouble IS NOT NULL AND suspended_at IS NULL
          AND retry_at > $1 ORDER BY retry_at
        """, now - Situation.grace)
      {
        guard let client = clients[try row["client"]] else { continue }
        troubles[client.provider.tokenEndpoint] =
          "\(try row["trouble"] as String), as \(try row["name"] as String) shows, and its turn has not come"
      }
      let connections = try rows.map(Connection.init)
      var refusals: [String: Timestamp] = [:]
      for name in connections.filter({ $0.state == .needsApproval }).map(\.name) {
        refusals[name] = try db.row(
          "SELECT at FROM events WHERE connection = $1 AND kind = $2 ORDER BY id DESC LIMIT 1", name,
          Event.Kind.refused.rawValue)?["at"]
      }
      return Stored(
        endpointTroubles: troubles, rows: connections, refusals: refusals, clients: clients,
        keys: try Self.keys(of: name, db),
        offers: Dictionary(grouping: try db.rows("SELECT * FROM offers").map(Offer.init), by: \.connection))
    }
    if let name, stored.rows.isEmpty { throw KeeperError.noSuchConnection(name) }
    let holders = Holders(
      of: stored.rows.compactMap(\.intent?.process).filter { $0 != store.process }, journals: settlement.journals,
      ring: store.ring)
    return stored.rows.compactMap { row in
      guard let client = stored.clients[row.client] else { return nil }
      let (access, refresh) = opens(row)
      let facts = Situation.Facts(
        now: now, uptime: uptime, dueAt: due(row, client, now, uptime),
        endpointTrouble: stored.endpointTroubles[client.provider.tokenEndpoint],
        isServed: !client.provider.isUnknown && row.state == .active && access
          && row.access.map { now < $0.until } ?? false,
        opens: access && refresh, offer: stored.offer(for: row), refusedAt: stored.refusals[row.name],
        mayBeHeld: holders.mayHold(row))
      return ConnectionStatus(row, facts, client: client, keys: stored.keys[row.name] ?? [])
    }
  }

  private struct Stored {
    /// By token endpoint.
    var endpointTroubles: [String: String]
    var rows: [Connection]
    /// When each connection that needs a person was refused.
    var refusals: [String: Timestamp]
    var clients: [String: Client]
    var keys: [String: [APIKey]]
    var offers: [String: [Offer]]

    func offer(for row: Connection) -> Situation.Offered? {
      let newest = offers[row.name]?.filter { $0.isNewer(than: row) }.max {
        ($0.epoch, $0.generation) < ($1.epoch, $1.generation)
      }
      return newest.map { Situation.Offered(accessUntil: $0.access.until, isWhole: $0.refresh != nil) }
    }
  }

  private static func keys(of connection: String?, _ db: any Transaction) throws -> [String: [APIKey]] {
    let rows =
      try connection.map {
        try db.rows("SELECT * FROM api_keys WHERE connection = $1 AND revoked_at IS NULL ORDER BY name", $0)
      } ?? db.rows("SELECT * FROM api_keys WHERE revoked_at IS NULL ORDER BY name")
    return Dictionary(grouping: try rows.map { try APIKey($0) }, by: \.connection)
  }

  /// When a server refreshes it by itself, as the rules of a refresh have it: due, and not while it rests or is claimed.
  private func due(_ row: Connection, _ client: Client, _ now: Timestamp, _ uptime: Uptime) -> Timestamp? {
    guard row.state == .active, row.quarantine == nil, row.refresh != nil, client.stopped == nil,
      let access = row.access
    else { return nil }
    return [
      RefreshPolicy.due(row.name, from: access.from, until: access.until),
      store.restsUntil(row, client: client, forced: false), row.lease.map { now + $0.remaining(at: uptime) },
    ].compactMap(\.self).max()
  }

  /// Whether what is stored opens with the key file; what is not there does.
  private func opens(_ row: Connection) -> (access: Bool, refresh: Bool) {
    func opens(_ sealed: [UInt8]?, at place: KeyRing.Place) -> Bool {
      sealed.map { (try? store.ring.open($0, at: place)) != nil } ?? true
    }
    return (
      opens(row.access?.sealed, at: .accessToken(row.name, generation: row.generation)),
      opens(row.refresh?.sealed, at: .refreshToken(row.name, generation: row.refresh?.generation ?? 0))
    )
  }
}

/// What the journals of the processes hold that are on record for a lost answer.
private struct Holders {
  /// For each process the connections that it holds an answer for; nil where that cannot be read.
  private var held: [String: Set<String>?] = [:]

  init(of processes: [String], journals: any Journals, ring: KeyRing) {
    for process in Set(processes) {
      let names = try? Set(
        journals.entries(of: process).compactMap { entry -> String? in
          guard case .refresh(let received) = try Journaled(sealed: entry.bytes, ring) else { return nil }
          return received.connection
        })
      held.updateValue(names, forKey: process)
    }
  }

  func mayHold(_ row: Connection) -> Bool {
    guard let process = row.intent?.process, let known = held[process] else { return false }
    return known?.contains(row.name) ?? true
  }
}
