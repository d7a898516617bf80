import Synchronization
import Wire

/// How fast one job calls, learnt from what it is answered; all its calls share it.
///
/// It begins with one call at a time, doubles with each round of answers, and goes back when it is told to wait. Where the
/// answers name a limit, as Keap's do, the calls are spread evenly below it, so that the limit is never met.
package final class Pace: Sendable {
  /// The most rows under way at once.
  package static let most = 16
  /// How much of a limit is used: other jobs of the same app may call too.
  private static let share = 0.9
  /// Answers without a fault before one more is sent at once, after a limit was met.
  private static let patience = 64

  private struct State {
    var width = 1
    /// Whether a limit was met: from then on it grows slowly.
    var wasThrottled = false
    var goodInARow = 0
    /// Between the beginnings of two calls, in milliseconds.
    var spacing: Int64 = 0
    /// Uptime in milliseconds before which nothing is sent.
    var nextAt: Int64 = 0
    /// Until when all calls rest, and why.
    var restUntil: Int64 = 0
    var trouble: String?
  }

  private let state = Mutex(State())
  private let clock: WallClock
  private let isStopping: @Sendable () -> Bool

  /// - Parameter isStopping: whether nothing more is to be begun.
  package init(clock: WallClock, isStopping: @escaping @Sendable () -> Bool) {
    self.clock = clock
    self.isStopping = isStopping
  }

  /// How many rows may be under way.
  package var width: Int { state.withLock(\.width) }

  /// Why all calls rest at the moment; nil where they do not.
  package var trouble: String? {
    let now = clock.uptime().milliseconds
    return state.withLock { now < $0.restUntil ? $0.trouble : nil }
  }

  /// Waits until it is this call's turn.
  /// - Throws: ``ContactAPI/Stopped`` where there will be none.
  func turn() async throws {
    while true {
      guard !isStopping() else { throw ContactAPI.Stopped() }
      let now = clock.uptime().milliseconds
      let wait = state.withLock { state -> Int64 in
        let from = max(state.nextAt, state.restUntil)
        if from <= now { state.nextAt = now + state.spacing }
        return from - now
      }
      guard wait > 0 else { return }
      // In steps of at most a second, so that a call that is told to stop does.
      try await clock.sleep(.milliseconds(min(wait, 1000)))
    }
  }

  /// Waits before a call of its own is repeated, while others go on.
  func pause(_ duration: Duration) async throws {
    let end = clock.uptime() + duration
    while case let left = (end - clock.uptime()).milliseconds, left > 0 {
      guard !isStopping() else { throw ContactAPI.Stopped() }
      try await clock.sleep(.milliseconds(min(left, 1000)))
    }
  }

  /// Takes note of an answer that was no refusal to go so fast.
  func hear(_ headers: [String: String]) {
    let limit = KeapThrottle(headers), now = clock.uptime().milliseconds
    state.withLock { state in
      state.goodInARow += 1
      if !state.wasThrottled || state.goodInARow >= Self.patience {
        state.width = min(Self.most, state.width + 1)
        state.goodInARow = 0
      }
      guard let limit else { return }
      state.spacing = Int64((Double(limit.period.milliseconds) / Double(limit.calls) / Self.share).rounded(.up))
      // Somebody else uses the limit up, so it is left to fill again.
      if limit.left <= Self.most { rest(&state, limit.period / 12, "the API's limit is nearly used up", now) }
    }
  }

  /// All calls rest, since one was told to wait.
  func slowDown(for duration: Duration, _ trouble: String) {
    let now = clock.uptime().milliseconds
    state.withLock { state in
      // One answer counts for all that were under way with it.
      if now >= state.restUntil { state.width = max(1, state.width / 2) }
      state.wasThrottled = true
      state.goodInARow = 0
      rest(&state, duration, trouble, now)
    }
  }

  private func rest(_ state: inout State, _ duration: Duration, _ trouble: String, _ now: Int64) {
    state.restUntil = max(state.restUntil, now + duration.milliseconds)
    state.trouble = trouble
  }
}

/// The limit that Keap tells with each answer: so many calls in a rolling period, and how many are left.
struct KeapThrottle: Equatable {
  var calls: Int64
  var period: Duration
  var left: Int64

  init?(_ headers: [String: String]) {
    func number(_ name: String) -> Int64? { headers["x-keap-product-throttle-" + name].flatMap { Int64($0) } }
    let units = ["second": Duration.seconds(1), "minute": .minutes(1), "hour": .hours(1)]
    guard let calls = number("limit"), calls > 0,
      let unit = headers["x-keap-product-throttle-time-unit"].flatMap({ units[$0.lowercased()] })
    else { return nil }
    self.calls = calls
    period = unit * Int(min(max(number("interval") ?? 1, 1), 60))
    left = number("available") ?? calls
  }
}
