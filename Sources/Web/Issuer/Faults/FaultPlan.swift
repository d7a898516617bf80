import Issuer
import Wire

/// What goes wrong at the issuer's door on purpose, and who says so.
package struct FaultPlan: Sendable {
  /// Whether a request chooses what goes wrong with it, in `X-Evergrant-Fault`.
  package var obeysRequests: Bool
  package var schedule: FaultSchedule?
  package var rehearsal: Rehearsal?
  package var clock: WallClock

  package init(
    obeysRequests: Bool = false, schedule: FaultSchedule? = nil, rehearsal: Rehearsal? = nil, clock: WallClock = .system
  ) {
    self.obeysRequests = obeysRequests
    self.schedule = schedule
    self.rehearsal = rehearsal
    self.clock = clock
  }

  /// Whether nothing can go wrong on purpose.
  package var isEmpty: Bool { !obeysRequests && schedule == nil && rehearsal == nil }
}
