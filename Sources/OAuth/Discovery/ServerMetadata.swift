/// What an authorization server says of itself (RFC 8414 section 2).
package struct ServerMetadata: Sendable, Equatable, Codable {
  package var issuer: String
  package var authorizationEndpoint: String
  package var tokenEndpoint: String
  package var revocationEndpoint: String?
  package var scopesSupported: [String]
  package var responseTypesSupported: [String]
  package var grantTypesSupported: [String]
  package var tokenEndpointAuthMethodsSupported: [String]
  package var codeChallengeMethodsSupported: [String]
  package var authorizationResponseIssParameterSupported: Bool

  package init(
    issuer: String, authorizationEndpoint: String, tokenEndpoint: String, revocationEndpoint: String?,
    scopesSupported: [String], responseTypesSupported: [String] = ["code"],
    grantTypesSupported: [String] = ["authorization_code", "refresh_token"],
    tokenEndpointAuthMethodsSupported: [String] = ["client_secret_basic", "client_secret_post", "none"],
    codeChallengeMethodsSupported: [String] = ["S256"], authorizationResponseIssParameterSupported: Bool = true
  ) {
    self.issuer = issuer
    self.authorizationEndpoint = authorizationEndpoint
    self.tokenEndpoint = tokenEndpoint
    self.revocationEndpoint = revocationEndpoint
    self.scopesSupported = scopesSupported
    self.responseTypesSupported = responseTypesSupported
    self.grantTypesSupported = grantTypesSupported
    self.tokenEndpointAuthMethodsSupported = tokenEndpointAuthMethodsSupported
    self.codeChallengeMethodsSupported = codeChallengeMethodsSupported
    self.authorizationResponseIssParameterSupported = authorizationResponseIssParameterSupported
  }

  enum CodingKeys: String, CodingKey {
    case issuer
    case authorizationEndpoint = "authorization_endpoint"
    case tokenEndpoint = "token_endpoint"
    case revocationEndpoint = "revocation_endpoint"
    case scopesSupported = "scopes_supported"
    case responseTypesSupported = "response_types_supported"
    case grantTypesSupported = "grant_types_supported"
    case tokenEndpointAuthMethodsSupported = "token_endpoint_auth_methods_supported"
    case codeChallengeMethodsSupported = "code_challenge_methods_supported"
    case authorizationResponseIssParameterSupported = "authorization_response_iss_parameter_supported"
  }
}
