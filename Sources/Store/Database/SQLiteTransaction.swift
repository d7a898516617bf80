import Foundation
import GRDB
import GRDBSQLite

/// A transaction of SQLite. The connection keeps its statements; they are run here, since what a library does for each of them
/// beside running it costs more than most of them.
struct SQLiteTransaction: Transaction {
  let db: GRDB.Database

  func rows(_ sql: String, values: [Value]) throws -> [Row] {
    let statement = try prepare(sql, values)
    defer { sqlite3_reset(statement) }
    var columns: Columns?
    var rows: [Row] = []
    while try step(statement, sql) {
      // A statement that was compiled before the tables changed is compiled anew by its first step.
      let names = columns ?? Columns(names(of: statement))
      columns = names
      let values = try (0..<sqlite3_data_count(statement)).map { try Value(statement, column: $0) }
      rows.append(Row(columns: names, values: values))
    }
    return rows
  }

  func execute(_ sql: String, values: [Value]) throws -> Int {
    let statement = try prepare(sql, values)
    defer { sqlite3_reset(statement) }
    while try step(statement, sql) {}
    return db.changesCount
  }

  private func prepare(_ sql: String, _ values: [Value]) throws -> OpaquePointer {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    let places = sqlite3_bind_parameter_count(statement)
    guard places > 0 else { return statement }
    for place in 1...places {
      // SQLite counts the places in the order in which each is named first: `$2`, if that comes first, is its place 1.
      guard let name = sqlite3_bind_parameter_name(statement, place), case let number = Int(atoi(name + 1)),
        values.indices.contains(number - 1)
      else { throw StoreError.unreadable("a statement that names a value which it is not given") }
      let code = try values[number - 1].bind(to: statement, at: place)
      guard code == SQLITE_OK else { throw error(code, sql) }
    }
    return statement
  }

  /// - Returns: whether there is a row.
  private func step(_ statement: OpaquePointer, _ sql: String) throws -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: true
    case SQLITE_DONE: false
    case let code: throw error(code, sql)
    }
  }

  private func names(of statement: OpaquePointer) -> [String] {
    (0..<sqlite3_data_count(statement)).map { sqlite3_column_name(statement, $0).map { String(cString: $0) } ?? "" }
  }

  private func error(_ code: CInt, _ sql: String) -> DatabaseError {
    let message = sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }
    return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
  }
}

extension Value {
  /// What a column of the row has that a statement is at.
  fileprivate init(_ statement: OpaquePointer, column: CInt) throws {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL: self = .null
    case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT:
      guard let whole = Int64(exactly: sqlite3_column_double(statement, column).rounded(.towardZero)) else {
        throw StoreError.unreadable("a number that is out of range")
      }
      self = .integer(whole)
    case SQLITE_TEXT:
      let bytes = UnsafeBufferPointer(
        start: sqlite3_column_text(statement, column), count: Int(sqlite3_column_bytes(statement, column)))
      self = .text(String(decoding: bytes, as: UTF8.self))
    default:
      let start = sqlite3_column_blob(statement, column)
      self = .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))))
    }
  }

  /// - Returns: SQLite's result code.
  fileprivate func bind(to statement: OpaquePointer, at place: CInt) throws -> CInt {
    switch self {
    case .null: return sqlite3_bind_null(statement, place)
    case .integer(let number): return sqlite3_bind_int64(statement, place, number)
    case .text(var text):
      return try text.withUTF8 { bytes in
        // An engine refuses a text with a NUL, or ends it there, and what is read back would not be what was written.
        guard !bytes.contains(0) else { throw StoreError.unreadable("a text with a NUL character") }
        return bytes.withMemoryRebound(to: CChar.self) { characters in
          sqlite3_bind_text64(
            statement, place, characters.baseAddress, UInt64(characters.count), Self.copied, UInt8(SQLITE_UTF8))
        }
      }
    // Without an address it would be NULL.
    case .blob([]): return sqlite3_bind_zeroblob(statement, place, 0)
    case .blob(let bytes):
      return bytes.withUnsafeBytes { bytes in
        sqlite3_bind_blob64(statement, place, bytes.baseAddress, UInt64(bytes.count), Self.copied)
      }
    }
  }

  /// SQLITE_TRANSIENT, a macro that Swift does not see: what is bound is copied at once.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
