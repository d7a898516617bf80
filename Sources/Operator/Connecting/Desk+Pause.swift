import Keeper
import Wire

extension Desk {
  /// Stops all calls of a connection until ``resume(_:)``: at once here, in every other process within a second. The grant is
  /// kept alive meanwhile, and no key ends by it.
  package func pause(_ name: String) async throws { try await setPaused(name, since: clock.now()) }

  /// Lets the calls of a connection through again.
  package func resume(_ name: String) async throws { try await setPaused(name, since: nil) }

  private func setPaused(_ name: String, since moment: Timestamp?) async throws {
    try await store.setPaused(name, since: moment)
    try await keeper.reload()
  }
}
