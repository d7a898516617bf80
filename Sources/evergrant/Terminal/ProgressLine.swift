import Foundation

/// What is told on standard error while a command works: at a terminal in one line that moves, elsewhere in a line at each telling.
struct ProgressLine {
  /// How often there is something to tell.
  static let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(10)

  private static let isTerminal = isatty(STDERR_FILENO) == 1
  private var isShown = false

  mutating func show(_ text: String) {
    guard Self.isTerminal else { return write(text + "\n") }
    write("\r" + text.prefix(Self.columns - 1) + "\u{1B}[K")
    isShown = true
  }

  /// Says something on standard error that stays there.
  mutating func remark(_ text: String) {
    clear()
    write(text + "\n")
  }

  /// Makes room for other lines.
  mutating func clear() {
    if isShown { write("\r\u{1B}[K") }
    isShown = false
  }

  /// Prints lines on standard output, and keeps them apart from the line that moves.
  mutating func say(_ lines: [String]) {
    clear()
    print(lines.joined(separator: "\n"))
    if Self.isTerminal { fflush(nil) }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  /// How wide the terminal is.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
    return Int(size.ws_col)
  }
}
