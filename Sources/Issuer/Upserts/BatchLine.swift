import Synchronization

/// Lets few batches at the store at once: each takes as long there as hundreds of other acts, which wait for it.
final class BatchLine: Sendable {
  private struct State {
    var running = 0
    var waiting: [CheckedContinuation<Bool, Never>] = []
  }

  static let mostRunning = 2
  /// Each holds its contacts in memory.
  static let mostWaiting = 32

  private let state = Mutex(State())

  /// Waits for a turn, in the order of those who came.
  ///
  /// - Throws: ``ContactFault/unavailable(retryAfter:)`` where too many wait.
  func enter() async throws(ContactFault) {
    let hasRoom: Bool = await withCheckedContinuation { turn in
      // Whoever has to wait is woken by `leave`, and has room then.
      let answer: Bool? = state.withLock { state in
        if state.running < Self.mostRunning {
          state.running += 1
          return true
        }
        guard state.waiting.count < Self.mostWaiting else { return false }
        state.waiting.append(turn)
        return nil
      }
      if let answer { turn.resume(returning: answer) }
    }
    guard hasRoom else { throw .unavailable(retryAfter: Issuer.retryAfter) }
  }

  /// Gives the turn to whoever has waited the longest.
  func leave() {
    let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.running -= 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume(returning: true)
  }
}
