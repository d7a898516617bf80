import Sockets

/// The place of one connection. It is kept until the job has left and nothing more is done for it.
struct HeldPlace {
  private let places: Places
  private var ticket: Places.Ticket?
  /// The key whose job the connection is, once one was accepted.
  private var holder = ""
  /// What the bridge does for the call at hand, or still does for the call that the job has left.
  private(set) var errand: Errand?
  private var isLeft = false

  init(among places: Places) { self.places = places }

  /// - Parameter displaced: called, on any thread, if the place goes to a newcomer.
  /// - Returns: false where every place is kept.
  mutating func enter(from address: String?, displaced: @escaping @Sendable () -> Void) -> Bool {
    ticket = places.enter(from: address, displaced: displaced)
    return ticket != nil
  }

  /// Keeps it for the job of a key.
  ///
  /// - Returns: whether that job may have one more.
  mutating func keep(for key: String) -> Bool {
    if holder == key { return true }
    guard let ticket, places.keep(ticket, for: key) else { return false }
    holder = key
    return true
  }

  mutating func begin(_ errand: Errand) { self.errand = errand }

  mutating func endErrand() {
    errand = nil
    giveBack()
  }

  mutating func jobLeaves() {
    isLeft = true
    giveBack()
  }

  private mutating func giveBack() {
    guard isLeft, errand == nil, let ticket else { return }
    self.ticket = nil
    places.leave(ticket)
  }
}
