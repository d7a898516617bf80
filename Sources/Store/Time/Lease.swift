/// A claim on a row that ends by itself, measured on the clock of the machine that holds it.
package struct Lease: Sendable, Equatable {
  package var holder: String
  package var boot: String
  /// Milliseconds since boot.
  package var until: Int64

  package init(holder: String, from start: Uptime, lasting duration: Duration) {
    self.holder = holder
    boot = start.boot
    until = start.milliseconds + duration.milliseconds
  }

  package init(holder: String, boot: String, until: Int64) {
    self.holder = holder
    self.boot = boot
    self.until = until
  }

  /// A lease of an earlier boot is over: its process did not survive. A boot without a name may be this one.
  package func isOver(at moment: Uptime) -> Bool {
    let isEarlierBoot = boot != moment.boot && ![boot, moment.boot].contains(Uptime.unnamedBoot)
    return isEarlierBoot || until <= moment.milliseconds || until - moment.milliseconds > Self.longest
  }

  /// More than this left means that the machine has restarted and could not tell.
  private static let longest = Duration.minutes(10).milliseconds

  package func remaining(at moment: Uptime) -> Duration {
    isOver(at: moment) ? .zero : .milliseconds(until - moment.milliseconds)
  }
}
