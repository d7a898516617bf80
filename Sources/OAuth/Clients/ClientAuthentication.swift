import Foundation
import Wire

/// How a client proves who it is at the token endpoint (RFC 6749 section 2.3.1).
package enum ClientAuthentication: Sendable, Equatable {
  /// HTTP Basic over the raw `id:secret`, as Keap's SDKs send it.
  case basicRaw(clientID: String, secret: Secret)
  /// HTTP Basic over the form-encoded id and secret, as RFC 6749 says.
  case basic(clientID: String, secret: Secret)
  case body(clientID: String, secret: Secret)
  /// A public client names itself and proves nothing.
  case none(clientID: String)

  package var clientID: String {
    switch self {
    case .basicRaw(let id, _), .basic(let id, _), .body(let id, _), .none(let id): id
    }
  }

  /// Adds what goes in the body and returns the `Authorization` header, if the method has one.
  package func apply(to fields: inout FormFields) -> Secret? {
    switch self {
    case .basicRaw(let id, let secret): return Self.header("\(id):\(secret.exposed)")
    case .basic(let id, let secret):
      return Self.header("\(PercentEncoding.encode(id)):\(PercentEncoding.encode(secret.exposed))")
    case .body(let id, let secret):
      fields.append("client_id", id)
      fields.append("client_secret", secret.exposed)
    case .none(let id): fields.append("client_id", id)
    }
    return nil
  }

  private static func header(_ text: String) -> Secret {
    Secret(AuthScheme.basic.prefix + Data(text.utf8).base64EncodedString())
  }
}

/// What a request presents about its client, before anybody has looked the client up.
package struct PresentedClient: Sendable, Equatable {
  package var clientID: String
  /// The readings of what was presented: Basic may be raw or form-encoded, and only the stored hash tells which.
  package var secrets: [Secret]

  /// - Throws: `invalid_client` where the header is broken, `invalid_request` where two methods are used at once
  ///   (RFC 6749 section 2.3).
  package init(authorization: String?, fields: FormFields) throws(OAuthError) {
    guard let authorization else {
      guard let id = fields["client_id"] else {
        throw OAuthError(.invalidClient, "No client is named: use HTTP Basic, or client_id in the body.")
      }
      self.init(clientID: id, secrets: fields["client_secret"].map { [Secret($0)] } ?? [])
      return
    }
    guard fields["client_secret"] == nil else {
      throw OAuthError(.invalidRequest, "The client authenticates twice: use HTTP Basic or the body, not both.")
    }
    guard let word = AuthScheme.basic.word(in: authorization), let data = Data(base64Encoded: word),
      let text = String(bytes: data, encoding: .utf8),
      !data.contains(0),
      let colon = text.firstIndex(of: ":")
    else { throw OAuthError(.invalidClient, "The Authorization header is not HTTP Basic of client id and secret.") }
    let raw = (id: String(text[..<colon]), secret: String(text[text.index(after: colon)...]))
    let decodedID = PercentEncoding.decodeForm(raw.id.utf8) ?? raw.id
    var secrets = [Secret(raw.secret)]
    if let decoded = PercentEncoding.decodeForm(raw.secret.utf8), decoded != raw.secret {
      secrets.append(Secret(decoded))
    }
    self.init(clientID: decodedID, secrets: secrets)
    if let named = fields["client_id"], named != clientID {
      throw OAuthError(.invalidRequest, "client_id in the body names another client than the Authorization header.")
    }
  }

  package init(clientID: String, secrets: [Secret]) {
    self.clientID = clientID
    self.secrets = secrets
  }
}
