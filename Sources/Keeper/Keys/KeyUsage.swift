import Store
import Synchronization

/// When each key was last used, gathered in memory so that no call waits for the store.
final class KeyUsage: Sendable {
  private let pending = Mutex<[String: Timestamp]>([:])

  func note(key: String, at moment: Timestamp) { pending.withLock { $0[key] = max($0[key] ?? moment, moment) } }

  func flush(to database: any Database) async throws {
    let taken = pending.withLock { pending in
      defer { pending = [:] }
      return pending
    }
    guard !taken.isEmpty else { return }
    do {
      try await database.write { db in
        for (name, moment) in taken {
          try db.execute(
            "UPDATE api_keys SET last_used_at = $2 WHERE name = $1 AND COALESCE(last_used_at, 0) < $2", name, moment)
        }
      }
    } catch {
      for (name, moment) in taken { note(key: name, at: moment) }
      throw error
    }
  }
}
