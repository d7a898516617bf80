import Foundation
import GRDB

/// A database as one file that can be carried away: made beside running servers, looked at before it is put in place.
extension SQLite {
  /// Writes a consistent copy of this moment into an empty file; others go on writing meanwhile.
  ///
  /// What was deleted is not in it. The file is not yet synced.
  package func copy(into path: String) async throws {
    do { try await writer.vacuum(into: path) } catch let error as DatabaseError { throw StoreError(error) }
  }

  /// Opens a copy that nobody else has, to look at it or to change it in place; no other file stands beside it afterwards.
  ///
  /// - Throws: ``StoreError/unavailable(_:)`` where it is no database.
  package static func copy(at path: String) throws -> SQLite {
    try translatingErrors {
      let queue = try DatabaseQueue(path: path)
      try queue.writeWithoutTransaction { db in
        // It may have been copied from a database with a log of writes.
        try db.execute(sql: "PRAGMA journal_mode = DELETE")
        try db.execute(sql: "PRAGMA synchronous = FULL")
      }
      return SQLite(alone: queue)
    }
  }

  /// - Returns: the first thing that is wrong with the file's structure, or nil.
  package func damage() async throws -> String? {
    do {
      let words = try await writer.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
      return words == "ok" ? nil : words ?? "it cannot be checked"
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }

  /// The columns that a table of it has.
  package func columns(of table: String) async throws -> [String] {
    try await read { db in
      try db.rows("SELECT name FROM pragma_table_info($1)", table).map { try $0["name"] as String }
    }
  }

  /// The tables that it has.
  package func tables() async throws -> Set<String> {
    try await read { db in
      Set(try db.rows("SELECT name FROM sqlite_master WHERE type = 'table'").map { try $0["name"] as String })
    }
  }
}
