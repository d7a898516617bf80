import OAuth

/// What is particular to one OAuth provider, read from a data file; nothing in the OAuth exchange depends on which provider it
/// is.
package struct Provider: Sendable, Equatable, Decodable {
  /// A contacts API that is known here, and so what a job needs to use it.
  package enum ContactsAPI: String, Sendable, Decodable {
    /// Keap's REST v2.
    case keap
  }

  package enum AuthenticationMethod: String, Sendable, Decodable {
    case basic
    case basicRaw = "basic_raw"
    case body
  }

  /// What `{base}` stands for in the addresses, where a provider has an address for each customer, region or tenant.
  package struct Base: Sendable, Equatable, Decodable {
    /// What it is and what it looks like, for the operator who has not given it.
    package var what: String
    /// The base that counts where none is given.
    package var usual: String?
    /// The API's origin for each base, where the base itself does not give it; no other base is accepted then.
    package var apiOrigins: [String: String]?

    enum CodingKeys: String, CodingKey {
      case what, usual
      case apiOrigins = "api_origins"
    }
  }

  /// How an answer of the token endpoint is read: the first row that matches decides. A 2xx is looked up here only if its
  /// body says that it is an error.
  package struct AnswerRule: Sendable, Equatable, Decodable {
    package enum Meaning: String, Sendable, Decodable {
      case refused
      case clientRefused = "client_refused"
      /// The grant stands and has no effect for now.
      case suspended
      case throttled
      case notProcessed = "not_processed"
    }
    package var status: Int
    package var error: String?
    /// The member of the body that has the error code; `error` where this is absent (RFC 6749 section 5.2).
    package var member: String?
    /// Words that the description must have, whatever stands between them.
    package var description: String?
    package var means: Meaning
    /// Whether the provider says the same of a wrong client secret (K7).
    package var ambiguous: Bool?
  }

  package var name: String
  package var title: String
  /// Where an operator registers an app, for whoever has none yet.
  package var registration: String?
  package var base: Base?
  package var authorizationEndpoint: String
  /// What the authorization request must say beyond the standard.
  package var authorizationParameters: [String: String]?
  package var tokenEndpoint: String
  package var revocationEndpoint: String?
  /// Whether revoking a token ends its own approval alone, and not all that the same person has given to the app.
  package var revocationEndsOne: Bool?
  package var apiOrigin: String
  package var contacts: ContactsAPI?
  /// Path below the API's origin that tells who approved.
  package var userinfo: String?
  /// The same for a key of the provider's own pages, where that is another.
  package var keyUserinfo: String?
  /// Where the tenant and the person are named: the first place that has one counts.
  package var tenant: [IdentitySource]
  package var approver: [IdentitySource]
  /// The header field by which a call names the tenant, where a token reaches several: the data plane sets it (K22).
  package var tenantHeader: String?
  /// The header field in which the API takes keys of its own pages; `Authorization`, as an access token, where this is absent.
  package var keyHeader: String?
  /// What is asked for unless the operator names scopes for a client.
  package var scopes: [String]
  /// What stands between two scopes; a blank where this is absent (RFC 6749 section 3.3).
  package var scopeSeparator: String?
  package var pkce: Bool
  /// Whether authorization responses carry `iss` (RFC 9207).
  package var sendsIssuer: Bool
  package var loopbackRedirects: Bool
  package var codeAuthentication: AuthenticationMethod
  package var refreshAuthentication: AuthenticationMethod
  /// Seconds an access token lives where the answer does not say.
  package var defaultLifetimeSeconds: Int64
  /// Days in which a refresh token must be used.
  package var refreshWindowDays: Int64
  /// Whether a refresh gives a new refresh token that replaces the old.
  package var rotates: Bool
  /// Whether the access tokens that came before are refused once a newer one was used: only then does a call that works
  /// prove that nothing newer was issued (K28).
  package var endsAccessTokens: Bool
  /// Whether presenting the same refresh token again after a lost answer is harmless (K13).
  package var toleratesRetry: Bool
  package var understandsNotAfter: Bool
  package var answers: [AnswerRule]
  package var tokenFaults: [String]
  package var unauthorizedPrecedesProcessing: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, title, registration, base, scopes, pkce, answers, userinfo, tenant, approver, rotates, contacts
    case authorizationEndpoint = "authorization_endpoint"
    case authorizationParameters = "authorization_parameters"
    case tokenEndpoint = "token_endpoint"
    case revocationEndpoint = "revocation_endpoint"
    case revocationEndsOne = "revocation_ends_one"
    case apiOrigin = "api_origin"
    case tenantHeader = "tenant_header"
    case keyHeader = "key_header"
    case keyUserinfo = "key_userinfo"
    case scopeSeparator = "scope_separator"
    case sendsIssuer = "sends_issuer"
    case loopbackRedirects = "loopback_redirects"
    case codeAuthentication = "code_authentication"
    case refreshAuthentication = "refresh_authentication"
    case defaultLifetimeSeconds = "default_lifetime_seconds"
    case refreshWindowDays = "refresh_window_days"
    case endsAccessTokens = "ends_access_tokens"
    case toleratesRetry = "tolerates_retry"
    case understandsNotAfter = "understands_not_after"
    case tokenFaults = "token_faults"
    case unauthorizedPrecedesProcessing = "unauthorized_precedes_processing"
  }
}

extension Provider {
  /// What stands for an entry that is gone: it has no address, so nothing is sent, and nothing is taken to be harmless.
  package static func unknown(_ name: String) -> Provider {
    Provider(
      name: name, title: name, authorizationEndpoint: "", tokenEndpoint: "", apiOrigin: "", tenant: [], approver: [],
      scopes: [], pkce: true, sendsIssuer: false, loopbackRedirects: false, codeAuthentication: .basic,
      refreshAuthentication: .basic, defaultLifetimeSeconds: 0, refreshWindowDays: 0, rotates: true,
      endsAccessTokens: false, toleratesRetry: false, understandsNotAfter: false, answers: [], tokenFaults: [],
      unauthorizedPrecedesProcessing: false)
  }

  package var isUnknown: Bool { tokenEndpoint.isEmpty }

  package func authentication(_ method: AuthenticationMethod, id: String, secret: Secret?) -> ClientAuthentication {
    guard let secret else { return .none(clientID: id) }
    return switch method {
    case .basic: .basic(clientID: id, secret: secret)
    case .basicRaw: .basicRaw(clientID: id, secret: secret)
    case .body: .body(clientID: id, secret: secret)
    }
  }

  package func scope(_ scopes: [String]) -> Scope {
    Scope(scopeSeparator.map { [scopes.joined(separator: $0)] } ?? scopes)
  }
}
