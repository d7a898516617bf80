import Store
import Synchronization

/// A database in memory whose schema was made once: whoever asks gets a copy of their own, which takes a small part of the time.
package final class MigratedDatabase: Sendable {
  private let migrations: [Migration]
  private let made = Mutex<SQLite?>(nil)

  package init(_ migrations: [Migration]) { self.migrations = migrations }

  package func copy() async throws -> SQLite {
    if let made = made.withLock({ $0 }) { return try made.copyInMemory() }
    // Those who come first may each make one; they are alike.
    let database = try SQLite.inMemory()
    try await database.migrate(migrations)
    made.withLock { $0 = database }
    return try database.copyInMemory()
  }
}
