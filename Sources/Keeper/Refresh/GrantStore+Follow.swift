import Store
import Wire

/// A row with what follows from it.
package struct LoadedConnection: Sendable {
  package var connection: Connection
  package var token: AccessToken?
  var cached: CachedConnection

  package var route: Route? { cached.route }
  /// When it is refreshed by itself.
  package var dueAt: Timestamp? { cached.dueAt }
}

extension GrantStore {
  /// How many rows are read at a time, and how many changes are followed one by one rather than by reading everything.
  private static let page = 500, mostChanges: Int64 = 10_000

  /// Opens a row for use. A token that does not open leaves this connection without one, and the others alone.
  func held(_ row: Row, client: Client) throws -> LoadedConnection {
    let cached = try cached(row, CachedClient(client))
    return LoadedConnection(connection: try Connection(row), token: cached.open(ring), cached: cached)
  }

  package func loadConnection(_ name: String) async throws -> LoadedConnection {
    try await database.read { db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name) else {
        throw KeeperError.noSuchConnection(name)
      }
      return try held(row, client: Client.named(try row["client"], in: db, ring: nil, providers: providers))
    }
  }

  /// Brings memory up to what the store has, and answers a restored backup with what memory holds that is newer (K28).
  package func follow(into snapshot: Snapshot) async throws {
    let news = try await takeIn(snapshot)
    let ahead = try await stillAhead(news.ahead)
    guard news.isRestored || !ahead.isEmpty else { return }
    if ahead.contains(where: \.isUnguarded) {
      try await quarantineRotating(.behindMemory)
    }
    try await offer(
      ahead.compactMap { ahead in
        guard ahead.isOfSameGrantor, let newest = ahead.held.newest, let refresh = newest.refresh?.token else {
          return nil
        }
        return Offer(
          connection: ahead.held.name, epoch: newest.token.epoch, generation: newest.token.generation,
          access: newest.token.access, refresh: refresh)
      })
    snapshot.forgetPosition()
    _ = try await takeIn(snapshot)
  }

  private func takeIn(_ snapshot: Snapshot) async throws -> Snapshot.News {
    while true {
      if let news = snapshot.absorb(try await load(since: snapshot.position)) { return news }
    }
  }

  /// What memory holds that is newer than a row.
  private struct Ahead: Sendable {
    var held: CachedConnection
    /// Whether the row would be refreshed as it is.
    var isUnguarded: Bool
    /// Whether the tokens are of the row's client, tenant and approver.
    var isOfSameGrantor: Bool
  }

  /// The suspects that memory is still ahead of, now that the store is read again: a landing of our own may have come to memory
  /// between a reading and its use.
  private func stillAhead(_ suspects: [CachedConnection]) async throws -> [Ahead] {
    guard !suspects.isEmpty else { return [] }
    return try await database.read { db in
      var clients: [String: CachedClient] = [:]
      return try suspects.compactMap { held in
        let sql = "SELECT \(Self.cachedColumns) FROM connections WHERE name = $1"
        guard let row = try db.row(sql, held.name) else { return nil }
        let stored = try cached(row, facts(try row["client"], &clients, db))
        guard held.isAhead(of: stored) || held.remembers(newerThan: stored) else { return nil }
        return Ahead(
          held: held, isUnguarded: stored.quarantine == nil, isOfSameGrantor: held.isOfSameGrantor(as: stored))
      }
    }
  }

  /// What has changed since a position that memory was brought to, or everything where that cannot be told.
  func load(since known: Snapshot.Position?) async throws -> Snapshot.Stored {
    try await database.read { db in
      let position = try position(db)
      var clients: [String: CachedClient] = [:]
      if let known, try canFollow(known, to: position, db) {
        let rows = try db.rows(
          "SELECT \(Self.cachedColumns) FROM connections WHERE touched > $1", known.touches)
        return Snapshot.Stored(
          since: known, position: position, isWhole: false,
          entries: try rows.map { Snapshot.Entry(try cached($0, facts(try $0["client"], &clients, db))) },
          keys: try db.rows("SELECT * FROM api_keys WHERE touched > $1", known.touches).map(key))
      }
      var stored = Snapshot.Stored(since: known, position: position, isWhole: true)
      var last = ""
      while true {
        let rows = try db.rows(
          "SELECT \(Self.cachedColumns) FROM connections WHERE name > $1 ORDER BY name LIMIT \(Self.page)", last)
        for row in rows {
          let cached = try cached(row, facts(try row["client"], &clients, db))
          last = cached.name
          stored.entries.append(Snapshot.Entry(cached))
        }
        if rows.count < Self.page { break }
      }
      stored.keys = try db.rows("SELECT * FROM api_keys WHERE revoked_at IS NULL").map(key)
      return stored
    }
  }

  /// Whether the rows that were touched since tell all: nothing was restored, no client has changed, and it is not too much.
  private func canFollow(
    _ known: Snapshot.Position, to position: Snapshot.Position, _ db: any Transaction
  ) throws -> Bool {
    guard known.store == position.store, known.era == position.era,
      (0...Self.mostChanges).contains(position.touches - known.touches)
    else { return false }
    return try db.row("SELECT name FROM clients WHERE touched > $1 LIMIT 1", known.touches) == nil
  }

  private func position(_ db: any Transaction) throws -> Snapshot.Position {
    guard let row = try db.row("SELECT store, touches, quarantines FROM store_state WHERE id = 1") else {
      throw StoreError.unreadable("no store state")
    }
    return Snapshot.Position(store: try row["store"], touches: try row["touches"], era: try row["quarantines"])
  }

  private func facts(
    _ client: String, _ known: inout [String: CachedClient], _ db: any Transaction
  ) throws -> CachedClient {
    if let facts = known[client] { return facts }
    let facts = CachedClient(try Client.named(client, in: db, ring: nil, providers: providers))
    known[client] = facts
    return facts
  }

  private func key(_ row: Row) throws -> (name: String, hash: [UInt8], key: APIKey?) {
    let revokedAt: Timestamp? = try row["revoked_at"]
    return (try row["name"], try row["hash"], revokedAt == nil ? try APIKey(row) : nil)
  }
}
