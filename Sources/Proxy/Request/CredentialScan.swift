import NIOCore
import OAuth
import Wire

/// Looks for an API key in what goes on to the upstream (K22): what every key begins with, as it is or in base64, and the rest
/// of the presented key. Both are also found under one or two layers of escapes.
///
/// A key can be disguised beyond finding; this refuses what a job does by mistake, or an injected query makes it do. The
/// body is opaque and not looked at.
struct CredentialScan {
  private let presented: Secret

  init(_ presented: Secret) { self.presented = presented }

  func finds(in target: Substring, _ lines: ByteBuffer) -> Bool {
    var key = presented.exposed, target = target
    return key.withUTF8 { key in
      let own = Self.own(UnsafeRawBufferPointer(key))
      return target.withUTF8 { Self.finds(own, in: UnsafeRawBufferPointer($0)) }
        || lines.withUnsafeReadableBytes { Self.finds(own, in: $0) }
    }
  }

  /// The presented key's own text; empty where it is too short to be told from anything else.
  private static func own(_ key: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
    let rest = isMark(key, at: 0) ? key.dropFirst(Credential.apiKey.rawValue.utf8.count) : key[...]
    return rest.count >= 16 ? rest : key[..<0]
  }

  private static func finds(_ own: Slice<UnsafeRawBufferPointer>, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard !stands(own, in: bytes) else { return true }
    // An escaped text is looked at again as the next reader would read it, and the one after that.
    var plain = unescaped(bytes)
    for _ in 1...2 {
      guard let found = plain else { return false }
      if found.withUnsafeBytes({ stands(own, in: $0) }) { return true }
      plain = found.withUnsafeBytes(unescaped)
    }
    return false
  }

  private static func stands(_ own: Slice<UnsafeRawBufferPointer>, in bytes: UnsafeRawBufferPointer) -> Bool {
    let first = own.first
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == first, bytes[index...].starts(with: own) { return true }
      switch byte {
      case UInt8(ascii: "e"): if isMark(bytes, at: index) { return true }
      case UInt8(ascii: "Z"), UInt8(ascii: "V"), UInt8(ascii: "l"): if isEncodedMark(bytes, at: index) { return true }
      default: continue
      }
    }
    return false
  }

  /// Whether a key begins here: `evk_`.
  private static func isMark(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
    bytes.count - index >= 4 && bytes[index + 1] == UInt8(ascii: "v")
      && bytes[index...].starts(with: Credential.apiKey.rawValue.utf8)
  }

  // MARK: Base64

  /// What the beginning of a key is in base64 (RFC 4648, either alphabet), by where it falls in a group of three bytes. A
  /// letter that also holds bits of a neighbouring byte may be any of those given.
  private static let encodedMarks: [(before: [UInt8], text: [UInt8], after: [UInt8])] = [
    ([], Array("ZXZrX".utf8), Array("wxyz0123456789+/-_".utf8)),
    (Array("GWm2".utf8), Array("V2a1".utf8), Array("89+/-_".utf8)),
    (Array("BFJNRVZdhlptx159".utf8), Array("ldmtf".utf8), []),
  ]

  private static func isEncodedMark(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
    guard index + 1 < bytes.count, "X2d".utf8.contains(bytes[index + 1]) else { return false }
    return encodedMarks.contains { before, text, after in
      guard bytes[index...].starts(with: text) else { return false }
      let end = index + text.count
      return (before.isEmpty || index > 0 && before.contains(bytes[index - 1]))
        && (after.isEmpty || end < bytes.count && after.contains(bytes[end]))
    }
  }

  // MARK: Escapes

  /// The text with its escapes read (RFC 3986 section 2.1); nil where it has none. A `%` that begins no escape stays.
  private static func unescaped(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard bytes.contains(UInt8(ascii: "%")) else { return nil }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = bytes[index + 1].hexDigit,
        let low = bytes[index + 2].hexDigit
      {
        plain.append(high << 4 | low)
        index += 3
      } else {
        plain.append(bytes[index])
        index += 1
      }
    }
    return plain.count < bytes.count ? plain : nil
  }
}
