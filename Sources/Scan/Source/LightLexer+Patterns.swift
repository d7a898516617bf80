import Wire

/// Patterns that are written out, whose quotes and signs of comments begin neither.
extension LightLexer {
  /// What is longer was none.
  private static let longest = 2_000

  /// Signs behind which an expression begins, so that a slash there divides nothing.
  private static let openers: Set<String> = [
    "(", ",", "=", ":", "[", "!", "?", "{", ";", "==", "&&", "||", "=>", "+=", "&", "|", "+",
  ]

  private static let words: Set<String> = [
    "return", "typeof", "case", "in", "of", "delete", "void", "throw", "else", "do", "yield", "await", "if", "elsif",
    "unless", "while", "until", "when", "and", "or", "not", "split", "grep", "map",
  ]

  /// Perl's operators with patterns, and how many parts each has.
  private static let operators = ["m": 1, "qr": 1, "s": 2, "tr": 2, "y": 2]

  /// Takes a pattern as one sign of no meaning.
  mutating func takesPattern() -> Bool {
    let start = list.position, byte = list.byte()
    let end: Int? =
      if byte == UInt8(ascii: "/"), syntax.hasPatterns, beginsExpression {
        end(of: 1, from: start)
      } else if language == .perl, "mqsty".utf8.contains(byte) {
        endOfOperator(from: start)
      } else {
        nil
      }
    guard let end else { return false }
    // Its flags.
    list.add(.symbol, from: start, to: list.endOfName(from: end), text: "/")
    return true
  }

  private var beginsExpression: Bool {
    guard let last = list.tokens.last else { return true }
    switch last.kind {
    case .symbol: return Self.openers.contains(last.text)
    case .word: return Self.words.contains(last.text)
    case .variable, .number, .string, .markup: return false
    }
  }

  /// `m{…}`, `qr/…/`, `s/…/…/` and their like; nil for a name that is none of them, and where it is a key, a method or a function.
  private mutating func endOfOperator(from start: Int) -> Int? {
    let name = list.endOfName(from: start)
    guard name - start <= 2, let parts = Self.operators[TokenList.text(list.bytes[start..<name])] else { return nil }
    let last = list.tokens.last
    if let last, ["->", "-", "sub", "package", "use", "&"].contains(last.text), last.kind != .string { return nil }
    var open = name
    while open < list.bytes.count, list.bytes[open] == 0x20 || list.bytes[open] == 0x09 { open += 1 }
    let delimiters = open == name ? "/{([<!|#~@^%" : "/{([<"
    guard open < list.bytes.count, delimiters.utf8.contains(list.bytes[open]) else { return nil }
    return end(of: parts, from: open)
  }

  /// Where so many parts end whose first delimiter stands here; nil where they do not, within the line or so many bytes.
  private mutating func end(of parts: Int, from open: Int) -> Int? {
    let first = list.bytes[open]
    guard barren[first, default: 0] <= open else { return nil }
    let end = endOfParts(parts, from: open)
    if end.isNone { barren[first] = end.reached }
    return end.isNone ? nil : end.reached
  }

  private func endOfParts(_ parts: Int, from open: Int) -> (reached: Int, isNone: Bool) {
    let limit = min(open + Self.longest, list.bytes.count)
    var index = open + 1, delimiter = list.bytes[open], rest = parts, depth = 1, isInClass = false
    while index < limit {
      let byte = list.bytes[index], close = Self.partner(of: delimiter)
      if byte == UInt8(ascii: "\\") {
        index += 2
        continue
      }
      if byte == UInt8(ascii: "\n"), close == delimiter { return (index, true) }
      // Within brackets JavaScript's slash is one of the characters.
      if language == .javaScript, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") {
        isInClass = byte == UInt8(ascii: "[")
      }
      if close != delimiter, byte == delimiter { depth += 1 }
      if byte == close, !isInClass { depth -= 1 }
      index += 1
      guard depth == 0 else { continue }
      rest -= 1
      if rest == 0 { return (index, false) }
      depth = 1
      guard close != delimiter else { continue }
      // The second part has brackets of its own.
      while index < limit, list.bytes[index].isBlank { index += 1 }
      guard index < limit else { break }
      delimiter = list.bytes[index]
      index += 1
    }
    return (limit, true)
  }

  private static func partner(of delimiter: UInt8) -> UInt8 {
    switch delimiter {
    case UInt8(ascii: "{"): UInt8(ascii: "}")
    case UInt8(ascii: "("): UInt8(ascii: ")")
    case UInt8(ascii: "["): UInt8(ascii: "]")
    case UInt8(ascii: "<"): UInt8(ascii: ">")
    default: delimiter
    }
  }
}
