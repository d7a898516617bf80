import Foundation
import OAuth
import Wire

/// Looks for secrets in bytes: as they are, in base64 wherever they begin in it, percent-encoded, and in hex.
struct SecretSearch {
  /// One way in which a secret would show.
  private struct Spelling {
    var name: String
    var bytes: [UInt8]
  }

  /// The spellings by their first eight bytes, so that one pass over a content looks for all of them.
  private var spellings: [UInt64: [Spelling]] = [:]
  /// Whether a spelling begins with a pair of bytes.
  private var isBeginning = [Bool](repeating: false, count: 1 << 16)

  /// - Parameter secrets: each of eight bytes or more, with a label that may be printed.
  init(_ secrets: [(label: String, text: String)]) {
    for (label, text) in secrets {
      for (name, bytes) in Self.spellings(of: Array(text.utf8)) where bytes.count >= 8 {
        bytes.withUnsafeBytes { start in
          isBeginning[Self.pair(start, at: 0)] = true
          spellings[start.loadUnaligned(as: UInt64.self), default: []].append(
            Spelling(name: "\(label) \(name)", bytes: bytes))
        }
      }
    }
  }

  private static func pair(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    Int(bytes[index]) << 8 | Int(bytes[index + 1])
  }

  /// - Returns: what was found, without saying it.
  func findings(in content: Data, of place: String) -> [String] {
    var found: Set<String> = []
    content.withUnsafeBytes { bytes in
      for index in 0..<max(0, bytes.count - 7) where isBeginning[Self.pair(bytes, at: index)] {
        let start = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        for spelling in spellings[start] ?? [] where bytes[index...].starts(with: spelling.bytes) {
          found.insert("\(spelling.name) in \(place)")
        }
      }
    }
    return found.sorted()
  }

  static func spellings(of secret: [UInt8]) -> [(name: String, bytes: [UInt8])] {
    let text = String(decoding: secret, as: UTF8.self)
    let hex = secret.map { String(format: "%02x", $0) }
    var spellings = [
      ("raw", text), ("percent-encoded", PercentEncoding.encode(text)),
      ("percent-encoded with plus", PercentEncoding.encode(text).replacing("%20", with: "+")),
      ("percent-encoded in small letters", PercentEncoding.encode(text).replacing(/%../) { $0.output.lowercased() }),
      ("percent-encoded to the last letter", hex.map { "%" + $0.uppercased() }.joined()),
      ("percent-encoded to the last letter in small letters", hex.map { "%" + $0 }.joined()),
      ("hex", hex.joined()), ("hex in capitals", hex.joined().uppercased()),
    ]
    for offset in 0..<3 {
      let base64 = base64(secret, after: offset)
      spellings.append(("base64 from byte \(offset)", base64))
      let urlSafe = base64.replacing("+", with: "-").replacing("/", with: "_")
      spellings.append(("base64url from byte \(offset)", urlSafe))
    }
    return spellings.map { ($0.0, Array($0.1.utf8)) }
  }

  /// The characters of base64 that depend on the secret alone when `offset` other bytes stand before it.
  private static func base64(_ secret: [UInt8], after offset: Int) -> String {
    let whole = Data([UInt8](repeating: 0, count: offset) + secret).base64EncodedString()
    let start = (offset * 8 + 5) / 6, end = (offset + secret.count) * 8 / 6
    return String(whole.prefix(end).dropFirst(start))
  }

  /// Whatever has the form of one of our credentials, known or not.
  static func credentials(in content: Data, of place: String) -> [String] {
    Credential.allCases.flatMap { kind -> [String] in
      let prefix = Data(kind.rawValue.utf8)
      var start = content.startIndex, found: [String] = []
      while let range = content.range(of: prefix, in: start..<content.endIndex) {
        start = range.upperBound
        let digits = content[range.upperBound...].prefix { byte in
          (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        if digits.count >= 20 { found.append("something that begins with \(kind.rawValue) in \(place)") }
      }
      return found
    }
  }
}
