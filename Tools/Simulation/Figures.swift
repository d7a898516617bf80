import Synchronization
import Wire

/// What happened in one simulation, in numbers.
package struct Figures: Sendable, Codable, Equatable {
  package var seeds: Int64 = 0
  package var virtualSeconds: Int64 = 0
  package var steps: Int64 = 0
  package var rotations: Int64 = 0
  package var landings: Int64 = 0
  package var exchanges: Int64 = 0
  package var faults: Int64 = 0
  package var calls: Int64 = 0
  package var approvals: Int64 = 0
  package var revocations: Int64 = 0
  package var personNeeded: Int64 = 0
  /// Old states of the store that came back, and those after which a presented token was judged.
  package var restores: Int64 = 0
  package var judgedRestores: Int64 = 0
  /// Grants that ended, or could not be refreshed any more, because an answer of a strict provider was lost, and those of
  /// which the operator was told so, with the moment.
  package var strictLosses: Int64 = 0
  package var diagnosedLosses: Int64 = 0
  /// How often each kind of incident took place.
  package var incidents: [String: Int64] = [:]

  package init() {}

  package subscript(incident: Incident) -> Int64 { incidents[incident.rawValue] ?? 0 }

  package static func + (left: Figures, right: Figures) -> Figures {
    var sum = left
    for field in fields { sum[keyPath: field] += right[keyPath: field] }
    sum.incidents.merge(right.incidents) { $0 + $1 }
    return sum
  }

  private static var fields: [WritableKeyPath<Figures, Int64>] {
    [
      \.seeds, \.virtualSeconds, \.steps, \.rotations, \.landings, \.exchanges, \.faults, \.calls, \.approvals,
      \.revocations, \.personNeeded, \.restores, \.judgedRestores, \.strictLosses, \.diagnosedLosses,
    ]
  }
}

final class FigureCount: Sendable {
  private let figures = Mutex(Figures())
  private let lines = Mutex<[String]>([])
  /// Whether what happens is also told.
  private let isTelling: Bool
  private let time: @Sendable () -> Duration

  init(isTelling: Bool, time: @escaping @Sendable () -> Duration) {
    self.isTelling = isTelling
    self.time = time
  }

  /// What happened, line by line, in the order of time.
  var tale: [String] { lines.withLock { $0 } }

  func tell(_ line: @autoclosure () -> String) {
    guard isTelling else { return }
    let line = "\(time().milliseconds) ms: \(line())"
    lines.withLock { $0.append(line) }
  }

  var all: Figures { figures.withLock { $0 } }

  func count(_ field: any WritableKeyPath<Figures, Int64> & Sendable, _ number: Int64 = 1) {
    figures.withLock { $0[keyPath: field] += number }
  }

  func count(_ incident: Incident, _ of: String = "") {
    tell("\(incident.rawValue) \(of)")
    figures.withLock { $0.incidents[incident.rawValue, default: 0] += 1 }
  }
}
