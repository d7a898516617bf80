import Wire

/// What a client asks of the token endpoint (RFC 6749 sections 4.1.3 and 6).
package struct TokenRequest: Sendable, Equatable {
  package enum Grant: Sendable, Equatable {
    case authorizationCode(Secret, redirectURI: String?, verifier: PKCE.Verifier?)
    case refreshToken(Secret, scope: Scope?, notAfter: Int64?)
  }

  package var grant: Grant

  package init(_ grant: Grant) { self.grant = grant }
}

extension TokenRequest {
  package var fields: FormFields {
    var fields = FormFields()
    switch grant {
    case .authorizationCode(let code, let redirectURI, let verifier):
      fields.append("grant_type", "authorization_code")
      fields.append("code", code.exposed)
      fields.append("redirect_uri", redirectURI)
      fields.append("code_verifier", verifier?.secret.exposed)
    case .refreshToken(let token, let scope, let notAfter):
      fields.append("grant_type", "refresh_token")
      fields.append("refresh_token", token.exposed)
      fields.append("scope", scope?.text)
      fields.append("not_after", notAfter.map(String.init))
    }
    return fields
  }

  package init(fields: FormFields) throws(OAuthError) {
    if let twice = fields.firstDuplicate {
      throw OAuthError(.invalidRequest, "The parameter \(twice) is given twice; send it once.")
    }
    switch fields["grant_type"] {
    case "authorization_code": grant = try Self.authorizationCode(fields)
    case "refresh_token": grant = try Self.refreshToken(fields)
    // Keap's words, which clients look for.
    case nil: throw OAuthError(.invalidRequest, "response_type or grant_type is required")
    case let other?:
      throw OAuthError(.unsupportedGrantType, "grant_type \(other.prefix(40)) is not offered here.")
    }
  }

  private static func authorizationCode(_ fields: FormFields) throws(OAuthError) -> Grant {
    guard let code = fields["code"] else { throw OAuthError(.invalidRequest, "code is missing.") }
    var verifier: PKCE.Verifier?
    if let text = fields["code_verifier"] {
      verifier = PKCE.Verifier(text)
      guard verifier != nil else {
        throw OAuthError(.invalidRequest, "code_verifier must have 43 to 128 unreserved characters.")
      }
    }
    return .authorizationCode(Secret(code), redirectURI: fields["redirect_uri"], verifier: verifier)
  }

  private static func refreshToken(_ fields: FormFields) throws(OAuthError) -> Grant {
    guard let token = fields["refresh_token"] else { throw OAuthError(.invalidRequest, "refresh_token is missing.") }
    var scope: Scope?
    if let text = fields["scope"] {
      scope = Scope(parsing: text)
      guard scope != nil else { throw OAuthError(.invalidScope, "scope has a character that is not allowed.") }
    }
    var notAfter: Int64?
    if let text = fields["not_after"] {
      notAfter = Int64(text)
      guard notAfter != nil else { throw OAuthError(.invalidRequest, "not_after must be seconds since 1970.") }
    }
    return .refreshToken(Secret(token), scope: scope, notAfter: notAfter)
  }
}
