import Foundation
import Store
import Wire

/// Something that should have happened and did not.
package struct Missed: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}

/// Only ends a test that would never end: no machine is so slow that what is awaited comes later.
package let farOff = Duration.minutes(10)

/// Asks until there is an answer.
package func eventually<Value>(
  _ what: @autoclosure () -> String, within limit: Duration = farOff, _ probe: () async throws -> Value?
) async throws -> Value {
  guard let value = try await eventually(within: limit, every: .milliseconds(10), probe) else {
    throw Missed("Not in \(limit): \(what())")
  }
  return value
}

/// Asks until there is an answer, or nil when the time is over: for who goes on without it.
///
/// - Parameter pause: between two questions; longer where a question takes longer, as one that starts a program does, so that
///   asking leaves the machine to what is waited for.
package func eventually<Value>(
  within limit: Duration, every pause: Duration = .milliseconds(1), _ probe: () async throws -> Value?
) async throws -> Value? {
  let deadline = ContinuousClock.now + limit
  while true {
    let asked = ContinuousClock.now
    if let value = try await probe() { return value }
    let now = ContinuousClock.now
    guard now < deadline else { return nil }
    try await Task.sleep(for: max(pause, now - asked))
  }
}

/// Asks until the answer is yes.
package func eventually(
  _ what: String, within limit: Duration = farOff, _ holds: () async throws -> Bool
) async throws {
  try await eventually(what, within: limit) { try await holds() ? () : nil }
}
