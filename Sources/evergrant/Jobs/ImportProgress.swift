import Jobs
import Synchronization
import Wire

/// Tells on standard error how far an import is.
final class ImportProgress: Sendable {
  private struct State {
    var report = CustomerImport.Report()
    var line = ProgressLine()
  }

  private let state = Mutex(State())
  private let pace: Pace?

  init(_ pace: Pace?) { self.pace = pace }

  func note(_ report: CustomerImport.Report) { state.withLock { $0.report = report } }

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
    state.withLock { state in
      state.line.show((state.report.accepted > 0 ? state.report.drySummary : state.report.summary) + waits)
    }
  }
}
