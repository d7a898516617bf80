import Wire

/// The answers that are the same in v1 and v2: those of the gateway in front of them.
package enum KeapFault: String, CaseIterable, Sendable {
  case invalidToken = "keymanagement.service.invalid_access_token"
  case missingToken = "oauth.v2.InvalidAccessToken"
  case expiredToken = "keymanagement.service.access_token_expired"

  /// The body of the 401.
  package var body: JSON { body(because: nil) }

  /// The body with more to its text, for whoever may know why.
  package func body(because reason: String?) -> JSON {
    let text =
      switch self {
      case .invalidToken: "Invalid Access Token"
      case .missingToken: "Invalid access token"
      case .expiredToken: "Access Token expired"
      }
    let words = [text, reason].compactMap(\.self).joined(separator: ". ")
    return ["fault": ["faultstring": .string(words), "detail": ["errorcode": .string(rawValue)]]]
  }

  package init?(body: JSON) {
    guard let code = body["fault"]?["detail"]?["errorcode"]?.string else { return nil }
    self.init(rawValue: code)
  }

  /// What an error answer of any kind says, for a person: v1's and v2's `message`, the gateway's `faultstring`.
  package static func message(in body: JSON) -> String? {
    body["message"]?.string ?? body["fault"]?["faultstring"]?.string
  }

  /// Whether an error's message refuses a contact for a region: `BILLING Region is invalid`. The contact can be sent
  /// again without (`ContactChange.withoutRegions`).
  package static func refusesRegion(_ message: String) -> Bool {
    NormalForm.folded(message).contains("region")
  }
}
