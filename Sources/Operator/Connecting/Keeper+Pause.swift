import OAuth
import Store

extension Keeper {
  /// Stops all calls of a connection until ``resume(_:)``: at once here, in every other process within a second. The grant is
  /// kept alive meanwhile, and no key ends by it.
  package func pause(_ name: String) async throws { try await setPaused(name, since: clock.now()) }

  /// Lets the calls of a connection through again.
  package func resume(_ name: String) async throws { try await setPaused(name, since: nil) }

  private func setPaused(_ name: String, since moment: Timestamp?) async throws {
    try await store.database.write { [store] db in
      guard let row = try store.take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard (row.pausedAt == nil) != (moment == nil) else { return }
      try db.execute("UPDATE connections SET paused_at = $2 WHERE name = $1", name, moment)
      try store.event(
        moment == nil ? .resumed : .paused, name, "\(moment == nil ? "resumed" : "paused") by the operator", db)
    }
    try await reload()
  }
}
