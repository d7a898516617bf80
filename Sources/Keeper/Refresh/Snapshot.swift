import OAuth
import Store
import Synchronization

/// What every call needs, in memory: tokens, routes and keys as the store last had them.
package final class Snapshot: Sendable {
  package struct Held: Sendable {
    package var connection: Connection
    package var token: AccessToken?
    package var route: Route?
    /// Whether it is refreshed by itself.
    package var dueAt: Timestamp?
    /// Before this nothing would be sent, however due it is.
    package var restsUntil: Timestamp?
    /// Why nothing can be refreshed with its client.
    package var clientTrouble: String?

    /// Whether this holds newer tokens than a row.
    func isAhead(of row: Connection) -> Bool {
      (connection.epoch, connection.generation) > (row.epoch, row.generation)
    }
  }

  /// All that calls need of the store, as it is at one moment.
  package struct Stored: Sendable {
    package var held: [Held]
    package var keys: [[UInt8]: APIKey]
    /// How many restored backups the store has seen.
    package var era: Int64
  }

  /// Read in place, so that a call pays for the field that it needs and not for a copy of all.
  private final class Shelf: Sendable {
    let held: Held
    init(_ held: Held) { self.held = held }
  }

  private struct State {
    var era: Int64 = 0
    var held: [String: Shelf] = [:]
    var keys: [[UInt8]: APIKey] = [:]
  }

  private let state = Mutex(State())

  package subscript(name: String) -> Held? { state.withLock { $0.held[name]?.held } }

  package var all: [Held] { state.withLock { $0.held.values.map(\.held) } }

  /// The connections that are not refreshed because a restored backup may have brought them back.
  var quarantined: [Held] {
    state.withLock { $0.held.values.map(\.held).filter { $0.connection.quarantine != nil } }
  }

  package func token(of name: String) -> AccessToken? { state.withLock { $0.held[name]?.held.token } }

  package func route(to name: String) -> Route? { state.withLock { $0.held[name]?.held.route } }

  package func key(hash: [UInt8]) -> APIKey? { state.withLock { $0.keys[hash] } }

  /// Replaces everything by what the store has now, but never a connection by an older state of itself.
  ///
  /// - Returns: what this process remembers that the store, restored from a backup, does not, if that is news (K28).
  @discardableResult
  package func replace(_ stored: Stored) -> [Held]? {
    state.withLock { state in
      let isRestored = stored.era > state.era
      var next: [String: Shelf] = [:], ahead: [Held] = []
      for new in stored.held {
        let old = state.held[new.connection.name]
        guard let held = old?.held, held.isAhead(of: new.connection) else {
          next[new.connection.name] = isRestored ? Shelf(new) : Self.newer(old, new)
          continue
        }
        ahead.append(held)
        var kept = isRestored ? new : held
        // What still lives serves on, whichever of the two is trusted in the end (K20).
        if isRestored { kept.token = held.token ?? new.token }
        next[new.connection.name] = Shelf(kept)
      }
      let isNews = isRestored || !ahead.isEmpty
      state = State(era: stored.era, held: next, keys: stored.keys)
      return isNews ? ahead : nil
    }
  }

  package func publish(_ new: Held) {
    state.withLock { $0.held[new.connection.name] = Self.newer($0.held[new.connection.name], new) }
  }

  private static func newer(_ old: Shelf?, _ new: Held) -> Shelf {
    guard let old,
      (old.held.connection.epoch, old.held.connection.version) > (new.connection.epoch, new.connection.version)
    else { return Shelf(serving(old?.held, new)) }
    return old
  }

  /// A token that lives serves on until it is known whether a restored row or what was remembered is the newest (K20).
  private static func serving(_ old: Held?, _ new: Held) -> Held {
    guard new.connection.quarantine != nil, let token = old?.token,
      (token.epoch, token.generation) > (new.connection.epoch, new.connection.generation)
    else { return new }
    var kept = new
    kept.token = token
    return kept
  }
}

extension GrantStore {
  /// Opens a row for use by calls. A token that does not open leaves this connection without one, and the others alone.
  package func held(_ row: Connection, _ db: any Transaction) throws -> Snapshot.Held {
    held(row, client: try Client.named(row.client, in: db, ring: nil, providers: providers))
  }

  func held(_ row: Connection, client: Client) -> Snapshot.Held {
    var held = Snapshot.Held(
      connection: row, token: nil, route: client.provider.route(for: row.tenant), dueAt: nil,
      clientTrouble: client.stopped)
    if row.state == .active, let access = row.access,
      let secret = try? ring.open(access.sealed, at: .accessToken(row.name, generation: row.generation))
    {
      held.token = AccessToken(
        secret: secret, generation: row.generation, epoch: row.epoch, from: access.from, until: access.until)
    }
    if row.state == .active, row.quarantine == nil, row.refresh != nil, client.stopped == nil, let access = row.access {
      let due = RefreshPolicy.due(row.name, from: access.from, until: access.until)
      let claimed = row.lease.map { clock.now() + $0.remaining(at: clock.uptime()) }
      held.restsUntil = [restsUntil(row, client: client, forced: false), claimed].compactMap { $0 }.max()
      held.dueAt = [due, held.restsUntil].compactMap { $0 }.max()
    }
    return held
  }

  package func load() async throws -> Snapshot.Stored {
    try await database.read { db in
      let held = try db.rows("SELECT * FROM connections ORDER BY name").map { try self.held(Connection($0), db) }
      var keys: [[UInt8]: APIKey] = [:]
      for row in try db.rows("SELECT * FROM api_keys WHERE revoked_at IS NULL") {
        keys[try row["hash"]] = try APIKey(row)
      }
      let era: Int64 = try db.row("SELECT quarantines FROM store_state WHERE id = 1")?["quarantines"] ?? 0
      return Snapshot.Stored(held: held, keys: keys, era: era)
    }
  }

  package func loadHeld(_ name: String) async throws -> Snapshot.Held {
    try await database.read { db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name) else {
        throw KeeperError.noSuchConnection(name)
      }
      return try held(Connection(row), db)
    }
  }
}
