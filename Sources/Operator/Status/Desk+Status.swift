import Keeper
import Store

extension Desk {
  /// All connections by name, as they are at one moment.
  package func status() async throws -> [ConnectionStatus] { try await statuses(of: nil) }

  package func status(_ name: String) async throws -> ConnectionStatus {
    guard let status = try await statuses(of: name).first else { throw KeeperError.noSuchConnection(name) }
    return status
  }

  /// What a job is told when it comes with its key: how its connection is, and of the keys only its own (K31).
  package func status(for key: APIKey) async throws -> ConnectionStatus {
    var status = try await status(key.connection)
    status.keys.removeAll { $0.name != key.name }
    return status
  }

  /// Whether the store can be read, for a probe: costs the same however many connections there are.
  package func isReadable() async -> Bool { (try? await store.hasState()) ?? false }

  /// Whether a server should run: there is a key that a job could call with, or a connection that is to be kept alive (K18).
  package func needsServer() async throws -> Bool { try await store.needsServer() }

  /// One connection, or all by name.
  package func statuses(of name: String?) async throws -> [ConnectionStatus] {
    let (evidence, keys) = try await store.standing(of: name, at: clock.moment)
    return store.completed(evidence, beside: settlement.journals).map {
      ConnectionStatus(Diagnosis($0), keys: keys[$0.row.name] ?? [])
    }
  }
}

extension GrantStore {
  fileprivate func hasState() async throws -> Bool {
    try await database.read { try $0.row("SELECT id FROM store_state WHERE id = 1") != nil }
  }

  fileprivate func needsServer() async throws -> Bool { try await database.read { try Self.needsServer($0) } }

  /// Connections and their keys, read at one moment.
  ///
  /// - Parameter name: the one connection to read; nil for all.
  fileprivate func standing(
    of name: String?, at moment: Moment
  ) async throws -> (evidence: [Evidence], keys: [String: [APIKey]]) {
    try await database.read { db in
      let found = try evidence(of: name.map { .one($0) } ?? .all, at: moment, db)
      if let name, found.isEmpty { throw KeeperError.noSuchConnection(name) }
      return (found, Dictionary(grouping: try keys(of: name, db), by: \.connection))
    }
  }
}

extension GrantStore {
  /// Whether there is anything that a server would do.
  static func needsServer(_ db: any Transaction) throws -> Bool {
    try db.row(
      """
      SELECT name FROM api_keys WHERE revoked_at IS NULL
      UNION ALL SELECT name FROM connections WHERE state <> $1 LIMIT 1
      """, Connection.State.disconnected.rawValue) != nil
  }
}
