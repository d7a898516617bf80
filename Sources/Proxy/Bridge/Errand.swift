import Sockets

/// What the bridge does for one call of a job, as the event loop sees it.
///
/// It can be given up when the job goes, until a write of it has gone out. From then on it goes to its end: what is written in
/// part, or cut off while it is written, is worse than what is written for nobody. For as long as it lasts it has the job's
/// place, and one among the errands.
final class Errand {
  private enum State {
    /// Nothing of it was written: then `writing` or `givenUp`.
    case open
    case writing
    case givenUp
  }

  let ticket: Places.Ticket
  private var state = State.open
  private var work: Task<Void, Never>?
  /// Our end of the call to ourselves that is under way.
  private weak var own: ClientConnection?

  /// - Parameter ticket: its place among the errands.
  init(_ ticket: Places.Ticket) { self.ticket = ticket }

  var isGivenUp: Bool { state == .givenUp }

  func begin(_ work: Task<Void, Never>) { self.work = work }

  /// A call to ourselves has come in.
  func calls(on connection: ClientConnection) { own = connection }

  /// A call to ourselves goes out to the upstream.
  func sends(_ call: Call) {
    if !call.onlyReads { state = .writing }
  }

  /// Ends all that waits or reads, for a job that has gone.
  func giveUp() {
    guard state == .open else { return }
    state = .givenUp
    work?.cancel()
    own?.endWithJob()
  }
}
