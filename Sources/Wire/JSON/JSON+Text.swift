/// Why a text is not accepted as JSON. It names the place and never quotes the text, which may hold secrets.
package struct JSONFault: Error, Equatable, CustomStringConvertible {
  package var reason: String
  /// Bytes before the place where reading stopped.
  package var offset: Int

  package var description: String { "not acceptable JSON: \(reason) at byte \(offset)" }
}

extension JSON {
  /// Reads one JSON text in UTF-8, strictly by RFC 8259; a byte-order mark is skipped. Of a key given twice the last
  /// counts. Deeper nesting or a longer text than allowed is refused before it costs anything.
  package static func parse(
    _ bytes: some Sequence<UInt8>, maximumDepth: Int = 64, maximumBytes: Int = 8 << 20
  ) throws(JSONFault) -> JSON {
    var reader = JSONReader(bytes: Array(bytes), maximumDepth: maximumDepth)
    guard reader.bytes.count <= maximumBytes else {
      throw JSONFault(reason: "longer than \(maximumBytes) bytes", offset: maximumBytes)
    }
    if reader.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.position == reader.bytes.count else { throw reader.fault("more text after the value") }
    return value
  }

  package static func parse(_ text: String, maximumDepth: Int = 64) throws(JSONFault) -> JSON {
    try parse(text.utf8, maximumDepth: maximumDepth)
  }

  /// The compact text in UTF-8, with keys in the order of their bytes: equal values give equal bytes, in every process.
  /// A number that JSON cannot say (infinite, not a number) is written as null.
  package func serialized() -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  /// `serialized()` as a string.
  package var text: String { String(decoding: serialized(), as: UTF8.self) }
}

extension JSON {
  private func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .number(let value): bytes += (value.isFinite ? String(value) : "null").utf8
    case .string(let value): JSON.write(value, to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      // By their bytes: of "éd" in two characters and "é" in a letter and its accent, Swift says that neither comes first.
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSON.write(member.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    // Most texts stand as they are.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      bytes += text.utf8
      bytes.append(UInt8(ascii: "\""))
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: bytes += "\\n".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case ..<0x20: bytes += "\\u00\([byte].hex)".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
