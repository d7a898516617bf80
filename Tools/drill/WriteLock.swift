import Dispatch
import Store
import TestKit

/// Keeps everybody else from writing to a store for a while, as a long transaction of another program does.
final class WriteLock: Sendable {
  private enum State { case waiting, held, over }

  private let database: SQLite

  init(_ path: String) throws { database = try SQLite(path: path) }

  func hold(_ body: () async throws -> Void) async throws {
    let state = Shared(State.waiting), end = DispatchSemaphore(value: 0)
    async let holding: Void = take(state, until: end)
    do {
      _ = try await eventually(within: .seconds(20)) { state.value == .waiting ? nil : () }
      try await body()
    } catch {
      end.signal()
      try await holding
      throw error
    }
    end.signal()
    try await holding
  }

  private func take(_ state: Shared<State>, until end: DispatchSemaphore) async throws {
    defer { state.value = .over }
    try await database.write { _ in
      state.value = .held
      end.wait()
    }
  }
}
