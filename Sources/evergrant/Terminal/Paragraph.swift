/// Text for a terminal, in lines of at most 96 columns.
enum Paragraph {
  static let width = 96

  /// Breaks lines at blanks, and leaves a command to copy in one piece.
  ///
  /// - Parameters:
  ///   - head: what the first line begins with.
  ///   - indentation: how far the other lines are moved in.
  static func wrapped(_ text: String, head: String = "", indentation: Int = 0) -> String {
    var lines: [String] = [], line = head
    let margin = String(repeating: " ", count: indentation)
    var isFresh = true
    for piece in pieces(text) {
      if !isFresh, line.count + 1 + piece.count > width {
        lines.append(line)
        line = margin
        isFresh = true
      }
      line += isFresh ? piece : " " + piece
      isFresh = false
    }
    return (lines + [line]).joined(separator: "\n")
  }

  /// Words, and commands from `evergrant` to the next stop.
  private static func pieces(_ text: String) -> [String] {
    var pieces: [String] = [], isCommand = false
    for word in text.split(separator: " ") {
      if isCommand, let last = pieces.popLast() {
        pieces.append(last + " " + word)
      } else {
        pieces.append(String(word))
        isCommand = word == "evergrant" || word == "(evergrant"
      }
      if let end = word.last, ".,;)".contains(end) { isCommand = false }
    }
    return pieces
  }
}
