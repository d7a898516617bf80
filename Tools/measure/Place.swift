import Keeper
import Store
import Synchronization
import TestKit
import Wire

/// The real parts of a keeper on a data folder: database, key ring, journal and witness; only the provider is made up.
struct Place: Sendable {
  private let files: KeeperFiles
  var database: SQLite { files.database }
  var ring: KeyRing { files.ring }

  init(_ path: String) async throws { files = try await KeeperFiles(DataFolder(path: path)) }

  /// A keeper that has yet to be started, which is measured too.
  func keeper(_ endpoint: any TokenEndpoint) throws -> Keeper {
    try files.keeper(
      endpoint: endpoint, upstream: { _, _ in NobodyHome() }, surroundings: .unknown, logger: .silent)
  }

  static func name(_ number: Int) -> String { "shop-\(number)" }

  /// As long as the issuer's own tokens.
  static func token(_ prefix: String, _ number: Int, _ generation: Int) -> String {
    let text = "\(prefix)\(number)x\(generation)x"
    return text + String(repeating: "a", count: max(0, 105 - text.utf8.count))
  }
}

/// A provider that grants whatever it is asked, at once.
final class EndlessProvider: TokenEndpoint {
  private let count = Mutex(0)

  func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let number = count.withLock { count in
      count += 1
      return count
    }
    let body = """
      {"access_token":"\(Place.token("eva_", number, 2))","token_type":"bearer","expires_in":86400,\
      "refresh_token":"\(Place.token("evr_", number, 2))"}
      """
    return .answer(TokenEndpointAnswer.Answer(status: 200, body: Array(body.utf8)))
  }
}
