import Foundation
import Store

/// Something that should have happened and did not.
struct Missed: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// Only ends a test that would never end: no machine is so slow that what is awaited comes later.
let farOff = Duration.minutes(10)

/// Asks until there is an answer.
func eventually<Value>(
  _ what: String, within limit: Duration = farOff, _ probe: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + limit
  while true {
    if let value = try await probe() { return value }
    guard ContinuousClock.now < deadline else { throw Missed("Not in \(limit): \(what)") }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Asks until the answer is yes.
func eventually(
  _ what: String, within limit: Duration = farOff, _ holds: () async throws -> Bool
) async throws {
  try await eventually(what, within: limit) { try await holds() ? () : nil }
}
