import Contacts
import Store

/// A condition on one column of a list.
struct ListCondition {
  enum Test {
    case compares(String, Value)
    case startsWith(String)
    case contains(String)
    /// There must be one.
    case isOneOf([Int64])
    case isNull(Bool)
    /// One of the values that a record is found by.
    case holds(SearchCondition, of: RecordKind)
    /// True of no row.
    case isNothing
  }

  var column: String
  var isText = false
  var test: Test
  /// How few rows it names, the fewest first; nil for what may be true of all.
  var rank: Int?
}

extension ListCondition {
  /// An id, compared as a request says it.
  static func id(_ comparison: FilterTerm.Comparison, _ id: Int64) -> ListCondition {
    ListCondition(column: "id", test: .compares(comparison.sign, .integer(id)), rank: comparison == .equal ? 0 : nil)
  }

  static func ids(_ ids: [Int64]) -> ListCondition { ListCondition(column: "id", test: .isOneOf(ids), rank: 0) }

  static func equal(_ column: String, _ number: Int64, rank: Int?) -> ListCondition {
    ListCondition(column: column, test: .compares("=", .integer(number)), rank: rank)
  }

  /// A text that is this one, or begins with it. What begins with nothing is all.
  static func text(_ column: String, _ text: String, isPrefix: Bool, rank: Int) -> ListCondition {
    if isPrefix {
      return ListCondition(column: column, isText: true, test: .startsWith(text), rank: text.isEmpty ? nil : rank + 10)
    }
    return ListCondition(column: column, isText: true, test: .compares("=", .text(text)), rank: rank)
  }

  /// A condition on the values that records are found by.
  static func values(_ search: SearchCondition, of kind: RecordKind) -> ListCondition {
    let rank: Int? =
      switch search.test {
      case .compares(.equal, _): 6
      case .startsWith(""): nil
      case .startsWith: 16
      // Half of all records may be above a number.
      case .compares: 30
      }
    return ListCondition(column: "id", test: .holds(search, of: kind), rank: rank)
  }

  /// - Parameter milliseconds: since 1970, inclusive.
  static func updated(from milliseconds: Int64) -> ListCondition {
    ListCondition(column: "updated_at", test: .compares(">=", .integer(milliseconds)))
  }

  /// - Parameter milliseconds: since 1970, inclusive.
  static func updated(until milliseconds: Int64) -> ListCondition {
    ListCondition(column: "updated_at", test: .compares("<=", .integer(milliseconds)))
  }
}

extension FilterTerm.Comparison {
  /// As a statement writes it.
  var sign: String {
    switch self {
    case .equal: "="
    case .unequal: "<>"
    case .atLeast, .atMost, .above, .below: rawValue
    }
  }
}
