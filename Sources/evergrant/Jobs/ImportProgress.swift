import Contacts
import Foundation
import Jobs
import Synchronization
import Wire

/// Tells on standard error how far an import is: at a terminal in one line, elsewhere in a line each ten seconds.
final class ImportProgress: Sendable {
  private struct State {
    var report = CustomerImport.Report()
    var isShown = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let pace: Pace?

  init(_ pace: Pace?) { self.pace = pace }

  func note(_ report: CustomerImport.Report) { state.withLock { $0.report = report } }

  /// Prints lines on standard output, and keeps them apart from the line that moves.
  func say(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    state.withLock { state in
      clear(&state)
      print(lines.joined(separator: "\n"))
      if isTerminal { fflush(nil) }
    }
  }

  /// Goes on until it is cancelled.
  func run() async throws {
    while true {
      try await WallClock.system.sleep(isTerminal ? .milliseconds(200) : .seconds(10))
      show()
    }
  }

  func end() { state.withLock { clear(&$0) } }

  private func show() {
    let waits = pace?.trouble.map { ", waiting: " + Printable.line($0) } ?? ""
    state.withLock { state in
      let text = (state.report.accepted > 0 ? state.report.drySummary : state.report.summary) + waits
      guard isTerminal else { return write(text + "\n") }
      write("\r" + text.prefix(Self.columns - 1) + "\u{1B}[K")
      state.isShown = true
    }
  }

  private func clear(_ state: inout State) {
    if state.isShown { write("\r\u{1B}[K") }
    state.isShown = false
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  /// How wide the terminal is.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
    return Int(size.ws_col)
  }
}
