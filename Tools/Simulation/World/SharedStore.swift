import Store
import Synchronization

/// The keepers' database, which a restored backup can replace under them.
final class SharedStore: Database {
  private struct State {
    var inner: SQLite
    var mark: Int64 = 0
  }

  private let state: Mutex<State>
  /// Told after each commit, before anybody else has a turn.
  private let committed = Mutex<@Sendable () async throws -> Void>({})

  init() throws { state = Mutex(State(inner: try SQLite.inMemory())) }

  func onCommit(_ observe: @escaping @Sendable () async throws -> Void) { committed.withLock { $0 = observe } }

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    let inner = state.withLock { state in
      state.mark += 1
      return state.inner
    }
    let result = try await inner.write(act)
    try await committed.withLock { $0 }()
    return result
  }

  /// Runs an act that is not committed, and has nobody told.
  func writeNothing(_ act: @escaping @Sendable (any Transaction) throws -> Void) async throws {
    try await state.withLock(\.inner).write(act)
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await state.withLock(\.inner).read(act)
  }

  func changeMark() async throws -> Int64 { state.withLock(\.mark) }

  func backup() throws -> SQLite { try state.withLock(\.inner).copyInMemory() }

  func restore(_ backup: SQLite) throws {
    let copy = try backup.copyInMemory()
    state.withLock { state in
      state.inner = copy
      state.mark += 1
    }
  }
}
