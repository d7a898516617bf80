import Synchronization
import Wire

/// Time that moves only when told to: the wall and the machine's own clock together, or the wall alone for a step.
package final class VirtualTime: Sendable {
  private struct Sleeper {
    var deadline: Int64
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var uptime: Int64 = 1_000_000
    var wallOffset: Int64
    /// What has passed since the start, whatever was done to the clocks.
    var elapsed: Int64 = 0
    var boot = "boot-1"
    var nextID = 0
    var sleepers: [Int: Sleeper] = [:]
  }

  private let state: Mutex<State>
  private let start: Timestamp

  /// Starts at a moment of wall time, by default 2026-11-23 16:00 UTC.
  package init(start: Timestamp = Timestamp(seconds: 1_795_449_600)) {
    self.start = start
    state = Mutex(State(wallOffset: start.milliseconds - 1_000_000))
  }

  package var now: Timestamp { state.withLock { Timestamp(milliseconds: $0.uptime + $0.wallOffset) } }

  /// The time by a clock that nobody steps.
  package var trueNow: Timestamp { start + .milliseconds(state.withLock(\.elapsed)) }

  package var clock: WallClock {
    WallClock(
      now: { self.now },
      uptime: { self.state.withLock { Uptime(boot: $0.boot, milliseconds: $0.uptime) } },
      sleep: { try await self.sleep($0) })
  }

  /// Lets time pass and wakes whoever is due, earliest first.
  package func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.uptime += duration.milliseconds
      state.elapsed += duration.milliseconds
      let due = state.sleepers.filter { $0.value.deadline <= state.uptime }
      for id in due.keys { state.sleepers[id] = nil }
      return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  /// Sets the wall clock forward or back, as an administrator or a time server does; nobody's sleep ends by it.
  package func stepWall(by duration: Duration) { state.withLock { $0.wallOffset += duration.milliseconds } }

  /// Sets the wall clock right.
  package func setWallRight() {
    state.withLock { $0.wallOffset = start.milliseconds + $0.elapsed - $0.uptime }
  }

  /// Starts the machine anew: the clock since boot begins again, and sleepers still wake when they are due.
  package func reboot() {
    state.withLock { state in
      for id in state.sleepers.keys { state.sleepers[id]?.deadline -= state.uptime }
      state.wallOffset += state.uptime
      state.uptime = 0
      state.boot += "'"
    }
  }

  /// How long until the first sleeper is due, or nil if nobody sleeps.
  package var untilNextDeadline: Duration? {
    state.withLock { state in
      state.sleepers.values.map(\.deadline).min().map { .milliseconds(max(0, $0 - state.uptime)) }
    }
  }

  private func sleep(_ duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if duration <= .zero { return .success(()) }
          state.sleepers[id] = Sleeper(deadline: state.uptime + duration.milliseconds, continuation: continuation)
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
  }
}
