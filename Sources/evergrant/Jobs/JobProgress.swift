import Jobs
import Synchronization
import Wire

/// Tells on standard error how far a job is that goes through many contacts: how fast, and how long it will take where that is
/// known; and of any job that it is not answered.
final class JobProgress: Sendable {
  private struct State {
    /// Nil where there is nothing to tell but that it is not answered.
    var words: String?
    /// Rows or contacts done by this run.
    var count = 0
    /// Of the whole, from 0 to 1; nil where nobody knows how much there is.
    var share: Double?
    var firstShare: Double?
    var line = ProgressLine()
    /// The silence that was told of, and whether with the trouble that it has.
    var silence: AnswerWatch.Silence?
  }

  /// How soon a silence is noticed.
  private static let look = min(ProgressLine.pause, .seconds(1))

  private let state: Mutex<State>
  /// Nil where nobody is called.
  private let api: ContactAPI?
  private let begun = WallClock.system.uptime()

  /// - Parameter words: what there is to tell at the beginning.
  init(_ api: ContactAPI?, _ words: String?) {
    self.api = api
    state = Mutex(State(words: words))
  }

  /// Does `body`, and says meanwhile where it is not answered.
  static func telling<Result: Sendable>(_ api: ContactAPI, _ body: () async throws -> Result) async throws -> Result {
    let progress = JobProgress(api, nil)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await progress.run() }
      defer { group.cancelAll() }
      return try await body()
    }
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
    var shownAt = begun
    while true {
      try await WallClock.system.sleep(Self.look)
      tellSilence()
      let now = WallClock.system.uptime()
      guard now - shownAt >= ProgressLine.pause else { continue }
      shownAt = now
      show()
    }
  }

  func end() { state.withLock { $0.line.clear() } }

  /// Says once that it waits, for whom, since when and what to do, once more how a call has ended meanwhile, and when it is over.
  private func tellSilence() {
    guard let api else { return }
    let silence = api.answers.silence
    state.withLock { state in
      let told = state.silence
      guard silence?.since != told?.since || silence?.trouble != nil && told?.trouble == nil else { return }
      state.silence = silence
      if let silence {
        state.line.remark(Self.words(of: silence, at: api.place))
      } else if let told {
        state.line.remark("It is answered again, and goes on. It had waited since \(told.since.readable).")
      }
    }
  }

  private static func words(of silence: AnswerWatch.Silence, at place: String) -> String {
    let trouble = silence.trouble.map { " The last call ended so: \(Printable.line($0))" } ?? ""
    return "It waits for \(Printable.line(place)), which has carried out no call since \(silence.since.readable)."
      + "\(trouble) See whether evergrant serve and what is behind it still run: evergrant status. "
      + "It goes on by itself once it is answered, and ends when one call has failed \(ContactAPI.mostTries) times, "
      + "of which each may take a minute."
  }

  private func show() {
    var waits = api?.pace.trouble.map { ", waiting: " + Printable.line($0) } ?? ""
    if waits.isEmpty, let silence = api?.answers.silence { waits = ", no answer for \(silence.lasting.readable)" }
    let spent = WallClock.system.uptime() - begun
    state.withLock { state in
      guard let words = state.words else { return }
      state.line.show(words + Self.speed(state, spent) + waits)
    }
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
