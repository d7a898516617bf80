import Foundation
import GRDB
import Synchronization

/// The embedded engine: SQLite in WAL mode, durable at every commit.
package final class SQLite: Database {
  let writer: any DatabaseWriter
  private let commits: GroupCommit?
  private let use = Mutex<FileLock?>(nil)

  /// Opens a database file that several processes may share.
  ///
  /// - Parameter use: what tells other processes that the database is worked on, held for as long as it is open.
  /// - Throws: ``StoreError/unavailable(_:)`` where the file cannot be used, or a commit would not be synced.
  package init(path: String, use: FileLock? = nil) throws {
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

struct SQLiteTransaction: Transaction {
  let db: GRDB.Database

  func rows(_ sql: String, values: [Value]) throws -> [Row] {
    let statement = try prepare(sql, values)
    let columns = Columns(statement.columnNames), count = statement.columnCount
    // Read in place: an array of GRDB's rows would copy each of them first.
    let cursor = try GRDB.Row.fetchCursor(statement)
    var rows: [Row] = []
    while let row = try cursor.next() {
      rows.append(Row(columns: columns, values: try (0..<count).map { try Value(row[$0] as DatabaseValue) }))
    }
    return rows
  }

  func execute(_ sql: String, values: [Value]) throws -> Int {
    try prepare(sql, values).execute()
    return db.changesCount
  }

  private func prepare(_ sql: String, _ values: [Value]) throws -> Statement {
    for case .text(let text) in values where text.utf8.contains(0) {
      // An engine refuses a text with a NUL, or ends it there, and what is read back would not be what was written.
      throw StoreError.unreadable("a text with a NUL character")
    }
    let statement = try db.cachedStatement(sql: sql)
    // By place, as a table of names for each statement costs more than many a statement. A number without a value is no argument,
    // so that the statement has too few, and throws.
    let numbers = StatementPlaces.numbers(in: sql).filter { values.indices.contains($0 - 1) }
    let arguments: [DatabaseValue] = numbers.map { values[$0 - 1].databaseValue }
    try statement.setArguments(StatementArguments(arguments))
    return statement
  }
}

extension Value {
  fileprivate init(_ value: DatabaseValue) throws {
    switch value.storage {
    case .null: self = .null
    case .int64(let number): self = .integer(number)
    case .double(let number):
      guard let whole = Int64(exactly: number.rounded(.towardZero)) else {
        throw StoreError.unreadable("a number that is out of range")
      }
      self = .integer(whole)
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob([UInt8](data))
    }
  }

  fileprivate var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let number): number.databaseValue
    case .text(let text): text.databaseValue
    case .blob(let bytes): Data(bytes).databaseValue
    }
  }
}
