/// What a request says about one field: nothing, that it be empty, or a value. Absent is not null (law P44).
package enum Change<Value> {
  case absent
  case null
  case set(Value)

  /// The value set, if one is.
  package var value: Value? {
    if case .set(let value) = self { value } else { nil }
  }

  package var isAbsent: Bool {
    if case .absent = self { true } else { false }
  }

  package func applied(to old: Value?) -> Value? {
    switch self {
    case .absent: old
    case .null: nil
    case .set(let value): value
    }
  }

  package func map<Other, Failure: Error>(_ transform: (Value) throws(Failure) -> Other) throws(Failure) -> Change<
    Other
  > {
    switch self {
    case .absent: .absent
    case .null: .null
    case .set(let value): .set(try transform(value))
    }
  }
}

extension Change: Equatable where Value: Equatable {}
extension Change: Hashable where Value: Hashable {}
extension Change: Sendable where Value: Sendable {}
