import Synchronization

/// Lets few batches at the store at once: each takes as long there as hundreds of other acts, which wait for it. The tenants that
/// wait take turns, so that many batches of one make each other wait, and another tenant's no longer than by one.
final class BatchLine: Sendable {
  private typealias Turn = CheckedContinuation<Bool, Never>

  private struct State {
    var running = 0
    var line = FairLine<Int64, Turn>(most: BatchLine.mostWaiting, mostFromOne: BatchLine.mostWaitingOfTenant)
  }

  static let mostRunning = 2
  /// Each holds its contacts in memory.
  static let mostWaiting = 32
  static let mostWaitingOfTenant = 8

  private let state = Mutex(State())

  /// How many wait for their turn.
  var waiting: Int { state.withLock { $0.line.count } }

  /// Waits for a turn of the tenant.
  ///
  /// - Throws: ``ContactFault/tooMany(_:retryAfter:)`` where too many of the tenant wait, or too many of all and another's is to
  ///   have the place.
  func enter(_ tenant: Int64) async throws(ContactFault) {
    let hasTurn: Bool = await withCheckedContinuation { turn in
      // Whoever has to wait is woken by `leave`, and has room then.
      let (begins, refused) = state.withLock { state -> (Bool, Turn?) in
        if state.running < Self.mostRunning {
          state.running += 1
          return (true, nil)
        }
        return switch state.line.add(turn, from: tenant) {
        case .waits: (false, nil)
        case .instead(of: let other): (false, other)
        case .refused(let turn): (false, turn)
        }
      }
      if begins { turn.resume(returning: true) }
      refused?.resume(returning: false)
    }
    guard hasTurn else {
      throw .tooMany(
        "Too many batches wait for their turn, of which a tenant has at most \(Self.mostWaitingOfTenant); "
          + "send the next one when one of yours is answered", retryAfter: Issuer.retryAfter)
    }
  }

  /// Gives the turn to the first of the tenant whose turn it is.
  func leave() {
    let next: Turn? = state.withLock { state in
      let next = state.line.next()
      if next == nil { state.running -= 1 }
      return next
    }
    next?.resume(returning: true)
  }
}
