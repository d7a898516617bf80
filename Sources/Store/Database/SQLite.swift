import Foundation
import GRDB
import Synchronization

/// The embedded engine: SQLite in WAL mode, durable at every commit.
package final class SQLite: Database {
  let writer: any DatabaseWriter
  private let commits: GroupCommit?
  private let use = Mutex<FileLock?>(nil)

  /// What is expected of a file.
  package enum Size {
    /// Some megabytes, of which a commit changes few pages.
    case small
    /// Gigabytes, in which a commit may change pages everywhere, as many contacts at once do. In 64 MiB of memory most of them
    /// are found and none is written twice; and the log of writes grows to as much before its pages are put in their places, so
    /// that those that change again and again are put there once.
    case large
  }

  /// Opens a database file that several processes may share.
  ///
  /// - Parameter use: what tells other processes that the database is worked on, held for as long as it is open.
  /// - Throws: ``StoreError/unavailable(_:)`` where the file cannot be used, or a commit would not be synced.
  package init(path: String, size: Size = .small, use: FileLock? = nil) throws {
    self.use.withLock { $0 = use }
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.maximumReaderCount = 4
    // With any other, each of its threads would ask for a priority that only root may have, and report the refusal.
    configuration.qos = .default
    do {
      let pool = try DatabasePool(path: path, configuration: configuration)
      // GRDB lowers `synchronous` when it turns WAL on; a power cut would then lose the last commits.
      let synchronous = try pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // What undoes a single statement would else be a file, made and removed for each act.
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
        if size == .large {
          try db.execute(sql: "PRAGMA cache_size = -65536")
          try db.execute(sql: "PRAGMA wal_autocheckpoint = 16384")
        }
        return try Int.fetchOne(db, sql: "PRAGMA synchronous")
      }
      guard synchronous == 2 else {
        throw StoreError.unavailable(
          "\(path) does not sync its commits (synchronous reads \(synchronous ?? -1), not 2)")
      }
      writer = pool
      commits = GroupCommit(pool)
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }

  /// A database of this process alone, whose calls neither suspend nor change threads.
  init(alone queue: DatabaseQueue) {
    writer = queue
    commits = nil
  }

  /// For a simulation.
  package static func inMemory() throws -> SQLite { SQLite(alone: try DatabaseQueue()) }

  /// Closes the files; every later call fails.
  package func close() throws {
    try translatingErrors { try writer.close() }
    use.withLock { $0 = nil }
  }

  /// How many transactions this process has committed to a file, each with a sync of its own.
  package var commitCount: Int { commits?.count ?? 0 }

  /// All that is stored now, in memory.
  package func copyInMemory() throws -> SQLite {
    let copy = try DatabaseQueue()
    try translatingErrors { try writer.backup(to: copy) }
    return SQLite(alone: copy)
  }

  @discardableResult
  package func write<Result: Sendable>(
    _ act: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result {
    if let commits { return try await commits.run(act) }
    return try translatingErrors { try writer.write { try act(SQLiteTransaction(db: $0)) } }
  }

  package func read<Result: Sendable>(
    _ act: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result {
    if commits == nil {
      // Alone on its connection; an ordinary read would turn it read-only and back, and forget its statements each time.
      return try translatingErrors { try writer.unsafeRead { try act(SQLiteTransaction(db: $0)) } }
    }
    do {
      return try await writer.read { try act(SQLiteTransaction(db: $0)) }
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }

  package func changeMark() async throws -> Int64 {
    if commits == nil {
      return try translatingErrors {
        try writer.unsafeRead { try Int64.fetchOne($0, sql: "SELECT total_changes()") ?? 0 }
      }
    }
    do {
      // `data_version` tells one connection of the commits of all others, so the writing connection must be asked.
      return try await writer.writeWithoutTransaction { try Int64.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }
}

func translatingErrors<Result>(_ work: () throws -> Result) throws -> Result {
  do { return try work() } catch let error as DatabaseError { throw StoreError(error) }
}

extension StoreError {
  init(_ error: DatabaseError) {
    let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    switch error.extendedResultCode {
    case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY: self = .conflict(message)
    default: self = .unavailable(message)
    }
  }
}
