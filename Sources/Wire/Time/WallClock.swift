import Foundation

/// Where time comes from: the system, or a test that moves it.
package struct WallClock: Sendable {
  /// Wall time, which may step.
  package var now: @Sendable () -> Timestamp
  /// Time since the machine started, counted through suspend, which does not step.
  package var uptime: @Sendable () -> Uptime
  package var sleep: @Sendable (Duration) async throws -> Void

  package init(
    now: @escaping @Sendable () -> Timestamp, uptime: @escaping @Sendable () -> Uptime,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.uptime = uptime
    self.sleep = sleep
  }
}

/// A moment on one machine's own clock. Moments of two boots cannot be compared. Some processes of one machine may be shown
/// another name for the same boot.
package struct Uptime: Sendable, Equatable {
  package var boot: String
  package var milliseconds: Int64

  package init(boot: String, milliseconds: Int64) {
    self.boot = boot
    self.milliseconds = milliseconds
  }

  package static func - (later: Uptime, earlier: Uptime) -> Duration {
    .milliseconds(later.milliseconds - earlier.milliseconds)
  }

  package static func + (start: Uptime, duration: Duration) -> Uptime {
    Uptime(boot: start.boot, milliseconds: start.milliseconds + duration.milliseconds)
  }

  /// Whether less than `duration` has passed since `earlier`, on the same boot of the machine.
  package func isWithin(_ duration: Duration, of earlier: Uptime) -> Bool {
    boot == earlier.boot && (0..<duration.milliseconds).contains(milliseconds - earlier.milliseconds)
  }
}

extension WallClock {
  package static let system = WallClock(
    now: { Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))) },
    uptime: { Uptime(boot: Self.bootID, milliseconds: Self.sinceBoot()) },
    sleep: { try await Task.sleep(for: $0) })

  /// Where the system does not tell it, as inside some sandboxes, no other process is known to be of the same boot.
  private static let bootID =
    (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
    .trimmingCharacters(in: .whitespacesAndNewlines) ?? UUID().uuidString

  private static func sinceBoot() -> Int64 {
    var time = timespec()
    #if os(Linux)
      clock_gettime(CLOCK_BOOTTIME, &time)
    #else
      clock_gettime(CLOCK_MONOTONIC, &time)
    #endif
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
