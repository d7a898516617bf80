import Foundation
import GRDB

/// A database file that is looked at and left as it is, whether or not a server works on it.
package final class DatabaseLook: Sendable {
  /// Whether a commit could be made, and would survive a power cut.
  package enum Writing: Sendable, Equatable {
    /// The write lock was had and given back; `synchronous` reads back as this, and 2 is right.
    case possible(synchronous: Int)
    case refused(String)
    /// Others wrote for as long as we waited.
    case busy
  }

  /// Reads only.
  package let database: SQLite
  private let path: String
  private let reader: DatabaseQueue
  /// Whether the reader may also write.
  private let isAlone: Bool
  private let patience: Double

  /// - Parameter patience: how long it waits for those who write, in seconds.
  /// - Throws: ``StoreError`` where the file cannot be read as a database.
  package init(path: String, patience: Double = 5) throws {
    self.path = path
    self.patience = patience
    guard FileManager.default.fileExists(atPath: path) else { throw StoreError.unavailable("\(path) is missing") }
    // Whoever closes a database last removes its log of writes, unless it opened the file for reading only. Where there is
    // a log we only read, so that it stays; where there is none we open for writing, so that none is left behind.
    isAlone = !FileManager.default.fileExists(atPath: path + "-wal")
    reader = try translatingErrors { [isAlone] in try Self.open(path, isReading: !isAlone, patience: patience) }
    database = SQLite(alone: reader)
  }

  package func tryWriting() -> Writing {
    do {
      let writer = isAlone ? reader : try Self.open(path, isReading: false, patience: patience)
      defer { if !isAlone { try? writer.close() } }
      return try writer.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
        try db.inTransaction(.immediate) {
          // The lock can be had even of a file that may not be written, so a write is tried too.
          try db.execute(sql: "CREATE TABLE whether_it_can_be_written (x)")
          return .rollback
        }
        return .possible(synchronous: synchronous)
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      return .busy
    } catch let error as DatabaseError {
      return .refused(error.message ?? "SQLite error \(error.extendedResultCode.rawValue)")
    } catch {
      return .refused("\(error)")
    }
  }

  package func close() { try? reader.close() }

  private static func open(_ path: String, isReading: Bool, patience: Double) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = isReading
    configuration.busyMode = .timeout(patience)
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
