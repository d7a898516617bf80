/// A way in which an `Authorization` field proves who asks (RFC 9110 section 11.4): the scheme's name, blanks, and one word.
package enum AuthScheme: String, Sendable {
  /// RFC 7617.
  case basic = "Basic"
  /// RFC 6750 section 2.1.
  case bearer = "Bearer"

  /// How a field of this scheme begins; the word follows.
  package var prefix: String { rawValue + " " }

  /// The word of a field. The scheme is known in any case, and blanks behind the word are no part of the field (RFC 9110
  /// section 5.5).
  ///
  /// - Returns: nil for another scheme, and for anything but one word of the letters that RFC 9110 section 11.2 calls token68.
  package func word(in field: String) -> String? {
    let bytes = Array(field.utf8), name = rawValue.utf8
    guard bytes.count > name.count, zip(bytes, name).allSatisfy({ $0.lowercased == $1.lowercased }),
      bytes[name.count] == UInt8(ascii: " ")
    else { return nil }
    var word = bytes[name.count...].drop { $0 == UInt8(ascii: " ") }
    while let last = word.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { word.removeLast() }
    var letters = word
    while letters.last == UInt8(ascii: "=") { letters.removeLast() }
    guard !letters.isEmpty, letters.allSatisfy({ $0.isUnreserved || "+/".utf8.contains($0) }) else { return nil }
    return String(decoding: word, as: UTF8.self)
  }
}
