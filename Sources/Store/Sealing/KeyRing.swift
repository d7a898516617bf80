import Crypto
import Foundation
import OAuth

/// The keys that seal what is stored, kept outside the database: neither a stolen database nor a stolen key tells anything alone.
package struct KeyRing: Sendable {
  /// What a derived key is for; two purposes never share a key.
  package enum Purpose: String, Sendable { case seal, accessToken, refreshToken, csrf, passwordHash }

  private let keys: [UInt32: SymmetricKey]
  /// The key that seals from now on; older ones only open.
  package let current: UInt32

  /// A row's place, bound into what is sealed there: a value moved to another row, column or generation does not open.
  package struct Place: Sendable {
    var text: String
    package init(table: String, row: String, column: String, generation: Int64 = 0) {
      text = [table, row, column, String(generation)].joined(separator: "\u{0}")
    }
  }

  package enum Failure: Error, Sendable, Equatable {
    case unknownKey(UInt32)
    case doesNotOpen
  }

  /// Parses a key file: lines of `number base64-of-32-bytes`.
  ///
  /// - Returns: nil where a line is not of that form, or there is none.
  package init?(file text: String) {
    var keys: [UInt32: SymmetricKey] = [:]
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      guard words.count == 2, let id = UInt32(words[0]), let data = Data(base64Encoded: String(words[1])),
        data.count == 32
      else { return nil }
      keys[id] = SymmetricKey(data: data)
    }
    guard let current = keys.keys.max() else { return nil }
    self.keys = keys
    self.current = current
  }

  /// The text of a new key file.
  package static func newFile(_ random: Randomness) -> Secret {
    Secret("1 \(Data(random.bytes(32)).base64EncodedString())\n")
  }

  package func seal(_ secret: Secret, at place: Place, random: Randomness = .system) throws -> [UInt8] {
    let key = try derive(.seal, key: current, salt: [])
    let nonce = try AES.GCM.Nonce(data: Data(random.bytes(12)))
    let box = try AES.GCM.seal(
      Data(secret.exposed.utf8), using: key, nonce: nonce, authenticating: Data(place.text.utf8))
    return withUnsafeBytes(of: current.bigEndian, Array.init) + Array(box.nonce) + Array(box.ciphertext)
      + Array(box.tag)
  }

  package func open(_ sealed: [UInt8], at place: Place) throws -> Secret {
    guard sealed.count >= 4 + 12 + 16 else { throw Failure.doesNotOpen }
    let id = sealed.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let key = try derive(.seal, key: id, salt: [])
    guard let box = try? AES.GCM.SealedBox(combined: Data(sealed.dropFirst(4))),
      let data = try? AES.GCM.open(box, using: key, authenticating: Data(place.text.utf8)),
      let text = String(bytes: data, encoding: .utf8)
    else { throw Failure.doesNotOpen }
    return Secret(text)
  }

  /// A key for one purpose and salt (HKDF, RFC 5869).
  package func derive(_ purpose: Purpose, key id: UInt32, salt: [UInt8]) throws -> SymmetricKey {
    guard let key = keys[id] else { throw Failure.unknownKey(id) }
    return HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, salt: Data(salt), info: Data("evergrant \(purpose.rawValue)".utf8), outputByteCount: 32)
  }
}

extension KeyRing.Failure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownKey(let id): "Key \(id) is not in the key file; put it back, it sealed what is stored."
    case .doesNotOpen:
      "A sealed value does not open with its key: the database and the key file do not belong together."
    }
  }
}
