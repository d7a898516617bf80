import Wire

/// The smallest piece of a source that means something. Comments are none.
struct Token {
  enum Kind: UInt8 {
    /// A name; in PHP with its namespace, in Ruby and Perl with its modules.
    case word
    /// A name behind a sign, as in `$app`.
    case variable
    case number
    /// What a string says, without its quotes. Where something is put in when the program runs stands ``hole``.
    case string
    /// Text outside of the code in which methods of XML-RPC are named.
    case markup
    case symbol
  }

  static let hole: Character = "\0"

  var kind: Kind
  /// The line that it begins on, from 1.
  var line: Int32
  /// Where it begins in its line, from 1, in UTF-16 units.
  var column: Int32
  var text: String

  func isSymbol(_ text: StaticString) -> Bool { kind == .symbol && self.text.equalsIgnoringCase(text) }
}

/// What a documenting comment says of a variable's class.
struct ClassHint {
  var className: String
  /// nil where the variable follows the comment.
  var variable: String?
  /// The token behind the comment.
  var index: Int
}

/// Bytes that are read, and the tokens made of them so far.
struct TokenList {
  let bytes: [UInt8]
  var position = 0
  private(set) var tokens: [Token] = []
  private var counted = 0
  private var line: Int32 = 1
  private var column: Int32 = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
    (position, counted) = (3, 3)
  }

  var isAtEnd: Bool { position >= bytes.count }

  /// The byte so many places on; 0 behind the end.
  func byte(_ offset: Int = 0) -> UInt8 {
    let index = position + offset
    return index < bytes.count ? bytes[index] : 0
  }

  func starts(with text: StaticString, at index: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index >= 0, index + length <= bytes.count else { return false }
    return text.withUTF8Buffer { text in
      for offset in 0..<length where text[offset] != bytes[index + offset] { return false }
      return true
    }
  }

  func starts(with text: StaticString) -> Bool { starts(with: text, at: position) }

  func starts(with text: [UInt8], at index: Int) -> Bool {
    index + text.count <= bytes.count && bytes[index..<index + text.count].elementsEqual(text)
  }

  /// - Returns: the end of the file where there is none.
  func index(of byte: UInt8, from start: Int) -> Int {
    bytes[min(start, bytes.count)...].firstIndex(of: byte) ?? bytes.count
  }

  /// Where the text begins that is looked for, or nil.
  func index(of text: [UInt8], from start: Int) -> Int? {
    guard let first = text.first else { return nil }
    var index = start
    while index + text.count <= bytes.count {
      index = self.index(of: first, from: index)
      if starts(with: text, at: index) { return index }
      index += 1
    }
    return nil
  }

  /// The end of a name that begins here.
  func endOfName(from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end].isNamePart { end += 1 }
    return end
  }

  /// Counts lines and columns up to a place at or behind the last one that was counted to.
  private mutating func count(to index: Int) {
    while counted < min(index, bytes.count) {
      let byte = bytes[counted]
      counted += 1
      if byte == UInt8(ascii: "\n") {
        (line, column) = (line + 1, 1)
      } else if byte < 0x80 || byte >= 0xC0 {
        // Four bytes of UTF-8 are two units of UTF-16; in Latin-1 such a byte is a character.
        column += byte >= 0xF0 && counted < bytes.count && bytes[counted] & 0xC0 == 0x80 ? 2 : 1
      }
    }
  }

  /// Adds a token whose text is the bytes from `start` on, or another.
  mutating func add(_ kind: Token.Kind, from start: Int, to end: Int, text: String? = nil) {
    count(to: start)
    tokens.append(Token(kind: kind, line: line, column: column, text: text ?? Self.text(bytes[start..<end])))
    position = end
  }

  /// Adds a token whose text comes later, and does not move.
  mutating func reserve(_ kind: Token.Kind, at start: Int) -> Int {
    count(to: start)
    tokens.append(Token(kind: kind, line: line, column: column, text: ""))
    return tokens.count - 1
  }

  mutating func fill(_ index: Int, with text: [UInt8]) { tokens[index].text = Self.text(text[...]) }

  /// Adds the symbol that begins here, several of those that mean nothing here as one.
  mutating func addSymbol(_ known: [(StaticString, String)]) {
    let start = position, first = byte()
    if first.beginsSymbol {
      for (spelling, meaning) in known where starts(with: spelling) {
        return add(.symbol, from: start, to: start + spelling.utf8CodeUnitCount, text: meaning)
      }
    }
    var end = start + 1
    if first.isIdleSymbol {
      while end < bytes.count, bytes[end] == first { end += 1 }
    }
    add(.symbol, from: start, to: end, text: String(UnicodeScalar(first)))
  }

  /// Bytes as text: UTF-8, or else Latin-1, in which each byte is a character.
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(UnicodeScalar(byte)) }
    return String(text)
  }
}

extension UInt8 {
  var isNameStart: Bool { isASCIILetter || self == UInt8(ascii: "_") || self >= 0x80 }
  var isNamePart: Bool { isNameStart || isASCIIDigit }
  var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

  /// Whether a sign of several characters may begin with it.
  fileprivate var beginsSymbol: Bool { "?-:=!<>.&|+".utf8.contains(self) }

  /// A sign that says nothing of calls, however often it stands.
  fileprivate var isIdleSymbol: Bool { self < 0x20 || self == 0x7F || #"$*/%^~#\@`"#.utf8.contains(self) }
}
