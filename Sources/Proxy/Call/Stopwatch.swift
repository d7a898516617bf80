import NIOCore

/// Measures how long nothing has happened. Events only raise a flag; the tick after them reads the clock.
struct Stopwatch {
  private var isRestarted = true
  private var since = NIODeadline.uptimeNanoseconds(0)

  mutating func restart() { isRestarted = true }

  /// How long it is since the last event, or nil where one came since the last reading.
  mutating func read(_ now: NIODeadline) -> Duration? {
    guard isRestarted else { return .nanoseconds((now - since).nanoseconds) }
    isRestarted = false
    since = now
    return nil
  }
}
