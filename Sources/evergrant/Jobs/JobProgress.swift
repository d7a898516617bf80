import Jobs
import Synchronization
import Wire

/// Tells on standard error how far a job is that goes through many contacts: how fast, and how long it will take where that is
/// known.
final class JobProgress: Sendable {
  private struct State {
    var words: String
    /// Rows or contacts done by this run.
    var count = 0
    /// Of the whole, from 0 to 1; nil where nobody knows how much there is.
    var share: Double?
    var firstShare: Double?
    var line = ProgressLine()
  }

  private let state: Mutex<State>
  private let pace: Pace?
  private let begun = WallClock.system.uptime()

  /// - Parameter words: what there is to tell at the beginning.
  init(_ pace: Pace?, _ words: String) {
    self.pace = pace
    state = Mutex(State(words: words))
  }

  /// Takes note of what there is to tell now.
  func note(_ words: String, count: Int, share: Double? = nil) {
    state.withLock { state in
      state.words = words
      state.count = count
      state.share = share
      state.firstShare = state.firstShare ?? share
    }
  }

  /// Prints lines on standard output.
  func say(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    state.withLock { $0.line.say(lines) }
  }

  /// Goes on until it is cancelled.
  func run() async throws {
    while true {
      try await WallClock.system.sleep(ProgressLine.pause)
      show()
    }
  }

  func end() { state.withLock { $0.line.clear() } }

  private func show() {
    let waits = pace?.trouble.map { ", waiting: " + Printable.line($0) } ?? ""
    let spent = WallClock.system.uptime() - begun
    state.withLock { state in state.line.show(state.words + Self.speed(state, spent) + waits) }
  }

  private static func speed(_ state: State, _ spent: Duration) -> String {
    let seconds = Double(spent.milliseconds) / 1000
    guard state.count > 0, seconds >= 1 else { return "" }
    let rate = ", \(Int((Double(state.count) / seconds).rounded())) a second"
    guard let share = state.share, let first = state.firstShare, share > first, share < 1 else { return rate }
    let left = Duration.milliseconds(Int64(seconds * 1000 * (1 - share) / (share - first)))
    return rate + ", about \(left.readable) left"
  }
}
