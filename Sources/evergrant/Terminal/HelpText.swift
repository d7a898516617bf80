extension String {
  /// A help text whose paragraphs are broken where the terminal is, and not where the source is; lines that are moved in, and
  /// those before and behind them, stay as they are.
  var flowing: String {
    var lines: [String] = []
    for line in split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let last = lines.last, !last.isEmpty, !line.isEmpty, last.first != " ", line.first != " " {
        lines[lines.count - 1] = last + " " + line
      } else {
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// Help as the parser makes it, whole on a terminal of 80 columns.
enum HelpText {
  private static let width = 80

  /// Breaks the lines that show how a command is used, which the parser leaves as long as they are.
  static func fitted(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("USAGE: ") || line.hasPrefix("Usage: ") ? broken(String(line)) : String(line)
    }.joined(separator: "\n")
  }

  private static func broken(_ line: String) -> String {
    guard line.count > width else { return line }
    var lines: [String] = [], current = ""
    for piece in pieces(line) {
      if !current.isEmpty, current.count + 1 + piece.count > width {
        lines.append(current)
        current = "   "
      }
      current += (current.isEmpty ? "" : " ") + piece
    }
    return (lines + [current]).joined(separator: "\n")
  }

  /// Words, and options with their values.
  private static func pieces(_ line: String) -> [String] {
    var pieces: [String] = [], isOpen = false
    for word in line.split(separator: " ") {
      let piece = isOpen ? (pieces.popLast() ?? "") + " " + word : String(word)
      pieces.append(piece)
      isOpen = piece.hasPrefix("[") ? !piece.hasSuffix("]") : piece.hasPrefix("--") && !piece.hasSuffix(">")
    }
    return pieces
  }
}
