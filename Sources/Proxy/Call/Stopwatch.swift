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

/// How far a body may still fall behind the least rate: time uses it up, bytes give it back.
struct Patience {
  private var nanoseconds: Int64

  init(_ limits: ProxyLimits) { nanoseconds = TimeAmount(limits.bodyPatience).nanoseconds }

  mutating func credit(_ bytes: Int, _ limits: ProxyLimits) {
    let earned = Int64(bytes) * 1_000_000_000 / Int64(max(1, limits.leastBodyRate))
    nanoseconds = min(TimeAmount(limits.bodyPatience).nanoseconds, nanoseconds + earned)
  }

  /// Uses some up, and says whether any is left.
  mutating func outlasts(_ time: Duration) -> Bool {
    nanoseconds -= TimeAmount(time).nanoseconds
    return nanoseconds > 0
  }
}
