import Wire

/// Takes PHP apart as PHP does: text around `<?php … ?>`, comments, strings of all four kinds, and code within them.
struct PHPLexer {
  /// What the code that is read stands in; outermost is the file itself.
  private enum Frame {
    /// A string whose text goes into the last of `texts`, with its token.
    case text(token: Int, end: End)
    /// Code in a string, with how many of its braces are open.
    case code(braces: Int)
  }

  private enum End {
    case quote(UInt8)
    /// A heredoc or nowdoc, which ends at a line with its name.
    case name([UInt8], isLiteral: Bool)
  }

  private var list: TokenList
  private var frames: [Frame] = []
  private var texts: [[UInt8]] = []
  private var hints: [ClassHint] = []
  /// Where a method of XML-RPC is named next, so that it is looked for once.
  private var nextCall = -1

  private init(_ bytes: [UInt8]) { list = TokenList(bytes) }

  static func tokens(of bytes: [UInt8]) -> (tokens: [Token], hints: [ClassHint]) {
    var lexer = PHPLexer(bytes)
    lexer.takeMarkup()
    while !lexer.list.isAtEnd {
      if case .text(let token, let end) = lexer.frames.last { lexer.takeText(token, end) } else { lexer.takeCode() }
    }
    // Strings that do not end hold what there is.
    for frame in lexer.frames.reversed() {
      if case .text(let token, _) = frame { lexer.list.fill(token, with: lexer.texts.removeLast()) }
    }
    return (lexer.list.tokens, lexer.hints)
  }

  // MARK: Around the code

  /// Takes what stands before the next opening tag. It is a token only where it names a method.
  private mutating func takeMarkup() {
    let start = list.position
    var end = start, next = list.bytes.count
    while let open = list.index(of: Array("<?".utf8), from: end) {
      let isXML = list.starts(with: "<?xml", at: open)
      if !isXML {
        next = open
        break
      }
      end = open + 2
    }
    if nextCall < start { nextCall = list.index(of: Array("<methodName>".utf8), from: start) ?? list.bytes.count }
    if nextCall < next { list.add(.markup, from: start, to: next) }
    list.position = next
    if list.starts(with: "<?php") {
      list.position += 5
    } else if list.starts(with: "<?=") {
      list.position += 3
    } else {
      list.position = min(next + 2, list.bytes.count)
    }
  }

  // MARK: Code

  private static let symbols: [(StaticString, String)] = [
    ("?->", "->"), ("->", "->"), ("::", "::"), ("===", "=="), ("!==", "=="), ("=>", "=>"), ("==", "=="), ("!=", "=="),
    ("<>", "=="), ("<=", "<="), (">=", ">="), (".=", ".="), ("??=", "="), ("&&", "&&"), ("||", "||"), ("??", "??"),
    ("+=", "+="),
  ]

  private mutating func takeCode() {
    let byte = list.byte(), start = list.position
    switch byte {
    case UInt8(ascii: "?") where list.byte(1) == UInt8(ascii: ">"):
      list.add(.symbol, from: start, to: start + 2, text: ";")
      takeMarkup()
    case UInt8(ascii: "#") where list.byte(1) != UInt8(ascii: "["), UInt8(ascii: "/") where list.byte(1) == byte:
      skipLine()
    case UInt8(ascii: "/") where list.byte(1) == UInt8(ascii: "*"): skipComment()
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
      open(.quote(byte), from: start, behind: start + 1)
    case UInt8(ascii: "<") where list.starts(with: "<<<"):
      if !takeHeredocName() { list.addSymbol(Self.symbols) }
    case UInt8(ascii: "$") where list.byte(1).isNameStart:
      list.add(.variable, from: start, to: list.endOfName(from: start + 1))
    case UInt8(ascii: "\\") where list.byte(1).isNameStart: takeName()
    case UInt8(ascii: "{"), UInt8(ascii: "}"): takeBrace(byte)
    default:
      if byte.isBlank {
        list.position += 1
      } else if byte.isNameStart {
        takeName()
      } else if byte.isASCIIDigit {
        list.add(.number, from: start, to: list.endOfName(from: start))
      } else {
        list.addSymbol(Self.symbols)
      }
    }
  }

  /// A comment to the end of the line, or of the code.
  private mutating func skipLine() {
    while !list.isAtEnd, list.byte() != UInt8(ascii: "\n"), !list.starts(with: "?>") { list.position += 1 }
  }

  private mutating func skipComment() {
    let start = list.position
    let end = list.index(of: Array("*/".utf8), from: start + 2).map { $0 + 2 } ?? list.bytes.count
    if list.starts(with: "/**") { readHints(in: list.bytes[start..<end]) }
    list.position = end
  }

  /// `@var Class $name`, `@param Class $name`, `@property Class $name`, and `@var Class` before a variable.
  private mutating func readHints(in comment: ArraySlice<UInt8>) {
    for line in comment.split(separator: UInt8(ascii: "\n")) where line.contains(UInt8(ascii: "@")) {
      let words = TokenList.text(line).split { " \t*/".contains($0) }
      guard let tag = words.firstIndex(where: { ["@var", "@param", "@property"].contains($0) }), words.count > tag + 1
      else { continue }
      let className = words[tag + 1].split(separator: "|").first { $0 != "null" } ?? ""
      let name = words.count > tag + 2 && words[tag + 2].hasPrefix("$") ? String(words[tag + 2]) : nil
      hints.append(ClassHint(className: String(className), variable: name, index: list.tokens.count))
    }
  }

  private mutating func takeName() {
    let start = list.position
    var end = list.endOfName(from: start + 1)
    while end + 1 < list.bytes.count, list.bytes[end] == UInt8(ascii: "\\"), list.bytes[end + 1].isNameStart {
      end = list.endOfName(from: end + 1)
    }
    list.add(.word, from: start, to: end)
    // What follows is data.
    if list.tokens.last?.text.equalsIgnoringCase("__halt_compiler") == true { list.position = list.bytes.count }
  }

  private mutating func takeBrace(_ byte: UInt8) {
    let opens = byte == UInt8(ascii: "{")
    if case .code(let braces) = frames.last {
      if !opens, braces == 0 {
        frames.removeLast()
        list.position += 1
        return
      }
      frames[frames.count - 1] = .code(braces: braces + (opens ? 1 : -1))
    }
    list.add(.symbol, from: list.position, to: list.position + 1)
  }

  // MARK: Strings

  private mutating func open(_ end: End, from start: Int, behind: Int) {
    frames.append(.text(token: list.reserve(.string, at: start), end: end))
    texts.append([])
    list.position = behind
  }

  private mutating func takeHeredocName() -> Bool {
    let start = list.position
    var name = start + 3
    func at(_ index: Int) -> UInt8 { index < list.bytes.count ? list.bytes[index] : 0 }
    while at(name) == 0x20 || at(name) == 0x09 { name += 1 }
    let quote = at(name)
    let isQuoted = quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    if isQuoted { name += 1 }
    let end = list.endOfName(from: name)
    guard end > name, !isQuoted || at(end) == quote else { return false }
    // It begins with the line break, so that its lines are counted from that of its name.
    open(
      .name(Array(list.bytes[name..<end]), isLiteral: quote == UInt8(ascii: "'")), from: start,
      behind: list.index(of: UInt8(ascii: "\n"), from: end))
    return true
  }

  /// Takes a string on to its end, or to code in it.
  private mutating func takeText(_ token: Int, _ end: End) {
    var text = texts.removeLast()
    while !list.isAtEnd {
      let byte = list.byte(), place = list.position
      switch end {
      case .quote(let quote):
        if byte == quote { return close(token, text, behind: list.position + 1) }
        if byte == UInt8(ascii: "\\") {
          let next = list.byte(1)
          if next != quote, next != byte { text.append(byte) }
          if list.position + 1 < list.bytes.count { text.append(next) }
          list.position = min(list.position + 2, list.bytes.count)
          continue
        }
        if quote != UInt8(ascii: "'"), takeHole(&text) { return }
      case .name(let name, let isLiteral):
        if byte == UInt8(ascii: "\n") {
          var line = list.position + 1
          while line < list.bytes.count, list.bytes[line] == 0x20 || list.bytes[line] == 0x09 { line += 1 }
          if list.starts(with: name, at: line), list.endOfName(from: line) == line + name.count {
            return close(token, text, behind: line + name.count)
          }
        }
        if !isLiteral, takeHole(&text) { return }
      }
      // What is put in by its name alone has been taken.
      if list.position == place {
        text.append(byte)
        list.position += 1
      }
    }
    texts.append(text)
  }

  private mutating func close(_ token: Int, _ text: [UInt8], behind end: Int) {
    list.fill(token, with: text)
    frames.removeLast()
    list.position = end
  }

  /// Takes what is put into a string here, if something is: a name at once, and code in braces token by token.
  ///
  /// - Returns: whether code begins, which comes before the rest of the string.
  private mutating func takeHole(_ text: inout [UInt8]) -> Bool {
    guard list.byte() == UInt8(ascii: "$") || list.byte() == UInt8(ascii: "{") else { return false }
    if list.byte() == UInt8(ascii: "$"), list.byte(1).isNameStart {
      text.append(0)
      list.position = list.endOfName(from: list.position + 1)
      if list.starts(with: "->"), list.byte(2).isNameStart { list.position = list.endOfName(from: list.position + 2) }
      return false
    }
    let isBraced = list.starts(with: "{$")
    guard isBraced || list.starts(with: "${") else { return false }
    text.append(0)
    list.position += isBraced ? 1 : 2
    texts.append(text)
    frames.append(.code(braces: 0))
    return true
  }
}
