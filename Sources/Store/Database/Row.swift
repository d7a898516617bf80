import Wire

/// What a column holds.
package enum Value: Sendable, Hashable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])
}

/// Where each column of a result stands; its rows share one.
package final class Columns: Sendable {
  private let names: [String]

  package init(_ names: [String]) { self.names = names }

  /// A result has few columns: to look through them costs less than a table of them for each statement.
  fileprivate func place(of name: String) -> Int? { names.firstIndex(of: name) }
}

/// A row of a result, read by column name.
package struct Row: Sendable {
  private let columns: Columns
  private let values: [Value]

  package init(columns: Columns, values: [Value]) {
    self.columns = columns
    self.values = values
  }

  package subscript<Kind: Storable>(column: String) -> Kind {
    get throws {
      guard let index = columns.place(of: column) else { throw StoreError.unreadable("no column \(column)") }
      guard let value = Kind(stored: values[index]) else { throw StoreError.unreadable("column \(column)") }
      return value
    }
  }
}

/// A value that a column can hold.
package protocol Storable: Sendable {
  var stored: Value { get }
  init?(stored: Value)
}

extension Value: Storable {
  package var stored: Value { self }
  package init?(stored: Value) { self = stored }
}

extension Int64: Storable {
  package var stored: Value { .integer(self) }
  package init?(stored: Value) {
    guard case .integer(let number) = stored else { return nil }
    self = number
  }
}

extension Int: Storable {
  package var stored: Value { .integer(Int64(self)) }
  package init?(stored: Value) {
    guard case .integer(let number) = stored else { return nil }
    self.init(exactly: number)
  }
}

extension Bool: Storable {
  package var stored: Value { .integer(self ? 1 : 0) }
  package init?(stored: Value) {
    guard case .integer(let number) = stored else { return nil }
    self = number != 0
  }
}

extension String: Storable {
  package var stored: Value { .text(self) }
  package init?(stored: Value) {
    guard case .text(let text) = stored else { return nil }
    self = text
  }
}

extension [UInt8]: Storable {
  package var stored: Value { .blob(self) }
  package init?(stored: Value) {
    guard case .blob(let bytes) = stored else { return nil }
    self = bytes
  }
}

extension Timestamp: Storable {
  package var stored: Value { .integer(milliseconds) }
  package init?(stored: Value) {
    guard case .integer(let number) = stored else { return nil }
    self.init(milliseconds: number)
  }
}

extension Optional: Storable where Wrapped: Storable {
  package var stored: Value { self?.stored ?? .null }
  package init?(stored: Value) {
    if case .null = stored {
      self = .none
    } else if let value = Wrapped(stored: stored) {
      self = .some(value)
    } else {
      return nil
    }
  }
}
