import Synchronization
import Wire

/// Whether a job is answered at all: since when its calls have waited, all of them, for one that is carried out.
package final class AnswerWatch: Sendable {
  /// A time in which no call was carried out, though some were to be.
  package struct Silence: Equatable, Sendable {
    package var since: Timestamp
    package var lasting: Duration
    /// How the last call ended; nil while none has.
    package var trouble: String?
  }

  /// A call that is slow and no more is over by then.
  static let patience = Duration.seconds(5)

  private struct State {
    /// Calls that wait for their answer.
    var open = 0
    /// Nil while there is nothing to wait for.
    var uptime: Uptime?
    var since = Timestamp(milliseconds: 0)
    var trouble: String?
  }

  private let state = Mutex(State())
  private let clock: WallClock

  init(clock: WallClock) { self.clock = clock }

  /// Nil while calls are answered, and for the first seconds in which they are not.
  package var silence: Silence? {
    let now = clock.uptime()
    return state.withLock { state in
      guard let begun = state.uptime, now - begun >= Self.patience else { return nil }
      return Silence(since: state.since, lasting: now - begun, trouble: state.trouble)
    }
  }

  /// A call is sent, perhaps once more.
  func begins() {
    let (now, moment) = (clock.uptime(), clock.now())
    state.withLock { state in
      state.open += 1
      guard state.uptime == nil else { return }
      (state.uptime, state.since) = (now, moment)
    }
  }

  /// A call was answered, whatever the answer is.
  func answered() {
    let (now, moment) = (clock.uptime(), clock.now())
    state.withLock { state in
      state.open -= 1
      state.trouble = nil
      (state.uptime, state.since) = (state.open > 0 ? now : nil, moment)
    }
  }

  /// A call came to nothing and is to be repeated: it waits on.
  func failed(_ trouble: String) {
    state.withLock { state in
      state.open -= 1
      state.trouble = trouble
    }
  }
}
