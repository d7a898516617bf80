/// Escapes of RFC 3986 section 2.1, and the form variant in which `+` is a space.
package enum PercentEncoding {
  /// Escapes everything but the unreserved characters, so the result is right in a form, a query and a path segment.
  package static func encode(_ text: String) -> String {
    String(
      decoding: text.utf8.flatMap { $0.isUnreserved ? [$0] : $0.escaped(after: UInt8(ascii: "%")) }, as: UTF8.self)
  }

  package static func decodeForm(_ text: some Sequence<UInt8>) -> String? {
    decode(text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
  }

  /// Nil where an escape is broken, or what it stands for is not UTF-8.
  package static func decode(_ text: some Collection<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension UInt8 {
  /// Whether it means itself wherever it stands in an address (RFC 3986 section 2.3).
  package var isUnreserved: Bool { isASCIILetter || isASCIIDigit || "-._~".utf8.contains(self) }
}
