import Foundation

/// An error as OAuth says it, at any endpoint (RFC 6749 sections 4.1.2.1 and 5.2).
package struct OAuthError: Error, Sendable, Equatable {
  /// An error code; one we do not know is data, not a failure.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let invalidRequest = Code(rawValue: "invalid_request")
    package static let invalidClient = Code(rawValue: "invalid_client")
    package static let invalidGrant = Code(rawValue: "invalid_grant")
    package static let invalidScope = Code(rawValue: "invalid_scope")
    package static let unsupportedGrantType = Code(rawValue: "unsupported_grant_type")
    package static let unsupportedResponseType = Code(rawValue: "unsupported_response_type")
    /// RFC 7009 section 2.2.1: no such token can be revoked here.
    package static let unsupportedTokenType = Code(rawValue: "unsupported_token_type")
    package static let accessDenied = Code(rawValue: "access_denied")
    package static let serverError = Code(rawValue: "server_error")
    package static let temporarilyUnavailable = Code(rawValue: "temporarily_unavailable")
    /// RFC 8628 section 3.5; also our answer to refreshes that come faster than one a second.
    package static let slowDown = Code(rawValue: "slow_down")

    /// The code, if it looks like one. What a server sends in its place may be anything, even a secret or a terminal's control
    /// characters, and must not go into a sentence.
    package var shown: String {
      let words = rawValue.utf8
      let isOneCase = rawValue == rawValue.lowercased() || rawValue == rawValue.uppercased()
      let isPlain = words.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
      }
      return isOneCase && isPlain && (1...40).contains(words.count) ? rawValue : "an error code of its own"
    }
  }

  package var code: Code
  /// For the developer who reads it: what happened and what to change. ASCII on the wire.
  package var description: String?
  /// Seconds after which to try again, for the errors that pass.
  package var retryAfter: Int?

  package init(_ code: Code, _ description: String? = nil, retryAfter: Int? = nil) {
    self.code = code
    self.description = description
    self.retryAfter = retryAfter
  }

  /// The HTTP status of this error at the token and revocation endpoints (RFC 6749 section 5.2, RFC 7009 section 2.2.1).
  package var status: Int {
    switch code {
    case .invalidClient: 401
    case .temporarilyUnavailable: 503
    case .serverError: 500
    case .slowDown: 429
    default: 400
    }
  }
}

extension OAuthError: Codable {
  enum CodingKeys: String, CodingKey { case error, description = "error_description" }

  package func encode(to encoder: any Encoder) throws {
    var body = encoder.container(keyedBy: CodingKeys.self)
    try body.encode(code.rawValue, forKey: .error)
    try body.encodeIfPresent(description, forKey: .description)
  }

  package init(from decoder: any Decoder) throws {
    let body = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      Code(rawValue: try body.decode(String.self, forKey: .error)),
      try? body.decodeIfPresent(String.self, forKey: .description))
  }
}
