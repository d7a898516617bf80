import Wire

/// A claim on a row that ends by itself, on the clock since boot of the machine that holds it (K9).
///
/// The clock alone decides. The boot id does not: containers show processes of one kernel different ones.
package struct Lease: Sendable, Equatable, Codable {
  package var holder: String
  /// Milliseconds since boot.
  package var until: Int64

  /// How long a claim keeps others away.
  package static let length = Duration.seconds(180)

  /// A lease that begins.
  package init(holder: String, from start: Uptime) {
    self.holder = holder
    until = start.milliseconds + Self.length.milliseconds
  }

  package init(holder: String, until: Int64) {
    self.holder = holder
    self.until = until
  }

  /// Until when a flight that needs `duration` of the lease may be sent, on the clock of `moment`, which is the holder's too.
  package func leaves(_ duration: Duration, asOf moment: Uptime) -> Uptime {
    Uptime(boot: moment.boot, milliseconds: until - duration.milliseconds)
  }

  package func isOver(at moment: Uptime) -> Bool { remaining(at: moment) == .zero }

  /// How much of the lease is left. More than twice its length means that the clock began again since, so that nobody who held
  /// it lives; that counts as nothing. More than its length can be left where `moment` was read before the lease began, as
  /// before a wait for the store.
  package func remaining(at moment: Uptime) -> Duration {
    let left = Duration.milliseconds(until - moment.milliseconds)
    return left > Self.length * 2 ? .zero : max(.zero, left)
  }
}
