/// The values of a statement, and where each stands in it.
package struct Bindings {
  package private(set) var values: [Value] = []

  package init() {}

  /// Where the value stands, as a statement names it.
  package mutating func bind(_ value: some Storable) -> String {
    values.append(value.stored)
    return "$\(values.count)"
  }

  /// Values for an `IN (…)`; there must be one. The last is repeated up to a power of two: an engine keeps each statement that
  /// it has met, and lists of all lengths would be as many.
  package mutating func list(_ values: [some Storable]) -> String {
    var count = 1
    while count < values.count { count *= 2 }
    return (0..<count).map { bind(values[min($0, values.count - 1)]) }.joined(separator: ", ")
  }
}
