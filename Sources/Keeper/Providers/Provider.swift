import Foundation
import OAuth
import Store
import Yams

/// What is particular to one OAuth provider, read from a data file; no provider is named anywhere else.
package struct Provider: Sendable, Equatable, Decodable {
  package enum AuthenticationMethod: String, Sendable, Decodable {
    case basic
    case basicRaw = "basic_raw"
    case body
  }

  /// How an answer of the token endpoint is read: the first row that matches decides.
  package struct AnswerRule: Sendable, Equatable, Decodable {
    package enum Meaning: String, Sendable, Decodable {
      case refused
      case clientRefused = "client_refused"
      case throttled
      case notProcessed = "not_processed"
    }
    package var status: Int
    package var error: String?
    /// Words that the description must have, whatever stands between them.
    package var description: String?
    package var means: Meaning
    /// Whether the provider says the same of a wrong client secret (K7).
    package var ambiguous: Bool?
  }

  package var name: String
  package var title: String
  package var authorizationEndpoint: String
  package var tokenEndpoint: String
  package var revocationEndpoint: String?
  package var apiOrigin: String
  /// Path below the API's origin that tells who approved.
  package var userinfo: String?
  package var scopes: [String]
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
  /// Whether presenting the same refresh token again after a lost answer is harmless (K13).
  package var toleratesRetry: Bool
  package var understandsNotAfter: Bool
  package var answers: [AnswerRule]
  package var tokenFaults: [String]
  package var unauthorizedPrecedesProcessing: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, title, scopes, pkce, answers, userinfo, rotates
    case authorizationEndpoint = "authorization_endpoint"
    case tokenEndpoint = "token_endpoint"
    case revocationEndpoint = "revocation_endpoint"
    case apiOrigin = "api_origin"
    case sendsIssuer = "sends_issuer"
    case loopbackRedirects = "loopback_redirects"
    case codeAuthentication = "code_authentication"
    case refreshAuthentication = "refresh_authentication"
    case defaultLifetimeSeconds = "default_lifetime_seconds"
    case refreshWindowDays = "refresh_window_days"
    case toleratesRetry = "tolerates_retry"
    case understandsNotAfter = "understands_not_after"
    case tokenFaults = "token_faults"
    case unauthorizedPrecedesProcessing = "unauthorized_precedes_processing"
  }
}

extension Provider {
  /// The entry with `{base}` replaced; without an address the entry must not need one.
  package func at(base: String?) -> Provider? {
    let places = [authorizationEndpoint, tokenEndpoint, revocationEndpoint ?? "", apiOrigin]
    guard let base else { return places.contains { $0.contains("{base}") } ? nil : self }
    let fill = { (text: String) in text.replacing("{base}", with: base) }
    var provider = self
    provider.authorizationEndpoint = fill(authorizationEndpoint)
    provider.tokenEndpoint = fill(tokenEndpoint)
    provider.revocationEndpoint = revocationEndpoint.map(fill)
    provider.apiOrigin = fill(apiOrigin)
    return provider
  }

  package func authentication(_ method: AuthenticationMethod, id: String, secret: Secret?) -> ClientAuthentication {
    guard let secret else { return .none(clientID: id) }
    return switch method {
    case .basic: .basic(clientID: id, secret: secret)
    case .basicRaw: .basicRaw(clientID: id, secret: secret)
    case .body: .body(clientID: id, secret: secret)
    }
  }

  package var route: Route? {
    Origin(apiOrigin).map {
      Route(origin: $0, tokenFaults: tokenFaults, unauthorizedPrecedesProcessing: unauthorizedPrecedesProcessing)
    }
  }
}

/// The providers that this program knows, by name.
package struct ProviderCatalogue: Sendable {
  package let entries: [String: Provider]

  package init(_ providers: [Provider]) {
    entries = Dictionary(providers.map { ($0.name, $0) }) { $1 }
  }

  /// - Throws: where an entry's file is not what this version reads.
  package static func builtIn() throws -> ProviderCatalogue {
    let files = [PackageResources.keap_yaml, PackageResources.evergrant_yaml]
    return ProviderCatalogue(try files.map { try YAMLDecoder().decode(Provider.self, from: Data($0)) })
  }
}
