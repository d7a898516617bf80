import Store
import Synchronization

/// A database that can be replaced by an earlier copy of itself while it is in use, as `cp backup.sqlite …` does.
package final class RestorableDatabase: Database {
  private struct State {
    var inner: SQLite
    var restored: Int64 = 0
    var afterRead: (@Sendable () async throws -> Void)?
  }

  private let state: Mutex<State>

  package init() throws { state = Mutex(State(inner: try SQLite.inMemory())) }

  /// Happens once, between the next read and whoever reads.
  package func afterNextRead(_ act: @escaping @Sendable () async throws -> Void) {
    state.withLock { $0.afterRead = act }
  }

  package func backup() throws -> SQLite { try state.withLock { try $0.inner.copyInMemory() } }

  package func restore(_ backup: SQLite) throws {
    try state.withLock { state in
      state.inner = try backup.copyInMemory()
      state.restored += 1
    }
  }

  package func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws
    -> Result
  {
    try await state.withLock(\.inner).write(act)
  }

  package func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws
    -> Result
  {
    let result = try await state.withLock(\.inner).read(act)
    let following = state.withLock { state in
      defer { state.afterRead = nil }
      return state.afterRead
    }
    try await following?()
    return result
  }

  package func changeMark() async throws -> Int64 {
    let (inner, restored) = state.withLock { ($0.inner, $0.restored) }
    return try await inner.changeMark() + restored << 32
  }
}
