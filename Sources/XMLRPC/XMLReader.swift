/// Reads a document of XML 1.0 piece by piece, as far as XML-RPC needs it: elements, text, references. Attributes are read and
/// dropped, comments and instructions skipped. A document type is refused, so that no entity can be declared.
///
/// One pass over the bytes; what it keeps is the names of the open elements.
struct XMLReader {
  enum Piece: Equatable {
    case open(String)
    case close
    /// All text between two tags, with references read.
    case text(String)
    case end
  }

  static let mostElements = 160
  /// Bytes of an element's name, which a refusal repeats: twice what the longest of XML-RPC has, and less than a key.
  static let mostName = 32

  private let bytes: [UInt8]
  private(set) var position: Int
  /// Names of the open elements, the outermost first.
  private var open: [ArraySlice<UInt8>] = []
  private var isClosing = false
  private var hasRoot = false

  init(_ document: XMLDocument) {
    bytes = document.bytes
    position = document.start
  }

  /// Reads a declaration alone: `XMLDocument` needs it to know what the bytes are.
  init(declarationOf bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
  }

  func fault(_ reason: String) -> XMLRPCFault { .syntax(reason, at: position) }

  private func begins(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { mark in
      bytes.count - position >= mark.count && mark.indices.allSatisfy { bytes[position + $0] == mark[$0] }
    }
  }

  private mutating func skip(_ text: StaticString) -> Bool {
    guard begins(text) else { return false }
    position += text.utf8CodeUnitCount
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
  }

  // MARK: Pieces

  mutating func next() throws(XMLRPCFault) -> Piece {
    if isClosing {
      isClosing = false
      open.removeLast()
      return .close
    }
    let text = try self.text()
    if !open.isEmpty, !text.isEmpty { return .text(text) }
    guard position < bytes.count else {
      guard open.isEmpty, hasRoot else { throw fault("the text ends too early") }
      return .end
    }
    if begins("</") { return try close() }
    return try element()
  }

  /// Steps to the next tag and gives the text before it, past comments, instructions and references.
  private mutating func text() throws(XMLRPCFault) -> String {
    var text: [UInt8] = []
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "<"):
        if skip("<!--") {
          try comment()
        } else if !open.isEmpty, skip("<![CDATA[") {
          try add(upTo: "]]>", to: &text)
        } else if begins("<?") {
          try instruction()
        } else if begins("<!") {
          throw fault("a document type or another declaration, which is not taken here")
        } else {
          return try string(text)
        }
      case UInt8(ascii: "&") where !open.isEmpty: text += try reference()
      case let byte where open.isEmpty:
        guard byte.isXMLSpace else { throw fault(hasRoot ? "more text after the call" : "text before the call") }
        position += 1
      default:
        if begins("]]>") { throw fault("the end of a CDATA section that did not begin") }
        let start = position
        repeat { position += 1 } while position < bytes.count && !bytes[position].mayEndText
        text += bytes[start..<position]
      }
    }
    return try string(text)
  }

  private func string(_ text: [UInt8]) throws(XMLRPCFault) -> String {
    guard let string = String(validating: text, as: UTF8.self) else { throw fault("a text that is not UTF-8") }
    return string
  }

  private mutating func find(_ end: StaticString) throws(XMLRPCFault) -> Int {
    let start = position
    while !begins(end) {
      guard position < bytes.count else {
        position = start
        throw fault("a comment, section or instruction that never closes")
      }
      position += 1
    }
    defer { position += end.utf8CodeUnitCount }
    return position
  }

  private mutating func comment() throws(XMLRPCFault) {
    _ = try find("--")
    guard skip(">") else { throw fault("two dashes in a comment") }
  }

  private mutating func add(upTo end: StaticString, to text: inout [UInt8]) throws(XMLRPCFault) {
    let start = position
    text += bytes[start..<(try find(end))]
  }

  private mutating func instruction() throws(XMLRPCFault) {
    let start = position
    position += 2
    let target = try name()
    guard !String(decoding: target, as: UTF8.self).equalsIgnoringCase("xml") else {
      position = start
      throw fault("an XML declaration that is not at the very beginning, or a second one")
    }
    _ = try find("?>")
  }

  private mutating func reference() throws(XMLRPCFault) -> [UInt8] {
    let start = position
    // The longest that means something is a character's number with zeros before it.
    guard let length = bytes[start...].prefix(16).firstIndex(of: UInt8(ascii: ";")).map({ $0 - start }) else {
      throw fault("an & that begins no reference")
    }
    let name = String(decoding: bytes[(start + 1)..<(start + length)], as: UTF8.self)
    defer { position = start + length + 1 }
    switch name {
    case "lt": return [UInt8(ascii: "<")]
    case "gt": return [UInt8(ascii: ">")]
    case "amp": return [UInt8(ascii: "&")]
    case "apos": return [UInt8(ascii: "'")]
    case "quot": return [UInt8(ascii: "\"")]
    default: break
    }
    let isHex = name.hasPrefix("#x")
    let digits = name.dropFirst(isHex ? 2 : 1)
    guard name.hasPrefix("#"), digits.utf8.allSatisfy({ isHex ? $0.hexDigit != nil : $0.isASCIIDigit }),
      let number = UInt32(digits, radix: isHex ? 16 : 10), let scalar = Unicode.Scalar(number), scalar.isXMLCharacter
    else { throw fault("a reference to no character, or to an entity that is not one of the five") }
    return Array(String(scalar).utf8)
  }

  // MARK: Tags

  private mutating func close() throws(XMLRPCFault) -> Piece {
    position += 2
    let name = try name()
    skipSpace()
    guard skip(">") else { throw fault("a closing tag that does not close") }
    guard open.last == name else { throw fault("a closing tag for an element that is not open") }
    open.removeLast()
    return .close
  }

  private mutating func element() throws(XMLRPCFault) -> Piece {
    guard !open.isEmpty || !hasRoot else { throw fault("more than one element at the top") }
    hasRoot = true
    position += 1
    let name = try name()
    try skipAttributes()
    isClosing = skip("/>")
    guard isClosing || skip(">") else { throw fault("a tag that does not close") }
    guard open.count < Self.mostElements else { throw fault("elements nested deeper than \(Self.mostElements)") }
    open.append(name)
    return .open(String(decoding: name, as: UTF8.self))
  }

  /// - Throws: for anything but a short name in ASCII, which all names of XML-RPC are.
  private mutating func name() throws(XMLRPCFault) -> ArraySlice<UInt8> {
    let name = bytes[position...].prefix(Self.mostName + 1).prefix {
      $0.isASCIILetter || $0.isASCIIDigit || "_:.-".utf8.contains($0)
    }
    guard let first = name.first, first.isASCIILetter || first == UInt8(ascii: "_") || first == UInt8(ascii: ":") else {
      throw fault("a tag without a name")
    }
    guard name.count <= Self.mostName else { throw fault("a name longer than \(Self.mostName)") }
    position += name.count
    return name
  }

  private mutating func skipAttributes() throws(XMLRPCFault) {
    while true {
      let start = position
      skipSpace()
      guard position < bytes.count, bytes[position] != UInt8(ascii: ">"), bytes[position] != UInt8(ascii: "/") else {
        return
      }
      guard position > start else { throw fault("a tag that does not close") }
      _ = try attribute()
    }
  }

  private mutating func attribute() throws(XMLRPCFault) -> (name: String, value: String) {
    let name = try name()
    skipSpace()
    guard skip("=") else { throw fault("an attribute without a value") }
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'") else {
      throw fault("an attribute without quotes")
    }
    let quote = bytes[position], start = position + 1
    guard let end = bytes[start...].firstIndex(where: { $0 == quote || $0 == UInt8(ascii: "<") }), bytes[end] == quote
    else {
      throw fault("an attribute that never closes")
    }
    position = end + 1
    return (String(decoding: name, as: UTF8.self), String(decoding: bytes[start..<end], as: UTF8.self))
  }

  /// Reads the XML declaration, where there is one, and steps behind it.
  /// - Returns: the encoding that it declares; UTF-8 where it declares none.
  mutating func declaration() throws(XMLRPCFault) -> DocumentEncoding {
    guard begins("<?xml"), bytes.count > 5, bytes[5].isXMLSpace else { return .utf8 }
    position = 5
    var names: [String] = [], encoding = DocumentEncoding.utf8
    while !skip("?>") {
      let start = position
      skipSpace()
      if skip("?>") { break }
      guard position > start, position < bytes.count else { throw fault("an XML declaration that does not close") }
      let (name, value) = try attribute()
      names.append(name)
      switch name {
      case "version" where ["1.0", "1.1"].contains(value), "standalone" where ["yes", "no"].contains(value): break
      case "encoding" where Self.isNameOfEncoding(value):
        guard let known = DocumentEncoding(named: value) else {
          throw fault("its encoding is \(value), and neither UTF-8, US-ASCII, ISO-8859-1 nor windows-1252")
        }
        encoding = known
      default: throw fault("an XML declaration that is none")
      }
    }
    guard
      [["version"], ["version", "encoding"], ["version", "encoding", "standalone"], ["version", "standalone"]]
        .contains(names)
    else { throw fault("an XML declaration that is none") }
    return encoding
  }

  /// By XML 1.0 section 4.3.3, and short enough to be told.
  private static func isNameOfEncoding(_ text: String) -> Bool {
    text.utf8.first?.isASCIILetter == true && text.utf8.count <= 40
      && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "._-".utf8.contains($0) }
  }
}

extension XMLRPCFault {
  /// What Keap answers to a body that it cannot read. The place is in bytes of UTF-8, and nothing of the text is quoted.
  static func syntax(_ reason: String, at position: Int) -> XMLRPCFault {
    XMLRPCFault(0, "Failed to parse XML-RPC request: \(reason), at byte \(position)")
  }
}

extension UInt8 {
  /// Whether a tag, a reference or the end of a CDATA section may begin with it.
  fileprivate var mayEndText: Bool {
    self == UInt8(ascii: "<") || self == UInt8(ascii: "&") || self == UInt8(ascii: "]")
  }

  /// White space of XML 1.0 section 2.3.
  var isXMLSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

extension Unicode.Scalar {
  /// A character of XML 1.0 section 2.2.
  var isXMLCharacter: Bool {
    switch value {
    case 0x09, 0x0A, 0x0D: true
    case 0..<0x20, 0xFFFE, 0xFFFF: false
    default: true
    }
  }
}
