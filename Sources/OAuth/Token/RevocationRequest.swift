import Wire

/// What a client gives up (RFC 7009 section 2.1). `token_type_hint` is not read, since a wrong hint must work too.
package struct RevocationRequest: Sendable, Equatable {
  package var token: Secret

  package init(token: Secret) { self.token = token }

  package var fields: FormFields { FormFields([("token", token.exposed)]) }

  package init(fields: FormFields) throws(OAuthError) {
    if let twice = fields.firstDuplicate {
      throw OAuthError(.invalidRequest, "The parameter \(twice) is given twice; send it once.")
    }
    guard let token = fields["token"] else { throw OAuthError(.invalidRequest, "token is missing.") }
    self.init(token: Secret(token))
  }
}
