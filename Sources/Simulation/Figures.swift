import Store
import Synchronization

/// What happened in one simulation, in numbers.
package struct Figures: Sendable, Codable, Equatable {
  package var seeds: Int64 = 0
  package var virtualSeconds: Int64 = 0
  package var steps: Int64 = 0
  package var rotations: Int64 = 0
  package var landings: Int64 = 0
  package var exchanges: Int64 = 0
  package var faults: Int64 = 0
  package var deaths: Int64 = 0
  package var calls: Int64 = 0
  package var approvals: Int64 = 0
  package var revocations: Int64 = 0
  package var restores: Int64 = 0
  package var clockSteps: Int64 = 0
  package var personNeeded: Int64 = 0

  package init() {}

  package static func + (left: Figures, right: Figures) -> Figures {
    var sum = left
    for field in fields { sum[keyPath: field] += right[keyPath: field] }
    return sum
  }

  private static var fields: [WritableKeyPath<Figures, Int64>] {
    [
      \.seeds, \.virtualSeconds, \.steps, \.rotations, \.landings, \.exchanges, \.faults, \.deaths, \.calls,
      \.approvals,
      \.revocations, \.restores, \.clockSteps, \.personNeeded,
    ]
  }
}

final class FigureCount: Sendable {
  private let figures = Mutex(Figures())

  var all: Figures { figures.withLock { $0 } }

  func count(_ field: any WritableKeyPath<Figures, Int64> & Sendable, _ number: Int64 = 1) {
    figures.withLock { $0[keyPath: field] += number }
  }
}
