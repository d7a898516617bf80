import OAuth
import Store
import Synchronization

/// How each key is used, gathered in memory so that no call waits for the store.
final class KeyUsage: Sendable {
  fileprivate struct Use {
    var last: Timestamp
    var calls: Int64
    var failures: Int64
  }

  fileprivate struct State {
    var pending: [String: Use] = [:]
    /// The day on which old counts were last dropped.
    var sweptOn: Int64 = 0
  }

  /// How many days of counts are kept.
  private static let memory: Int64 = 90
  private let state = Mutex(State())

  func note(_ call: CallRecord) {
    let use = Use(last: call.at, calls: 1, failures: (200..<400).contains(call.status) ? 0 : 1)
    state.withLock { $0.add(use, of: call.key) }
  }

  /// Writes down what came since the last flush; it counts for the day of its last call.
  func flush(to database: any Database) async throws {
    let (taken, sweptOn) = state.withLock { state in
      defer { state.pending = [:] }
      return (state.pending, state.sweptOn)
    }
    guard let today = taken.values.map(\.last.day).max() else { return }
    do {
      try await database.write { db in
        for (name, use) in taken {
          try db.execute(
            "UPDATE api_keys SET last_used_at = $2 WHERE name = $1 AND COALESCE(last_used_at, 0) < $2", name, use.last)
          try db.execute(
            """
            INSERT INTO key_days (key, day, calls, failures) VALUES ($1, $2, $3, $4)
            ON CONFLICT (key, day) DO UPDATE SET calls = key_days.calls + $3, failures = key_days.failures + $4
            """, name, use.last.day, use.calls, use.failures)
        }
        if today > sweptOn { try db.execute("DELETE FROM key_days WHERE day <= $1", today - Self.memory) }
      }
      state.withLock { $0.sweptOn = max($0.sweptOn, today) }
    } catch {
      state.withLock { state in for (name, use) in taken { state.add(use, of: name) } }
      throw error
    }
  }
}

extension KeyUsage.State {
  fileprivate mutating func add(_ use: KeyUsage.Use, of key: String) {
    guard let known = pending[key] else {
      pending[key] = use
      return
    }
    pending[key] = KeyUsage.Use(
      last: max(known.last, use.last), calls: known.calls + use.calls, failures: known.failures + use.failures)
  }
}
