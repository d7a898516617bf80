import Wire

/// The bytes of a document, in UTF-8 whatever they came in, with line ends as XML 1.0 section 2.11 wants them.
struct XMLDocument {
  static let mostBytes = 1 << 20

  let bytes: [UInt8]
  /// Where what follows the XML declaration begins.
  let start: Int

  /// - Throws: for more than a mebibyte, a declaration that is none, an encoding that is not taken, bytes that are not in it, and
  ///   what is no character of XML.
  init(_ raw: some Collection<UInt8>) throws(XMLRPCFault) {
    guard raw.count <= Self.mostBytes else {
      throw .syntax("it is longer than \(Self.mostBytes) bytes", at: Self.mostBytes)
    }
    var text = Array(raw)
    // A byte-order mark counts before what is declared (RFC 7303 section 3.3).
    let isMarked = text.starts(with: [0xEF, 0xBB, 0xBF])
    if isMarked { text.removeFirst(3) }
    var head = XMLReader(declarationOf: text)
    let declared = try head.declaration()
    start = head.position
    switch isMarked ? .utf8 : declared {
    case .utf8:
      // Bytes that Swift has checked are UTF-8 for certain, without surrogates and overlong forms.
      guard String(validating: text, as: UTF8.self) != nil else { throw .syntax("it is not UTF-8", at: 0) }
    case .windows1252:
      // What stands before is in ASCII.
      var wide: [UInt8] = []
      wide.reserveCapacity(text.count + text.count / 8)
      for byte in text {
        if byte < 0x80 {
          wide.append(byte)
        } else {
          wide += String(Windows1252.character(byte)).utf8
        }
      }
      text = wide
    }
    bytes = try Self.plain(text, after: start)
  }

  /// One line feed for each line end, and characters of XML 1.0 section 2.2 alone.
  private static func plain(_ text: [UInt8], after start: Int) throws(XMLRPCFault) -> [UInt8] {
    var plain = Array(text[..<start])
    plain.reserveCapacity(text.count)
    for index in start..<text.count {
      let byte = text[index], previous = index > start ? text[index - 1] : 0
      switch byte {
      case 0x0A where previous == 0x0D: continue
      case 0x0D: plain.append(0x0A)
      case 0x09, 0x0A: plain.append(byte)
      case 0..<0x20: throw .syntax("a control character", at: index)
      case 0xBE...0xBF where previous == 0xBF && index > start + 1 && text[index - 2] == 0xEF:
        throw .syntax("a character that is none", at: index)
      default: plain.append(byte)
      }
    }
    return plain
  }
}
