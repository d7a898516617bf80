/// The one storage seam: transactions over rows, in the SQL that SQLite and PostgreSQL share (`$1`, `RETURNING`,
/// `ON CONFLICT`).
///
/// An act is one transaction, atomic and durable when the call returns. It performs no I/O of its own and never waits.
package protocol Database: Sendable {
  /// Runs `act` as the only writer.
  ///
  /// - Throws: what `act` throws, with nothing written; ``StoreError`` where the store itself fails.
  @discardableResult
  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result

  /// Runs `act` on one consistent state.
  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result

  /// A number that differs from an earlier one if another process has written in between.
  func changeMark() async throws -> Int64
}

/// What an act can do to the store.
package protocol Transaction {
  func rows(_ sql: String, values: [Value]) throws -> [Row]

  /// - Returns: how many rows the statement changed.
  func execute(_ sql: String, values: [Value]) throws -> Int
}

extension Transaction {
  package func rows(_ sql: String, _ values: any Storable...) throws -> [Row] {
    try rows(sql, values: values.map(\.stored))
  }

  package func row(_ sql: String, _ values: any Storable...) throws -> Row? {
    try rows(sql, values: values.map(\.stored)).first
  }

  @discardableResult
  package func execute(_ sql: String, _ values: any Storable...) throws -> Int {
    try execute(sql, values: values.map(\.stored))
  }
}

/// Why the store could not do what it was asked; everything else that an act throws is the act's own.
package enum StoreError: Error, Sendable, Equatable {
  /// Full, locked, gone, read-only, broken: try again later, and tell an operator.
  case unavailable(String)
  /// A unique constraint was violated.
  case conflict(String)
  /// A column holds what this version cannot read.
  case unreadable(String)
}

extension StoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unavailable(let reason): "The store cannot be used: \(reason)."
    case .conflict(let what): "There is already such a row (\(what))."
    case .unreadable(let what): "The store holds something this version cannot read: \(what)."
    }
  }
}
