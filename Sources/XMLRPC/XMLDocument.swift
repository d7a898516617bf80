import Wire

/// The bytes of a document, in UTF-8 whatever they came in, with line ends as XML 1.0 section 2.11 wants them.
struct XMLDocument {
  static let mostBytes = 1 << 20

  let bytes: [UInt8]

  /// - Throws: for more than a mebibyte, an encoding that is neither UTF-8 nor ISO-8859-1, bytes that are not in it, and control
  ///   characters.
  init(_ raw: some Collection<UInt8>) throws(XMLRPCFault) {
    guard raw.count <= Self.mostBytes else {
      throw .syntax("it is longer than \(Self.mostBytes) bytes", at: Self.mostBytes)
    }
    var text = Array(raw)
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    switch try Self.encoding(declaredBy: text) {
    case .utf8:
      // Bytes that Swift has checked are UTF-8 for certain, without surrogates and overlong forms.
      guard String(validating: text, as: UTF8.self) != nil else { throw .syntax("it is not UTF-8", at: 0) }
    case .latin1:
      var wide: [UInt8] = []
      wide.reserveCapacity(text.count)
      for byte in text {
        if byte < 0x80 { wide.append(byte) } else { wide += [0xC0 | byte >> 6, 0x80 | byte & 0x3F] }
      }
      text = wide
    }
    bytes = try Self.plain(text)
  }

  private enum Encoding {
    case utf8
    case latin1
  }

  private static func encoding(declaredBy text: [UInt8]) throws(XMLRPCFault) -> Encoding {
    let mark = Array("encoding".utf8)
    guard text.starts(with: "<?xml".utf8) else { return .utf8 }
    let declaration = text.prefix(200).prefix { $0 != UInt8(ascii: ">") }
    guard declaration.count < min(200, text.count) else {
      throw .syntax("an XML declaration that does not close", at: 0)
    }
    guard let at = declaration.indices.first(where: { declaration[$0...].starts(with: mark) }) else { return .utf8 }
    let rest = declaration[(at + mark.count)...].drop { $0.isXMLSpace || $0 == UInt8(ascii: "=") }
    let name = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
    switch String(decoding: name.map(\.lowercased), as: UTF8.self) {
    case "utf-8", "us-ascii", "ascii": return .utf8
    case "iso-8859-1", "latin1": return .latin1
    default: throw .syntax("its encoding is neither UTF-8 nor ISO-8859-1", at: at)
    }
  }

  /// One line feed for each line end, and no control character.
  private static func plain(_ text: [UInt8]) throws(XMLRPCFault) -> [UInt8] {
    var plain: [UInt8] = []
    plain.reserveCapacity(text.count)
    for (index, byte) in text.enumerated() {
      let previous = index > 0 ? text[index - 1] : 0
      switch byte {
      case 0x0A where previous == 0x0D: continue
      case 0x0D: plain.append(0x0A)
      case 0x09, 0x0A: plain.append(byte)
      case 0..<0x20, 0x7F: throw .syntax("a control character", at: index)
      case 0x80..<0xA0 where previous == 0xC2: throw .syntax("a control character", at: index)
      case 0xBE...0xBF where previous == 0xBF && index > 1 && text[index - 2] == 0xEF:
        throw .syntax("a character that is none", at: index)
      default: plain.append(byte)
      }
    }
    return plain
  }
}
