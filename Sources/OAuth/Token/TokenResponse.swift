import Foundation

/// A successful answer of the token endpoint (RFC 6749 section 5.1).
package struct TokenResponse: Sendable, Equatable {
  package var accessToken: Secret
  package var tokenType: String
  /// Seconds that the access token lives, counted by the server from its answer.
  package var expiresIn: Int64?
  package var refreshToken: Secret?
  /// Seconds in which the refresh token must be used.
  package var refreshTokenExpiresIn: Int64?
  package var scope: String?
  /// The account that the tokens are for, where the server names it in a member of its own; ours does.
  package var tenant: String?

  package init(
    accessToken: Secret, tokenType: String = "bearer", expiresIn: Int64?, refreshToken: Secret?,
    refreshTokenExpiresIn: Int64? = nil, scope: String? = nil, tenant: String? = nil
  ) {
    self.accessToken = accessToken
    self.tokenType = tokenType
    self.expiresIn = expiresIn
    self.refreshToken = refreshToken
    self.refreshTokenExpiresIn = refreshTokenExpiresIn
    self.scope = scope
    self.tenant = tenant
  }

  /// The same answer with the tenant in the scope, behind a bar.
  package var asKeapWritesIt: TokenResponse {
    var answer = self
    answer.scope = tenant.map { "\(scope ?? "")|\($0)" } ?? scope
    answer.tenant = nil
    return answer
  }
}

extension TokenResponse: Codable {
  enum CodingKeys: String, CodingKey {
    case accessToken = "access_token"
    case tokenType = "token_type"
    case expiresIn = "expires_in"
    case refreshToken = "refresh_token"
    case refreshTokenExpiresIn = "refresh_token_expires_in"
    case scope
    case tenant
  }

  package func encode(to encoder: any Encoder) throws {
    var body = encoder.container(keyedBy: CodingKeys.self)
    try body.encode(accessToken.exposed, forKey: .accessToken)
    try body.encode(tokenType, forKey: .tokenType)
    try body.encodeIfPresent(expiresIn, forKey: .expiresIn)
    try body.encodeIfPresent(refreshToken?.exposed, forKey: .refreshToken)
    try body.encodeIfPresent(refreshTokenExpiresIn, forKey: .refreshTokenExpiresIn)
    try body.encodeIfPresent(scope, forKey: .scope)
    try body.encodeIfPresent(tenant, forKey: .tenant)
  }

  /// Numbers may come as strings, as some providers send them; an empty token is no token.
  package init(from decoder: any Decoder) throws {
    let body = try decoder.container(keyedBy: CodingKeys.self)
    let access = try body.decode(String.self, forKey: .accessToken)
    guard !access.isEmpty else {
      throw DecodingError.dataCorruptedError(forKey: .accessToken, in: body, debugDescription: "empty access_token")
    }
    accessToken = Secret(access)
    tokenType = try body.decodeIfPresent(String.self, forKey: .tokenType) ?? "bearer"
    expiresIn = Self.seconds(body, .expiresIn)
    let refresh = try body.decodeIfPresent(String.self, forKey: .refreshToken)
    refreshToken = refresh.flatMap { $0.isEmpty ? nil : Secret($0) }
    refreshTokenExpiresIn = Self.seconds(body, .refreshTokenExpiresIn)
    scope = try? body.decodeIfPresent(String.self, forKey: .scope)
    tenant = try? body.decodeIfPresent(String.self, forKey: .tenant)
  }

  /// Nil where the number is absent, unreadable, zero or negative; ten years at the most.
  private static func seconds(_ body: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys) -> Int64? {
    number(body, key).flatMap { $0 > 0 ? min($0, 3650 * 86_400) : nil }
  }

  private static func number(_ body: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys) -> Int64? {
    if let number = try? body.decodeIfPresent(Int64.self, forKey: key) { return number }
    if let number = try? body.decodeIfPresent(Double.self, forKey: key) { return Int64(exactly: number.rounded(.down)) }
    return (try? body.decodeIfPresent(String.self, forKey: key)).flatMap { Int64($0) }
  }
}
