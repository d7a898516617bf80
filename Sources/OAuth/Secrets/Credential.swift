import Wire

/// The spelling of everything we issue: `prefix_` + base62 of the bytes + base62 of their CRC-32.
///
/// The prefix tells a scanner what leaked, the checksum tells it offline that the leak is real. Each credential has one
/// spelling; any other is refused.
package enum Credential: String, Sendable, CaseIterable {
  case accessToken = "eva_"
  case refreshToken = "evr_"
  case clientSecret = "evs_"
  case apiKey = "evk_"
  case authorizationCode = "evc_"
  case session = "evn_"
  case passwordReset = "evl_"
  case personalToken = "evp_"

  /// A credential that nobody has had before.
  package func draw(_ random: Randomness) -> Secret { spell(random.bytes(Secret.randomByteCount)) }

  package func spell(_ bytes: [UInt8]) -> Secret {
    Secret(rawValue + Base62.encode(bytes) + Base62.encode(checksum(of: bytes)))
  }

  /// Whether a text begins as a credential of this kind does, whatever follows.
  package func begins(_ text: Secret) -> Bool { text.exposed.utf8.starts(with: rawValue.utf8) }

  /// The bytes that `text` spells, or nil if it is not a credential of this kind, letter for letter.
  package func bytes(of text: some StringProtocol) -> [UInt8]? {
    guard text.utf8.starts(with: rawValue.utf8) else { return nil }
    let digits = Array(text.utf8.dropFirst(rawValue.utf8.count))
    let tail = Base62.width(ofBytes: 4)
    guard digits.count > tail, let bytes = Base62.decode(digits.dropLast(tail)),
      let sum = Base62.decode(digits.suffix(tail)), sum == checksum(of: bytes)
    else { return nil }
    return bytes
  }

  private func checksum(of bytes: [UInt8]) -> [UInt8] {
    var sum = CRC32()
    sum.add(rawValue.utf8)
    sum.add(bytes)
    return sum.bytes
  }
}

/// The cyclic redundancy check of ISO 3309, as zip and PNG use it.
struct CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1 }
  }

  private var state: UInt32 = 0xFFFF_FFFF

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = CRC32.table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
  }

  var bytes: [UInt8] { withUnsafeBytes(of: (state ^ 0xFFFF_FFFF).bigEndian, Array.init) }
}
