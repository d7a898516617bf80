import Keeper
import Logging
import Operator
import Outbound
import Store
import Web

extension DataFolder {
  /// Opens the folder's keeper and starts it; it reaches providers over the network.
  ///
  /// - Parameter surroundings: what is known outside the folder; without it, what this machine knows.
  func keeper(
    surroundings: Surroundings? = nil, logger: Logger = .standardError(.warning)
  ) async throws -> Keeper {
    let client = OutboundClient()
    return try await .open(
      self, endpoint: OneShotTokenEndpoint(), upstream: { BearerUpstream(origin: $0, token: $1, client: client) },
      surroundings: surroundings ?? .of(self), logger: logger)
  }

  /// The desk of that keeper.
  func desk() async throws -> Desk { try await keeper().desk }
}
