import Wire

/// What an app asks of the person at the browser (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
package struct AuthorizationRequest: Sendable, Equatable {
  package var clientID: String
  package var redirectURI: String
  package var scope: Scope
  package var state: String?
  package var challenge: PKCE.Challenge?

  package init(clientID: String, redirectURI: String, scope: Scope, state: String?, challenge: PKCE.Challenge?) {
    self.clientID = clientID
    self.redirectURI = redirectURI
    self.scope = scope
    self.state = state
    self.challenge = challenge
  }
}

extension AuthorizationRequest {
  package var fields: FormFields {
    var fields = FormFields([("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirectURI)])
    fields.append("scope", scope.isEmpty ? nil : scope.text)
    fields.append("state", state)
    fields.append("code_challenge", challenge?.text)
    fields.append("code_challenge_method", challenge.map { _ in "S256" })
    return fields
  }

  /// Parses what remains to be judged once client and redirect URI are known to be good.
  ///
  /// - Throws: an ``OAuthError`` that may be sent to the redirect URI (RFC 6749 section 4.1.2.1).
  package init(fields: FormFields) throws(OAuthError) {
    if let twice = fields.firstDuplicate {
      throw OAuthError(.invalidRequest, "The parameter \(twice) is given twice; send it once.")
    }
    guard let clientID = fields["client_id"] else { throw OAuthError(.invalidRequest, "client_id is missing.") }
    guard let redirectURI = fields["redirect_uri"] else {
      throw OAuthError(.invalidRequest, "redirect_uri is missing.")
    }
    guard let responseType = fields["response_type"] else {
      throw OAuthError(.invalidRequest, "response_type is missing; send response_type=code.")
    }
    guard responseType == "code" else {
      throw OAuthError(.unsupportedResponseType, "Only response_type=code is offered.")
    }
    guard let scope = Scope(parsing: fields["scope"] ?? "") else {
      throw OAuthError(.invalidScope, "scope has a character that RFC 6749 section 3.3 does not allow.")
    }
    self.init(
      clientID: clientID, redirectURI: redirectURI, scope: scope, state: fields["state"],
      challenge: try Self.challenge(fields))
  }

  private static func challenge(_ fields: FormFields) throws(OAuthError) -> PKCE.Challenge? {
    guard let text = fields["code_challenge"] else {
      guard fields["code_challenge_method"] == nil else {
        throw OAuthError(.invalidRequest, "code_challenge_method is given without code_challenge.")
      }
      return nil
    }
    guard fields["code_challenge_method"] == "S256" else {
      throw OAuthError(.invalidRequest, "Only code_challenge_method=S256 is accepted.")
    }
    guard let challenge = PKCE.Challenge(text) else {
      throw OAuthError(.invalidRequest, "code_challenge is not the base64url of a SHA-256.")
    }
    return challenge
  }
}
