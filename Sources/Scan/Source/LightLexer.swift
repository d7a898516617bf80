import Wire

/// Takes a language other than PHP apart, as far as its ``Syntax`` tells comments and strings from code.
struct LightLexer {
  var list: TokenList
  let language: Language
  let syntax: Syntax
  /// Names of the texts that begin behind this line, each with the token that it is.
  private var heredocs: [(name: [UInt8], token: Int)] = []
  private var heredocsTaken = 0
  private var isAtLineStart = true
  /// Up to where no pattern ends that begins with such a delimiter, so that it is looked for once.
  var barren: [UInt8: Int] = [:]
  /// Where the next end of an XML-RPC call is, so that it is looked for once.
  private var endOfCall = -1

  private init(_ bytes: [UInt8], _ language: Language) {
    list = TokenList(bytes)
    self.language = language
    syntax = Syntax.of(language)
  }

  static func tokens(of bytes: [UInt8], in language: Language) -> [Token] {
    var lexer = LightLexer(bytes, language)
    while !lexer.list.isAtEnd { lexer.step() }
    return lexer.list.tokens
  }

  private mutating func step() {
    let byte = list.byte()
    if byte == UInt8(ascii: "\n") {
      list.position += 1
      isAtLineStart = true
      while heredocsTaken < heredocs.count, !list.isAtEnd { takeHeredoc() }
      return
    }
    if byte.isBlank {
      list.position += 1
      return
    }
    let isFirst = isAtLineStart && (list.position == 0 || list.bytes[list.position - 1] == UInt8(ascii: "\n"))
    isAtLineStart = false
    if isFirst, skipsLines() { return }
    if skipsComment() || takesCall() || takesPattern() || takesString() || takesHeredocName() || takesName() {
      return
    }
    list.addSymbol(Self.symbols)
  }

  private static let symbols: [(StaticString, String)] = [
    ("===", "=="), ("!==", "=="), ("==", "=="), ("!=", "=="), ("<>", "=="), ("<=", "<="), (">=", ">="), ("=>", "=>"),
    ("=~", "=="), ("!~", "=="), ("->", "->"), ("?.", "."), ("&.", "."), ("&&", "&&"), ("||", "||"), (":=", "="),
    ("::", "::"),
    ("+=", "+="),
  ]

  /// Comments and rests of files that are told by how a line begins.
  private mutating func skipsLines() -> Bool {
    if syntax.joinsNames, list.starts(with: "__END__") || list.starts(with: "__DATA__") {
      list.position = list.bytes.count
      return true
    }
    guard let (open, close) = syntax.lineBlocks, list.starts(with: open),
      list.byte(open.utf8CodeUnitCount).isASCIILetter || open.utf8CodeUnitCount > 1
    else { return false }
    while !list.isAtEnd, !list.starts(with: close) {
      list.position = min(list.index(of: UInt8(ascii: "\n"), from: list.position) + 1, list.bytes.count)
    }
    list.position = list.index(of: UInt8(ascii: "\n"), from: list.position)
    return true
  }

  private mutating func skipsComment() -> Bool {
    for (open, close) in syntax.blocks where list.starts(with: open) {
      var depth = 1
      list.position += open.utf8CodeUnitCount
      while !list.isAtEnd, depth > 0 {
        if list.starts(with: close) {
          depth -= 1
          list.position += close.utf8CodeUnitCount
        } else if language == .coldFusion, list.starts(with: open) {
          depth += 1
          list.position += open.utf8CodeUnitCount
        } else {
          list.position += 1
        }
      }
      return true
    }
    for comment in syntax.comments where list.starts(with: comment) {
      // `http://` in a text is no comment, and neither is Perl's `$#list`.
      let before = list.position > 0 ? list.bytes[list.position - 1] : 0
      guard before != UInt8(ascii: ":"), before != UInt8(ascii: "$") else { continue }
      list.position = list.index(of: UInt8(ascii: "\n"), from: list.position)
      return true
    }
    return false
  }

  /// XML between code, as templates have it.
  private mutating func takesCall() -> Bool {
    guard list.starts(with: "<methodName>") else { return false }
    let close = Array("</methodCall>".utf8)
    if endOfCall < list.position { endOfCall = list.index(of: close, from: list.position) ?? list.bytes.count }
    let end =
      endOfCall < list.bytes.count ? endOfCall : list.index(of: UInt8(ascii: "\n"), from: list.position)
    list.add(.markup, from: list.position, to: end)
    return true
  }

  private mutating func takesString() -> Bool {
    guard let quotes = syntax.quotes.first(where: { list.starts(with: $0.open) }) else { return false }
    let token = list.reserve(.string, at: list.position)
    list.position += quotes.open.utf8CodeUnitCount
    let spansLines = quotes.extent == .lines || quotes.extent == .markup && list.byte() == UInt8(ascii: "<")
    var text: [UInt8] = []
    while !list.isAtEnd {
      let byte = list.byte()
      if list.starts(with: quotes.close) {
        let length = quotes.close.utf8CodeUnitCount
        guard !quotes.escapes, length == 1, list.byte(1) == byte else {
          list.position += length
          break
        }
        text.append(byte)
        list.position += 2
      } else if byte == UInt8(ascii: "\n"), !spansLines {
        break
      } else if quotes.escapes, byte == UInt8(ascii: "\\") {
        if list.byte(1) != UInt8(ascii: "\""), list.byte(1) != UInt8(ascii: "'") { text.append(byte) }
        if list.byte(1) != 0 { text.append(list.byte(1)) }
        list.position += 2
      } else if let hole = quotes.hole, list.starts(with: hole), language != .perl || list.byte(1).isNameStart {
        text.append(0)
        skipHole(hole)
      } else {
        text.append(byte)
        list.position += 1
      }
    }
    list.position = min(list.position, list.bytes.count)
    list.fill(token, with: text)
    return true
  }

  /// Skips what is put into a string: a name in Perl, else up to the brace that closes, on this line.
  private mutating func skipHole(_ open: StaticString) {
    list.position += open.utf8CodeUnitCount
    if language == .perl {
      list.position = list.endOfName(from: list.position)
      return
    }
    var depth = 1
    while !list.isAtEnd, depth > 0, list.byte() != UInt8(ascii: "\n") {
      if list.byte() == UInt8(ascii: "{") { depth += 1 }
      if list.byte() == UInt8(ascii: "}") { depth -= 1 }
      list.position += 1
    }
  }

  private mutating func takesHeredocName() -> Bool {
    guard syntax.hasHeredocs, list.starts(with: "<<") else { return false }
    var start = list.position + 2
    func at(_ index: Int) -> UInt8 { index < list.bytes.count ? list.bytes[index] : 0 }
    if at(start) == UInt8(ascii: "~") || at(start) == UInt8(ascii: "-") { start += 1 }
    let quote = at(start)
    let isQuoted = quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    if isQuoted { start += 1 }
    let end = list.endOfName(from: start)
    guard end > start, isQuoted || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(at(start)) else { return false }
    heredocs.append((Array(list.bytes[start..<end]), list.reserve(.string, at: list.position)))
    list.position = isQuoted && at(end) == quote ? end + 1 : end
    return true
  }

  private mutating func takeHeredoc() {
    let (name, token) = heredocs[heredocsTaken]
    heredocsTaken += 1
    // It begins with a line break, so that its lines are counted from that of its name.
    var text: [UInt8] = [UInt8(ascii: "\n")]
    while !list.isAtEnd {
      let end = list.index(of: UInt8(ascii: "\n"), from: list.position)
      let line = list.bytes[list.position..<end]
      list.position = min(end + 1, list.bytes.count)
      let word = line.drop(while: \.isBlank)
      let rest = word.dropFirst(name.count)
      if word.starts(with: name), rest.allSatisfy({ $0.isBlank || $0 == UInt8(ascii: ";") }) { break }
      text += line
      text.append(UInt8(ascii: "\n"))
    }
    list.fill(token, with: text)
  }

  private mutating func takesName() -> Bool {
    let start = list.position, first = list.byte()
    if syntax.hasSymbols, first == UInt8(ascii: ":"), list.byte(1).isNameStart,
      start == 0 || !(list.bytes[start - 1].isNamePart || list.bytes[start - 1] == UInt8(ascii: ":"))
    {
      let end = list.endOfName(from: start + 1)
      list.add(.string, from: start, to: end, text: TokenList.text(list.bytes[start + 1..<end]))
      return true
    }
    let isSigil = syntax.sigils.withUTF8Buffer { $0.contains(first) }
    var begin = start
    if isSigil {
      begin += list.byte(1) == first ? 2 : 1
      guard begin < list.bytes.count, list.bytes[begin].isNameStart else { return false }
    } else if first.isASCIIDigit {
      list.add(.number, from: start, to: list.endOfName(from: start))
      return true
    } else if !first.isNameStart {
      return false
    }
    var end = list.endOfName(from: begin)
    while syntax.joinsNames, list.starts(with: "::", at: end), list.endOfName(from: end + 2) > end + 2 {
      end = list.endOfName(from: end + 2)
    }
    list.add(isSigil ? .variable : .word, from: start, to: end)
    return true
  }
}
