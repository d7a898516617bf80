import HostileProvider
import Store
import Wire

/// Asks again and again until there is an answer, or nil when the time is over.
func eventually<Value>(
  within limit: Duration, every pause: Duration = .milliseconds(1), _ probe: () async throws -> Value?
) async throws -> Value? {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if let value = try await probe() { return value }
    try await Task.sleep(for: pause)
  }
  return nil
}
