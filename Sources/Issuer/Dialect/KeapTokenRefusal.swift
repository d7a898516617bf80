import OAuth
import Wire

/// How Keap says that a refresh token is dead; both have been seen.
package enum KeapDeadToken: String, Sendable, CaseIterable {
  /// From 2016 to 2019.
  case invalidGrant = "invalid_grant"
  /// Since about 2020.
  case invalidRequest = "invalid_request"

  var words: String {
    switch self {
    case .invalidGrant: "Invalid refresh token"
    case .invalidRequest: "Invalid Refresh Token"
    }
  }
}

/// What Keap's token endpoint answers where ours refuses in the words of RFC 6749. These answers were seen by Keap's users.
package struct KeapTokenRefusal: Sendable, Equatable {
  package var status: Int
  package var body: JSON

  private static func error(_ status: Int, _ error: String, _ description: String) -> KeapTokenRefusal {
    KeapTokenRefusal(status: status, body: ["error": .string(error), "error_description": .string(description)])
  }

  /// Nil for an error that Keap is not known to have words for: it is told in ours.
  static func of(_ error: OAuthError, grantType: String?, deadToken: KeapDeadToken) -> KeapTokenRefusal? {
    switch (error.code, grantType) {
    case (.invalidClient, _):
      KeapTokenRefusal(status: 401, body: ["ErrorCode": "invalid_client", "Error": "ClientId is Invalid"])
    case (.invalidGrant, "refresh_token"): Self.error(400, deadToken.rawValue, deadToken.words)
    case (.invalidGrant, _): Self.error(401, "invalid_grant", "Unable to authenticate username and password")
    case (.invalidRequest, nil): Self.error(400, "invalid_request", "response_type or grant_type is required")
    default: nil
    }
  }
}

extension Issuer {
  /// A refusal as Keap words it, for a client that meets its rules; nil where ours are the words.
  ///
  /// - Parameter id: of the client that the request names; where there is none such, the whole server's dialect counts.
  package func keapRefusal(
    of error: OAuthError, grantType: String?, clientID id: String?
  ) async -> KeapTokenRefusal? {
    let refusal = KeapTokenRefusal.of(error, grantType: grantType, deadToken: settings.keapDeadToken)
    guard let refusal else { return nil }
    let client = if let id { try? await database.read { try Client.find(id, $0) } } else { nil as Client? }
    return dialect(client?.dialect ?? .evergrant) == .keap ? refusal : nil
  }
}
