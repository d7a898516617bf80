import Keeper
import Store

/// The stored names, offered to a person who types one. Looking makes and changes nothing, and where nothing can be seen there
/// are none.
package enum StoredNames: Sendable {
  case connections, keys, clients, channels

  package func all(in folder: DataFolder) async -> [String] {
    guard let look = try? DatabaseLook(path: folder.file(KeeperStore.name)) else { return [] }
    defer { look.close() }
    return (try? await look.database.read { try GrantStore.names(of: self, $0) }) ?? []
  }
}

extension GrantStore {
  /// Needs no key: a name is not sealed.
  fileprivate static func names(of kind: StoredNames, _ db: any Transaction) throws -> [String] {
    let statement =
      switch kind {
      case .connections: "SELECT name FROM connections ORDER BY name"
      case .keys: "SELECT name FROM api_keys WHERE revoked_at IS NULL ORDER BY name"
      case .clients: "SELECT name FROM clients ORDER BY name"
      case .channels: "SELECT name FROM alert_channels ORDER BY name"
      }
    return try db.rows(statement).map { try $0["name"] }
  }
}
