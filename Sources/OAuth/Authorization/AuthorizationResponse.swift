import Wire

/// What the authorization server sends back through the browser (RFC 6749 section 4.1.2, RFC 9207).
package struct AuthorizationResponse: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    case code(Secret)
    case error(OAuthError)
  }

  package var outcome: Outcome
  package var state: String?
  package var issuer: String?
  /// Keap answers with a scope that carries the tenant after `|`.
  package var scope: String?

  package init(_ outcome: Outcome, state: String?, issuer: String?, scope: String? = nil) {
    self.outcome = outcome
    self.state = state
    self.issuer = issuer
    self.scope = scope
  }
}

extension AuthorizationResponse {
  package var fields: FormFields {
    var fields = FormFields()
    switch outcome {
    case .code(let code): fields.append("code", code.exposed)
    case .error(let error):
      fields.append("error", error.code.rawValue)
      fields.append("error_description", error.description)
    }
    fields.append("scope", scope)
    fields.append("state", state)
    fields.append("iss", issuer)
    return fields
  }

  /// The redirect URI with the response in its query; a query that was registered is kept.
  package func location(at redirectURI: String) -> String {
    redirectURI + (redirectURI.contains("?") ? "&" : "?") + fields.encoded
  }

  /// Nil where the fields are no authorization response, or a parameter is there twice.
  package init?(fields: FormFields) {
    guard fields.firstDuplicate == nil else { return nil }
    if let error = fields["error"] {
      outcome = .error(OAuthError(.init(rawValue: error), fields["error_description"]))
    } else if let code = fields["code"] {
      outcome = .code(Secret(code))
    } else {
      return nil
    }
    state = fields["state"]
    issuer = fields["iss"]
    scope = fields["scope"]
  }
}
