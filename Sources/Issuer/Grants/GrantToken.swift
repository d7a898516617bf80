import Crypto
import Foundation
import OAuth
import Store
import Wire

/// What a token claims: a generation of a grant. It is derived from the grant's row and stored nowhere.
struct GrantToken: Sendable, Equatable {
  enum Kind: Sendable {
    case access
    case refresh
    /// The token itself of a grant that a person made for themselves.
    case personal
  }

  var kind: Kind
  var keyID: UInt32
  var grantID: GrantID
  var generation: Int64
  /// When an access or personal token ends; when the generation of a refresh token was made.
  var moment: Timestamp
}

/// A token as somebody presented it: well formed, and not yet proved.
struct UnverifiedToken: Sendable {
  let claim: GrantToken
  fileprivate let code: [UInt8]

  /// Nil unless the text is a token of this server, letter for letter.
  init?(_ text: Secret) {
    let kinds: [GrantToken.Kind] = [.access, .refresh, .personal]
    for kind in kinds {
      guard let bytes = kind.credential.bytes(of: text.exposed) else { continue }
      self.init(kind: kind, bytes: bytes)
      return
    }
    return nil
  }

  private init?(kind: GrantToken.Kind, bytes: [UInt8]) {
    var rest = bytes[...]
    func number(_ count: Int) -> UInt64 {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard bytes.count == GrantToken.payloadByteCount + GrantToken.codeByteCount, number(1) == GrantToken.version else {
      return nil
    }
    let keyID = UInt32(truncatingIfNeeded: number(4))
    let id = GrantID(bytes: Array(rest.prefix(GrantID.byteCount)))
    rest = rest.dropFirst(GrantID.byteCount)
    guard let id, let generation = Int64(exactly: number(8)), let moment = Int64(exactly: number(8)) else { return nil }
    claim = GrantToken(
      kind: kind, keyID: keyID, grantID: id, generation: generation, moment: Timestamp(milliseconds: moment))
    code = Array(rest)
  }
}

extension GrantToken {
  fileprivate static let version: UInt64 = 1
  fileprivate static let codeByteCount = 32
  /// Version, key id, grant id, generation, moment.
  fileprivate static let payloadByteCount = 1 + 4 + GrantID.byteCount + 8 + 8

  fileprivate var payload: [UInt8] {
    [UInt8(Self.version)] + keyID.bigEndianBytes + grantID.bytes + UInt64(generation).bigEndianBytes
      + UInt64(moment.milliseconds).bigEndianBytes
  }

  /// The token's text, under the row's own salt.
  func spelled(_ ring: KeyRing, salt: [UInt8]) throws -> Secret {
    kind.credential.spell(payload + (try code(ring, salt)))
  }

  private func code(_ ring: KeyRing, _ salt: [UInt8]) throws -> [UInt8] {
    let key = try ring.derive(kind.purpose, key: keyID, salt: salt)
    return Array(HMAC<SHA256>.authenticationCode(for: Data(payload), using: key))
  }

  /// Whether a presented token is one that was issued for this row.
  ///
  /// - Throws: where the row's key is not in the ring, so that nothing can be said.
  static func isGenuine(_ token: UnverifiedToken, _ ring: KeyRing, keyID: UInt32, salt: [UInt8]) throws -> Bool {
    guard token.claim.keyID == keyID else { return false }
    return constantTimeEqual(try token.claim.code(ring, salt), token.code)
  }
}

extension GrantToken.Kind {
  fileprivate var credential: Credential {
    switch self {
    case .access: .accessToken
    case .refresh: .refreshToken
    case .personal: .personalToken
    }
  }

  fileprivate var purpose: KeyRing.Purpose {
    switch self {
    case .access: .accessToken
    case .refresh: .refreshToken
    case .personal: .personalToken
    }
  }
}

extension FixedWidthInteger {
  fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }
}
