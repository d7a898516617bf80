import Keeper

/// What an operator's wish to refresh came to.
package enum RefreshReport: Sendable, Equatable {
  case refreshed(ConnectionStatus)
  /// Nothing was sent: the token that is there is young enough.
  case notDue(ConnectionStatus)
  /// Nothing was sent, or it failed, for that reason.
  case notRefreshed(ConnectionStatus, String)
}

extension Desk {
  /// Refreshes a connection if that is due, or in any case. It takes the same claim as every refresh, so it is safe beside a
  /// running server (K9).
  ///
  /// - Parameter forced: also when it is not due, and without waiting for the end of a pause that follows a failure. What the
  ///   provider has asked for is waited out all the same (K19), and so is a lost answer where presenting a token twice may end
  ///   the grant (K13).
  package func refresh(_ name: String, forced: Bool) async throws -> RefreshReport {
    if forced { try await store.endPause(name) }
    let held = try await store.loadConnection(name)
    snapshot.publish(held)
    let row = held.connection
    if !forced, let dueAt = held.dueAt, clock.now() < dueAt {
      let status = try await status(name)
      return row.trouble == nil ? .notDue(status) : .notRefreshed(status, status.trouble ?? "its last refresh failed")
    }
    let isUsedUpFirst = row.isUsedUpFirst(at: try await client(row.client).provider)
    let request = Flights.Request(seen: row.generation, forced: forced && !isUsedUpFirst)
    let result = await withCheckedContinuation { continuation in
      flights.join(name, request) { continuation.resume(returning: $0) }
    }
    let status = try await status(name)
    if status.generation > row.generation { return .refreshed(status) }
    let words: String? =
      switch result {
      case .success, .failure(.notStale), .failure(.noSuchConnection): nil
      case .failure(.needsApproval(let words)), .failure(.paused(let words)), .failure(.temporarily(let words, _)):
        words
      }
    return .notRefreshed(status, status.trouble ?? words ?? "the provider gave no newer token")
  }
}
