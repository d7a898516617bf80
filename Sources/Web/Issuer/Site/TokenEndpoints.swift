import Hummingbird
import Issuer
import OAuth
import Wire

/// What apps ask of the issuer without a person: tokens, their end, and what is on offer.
extension IssuerSite {
  func token(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await token(request) { $0 }
  }

  func keapToken(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await token(request, as: \.asKeapWritesIt)
  }

  private func token(
    _ request: Request, as written: (TokenResponse) -> TokenResponse
  ) async throws -> Response {
    try await oauth(request) { fields, client throws(OAuthError) in
      .success(written(try await issuer.token(TokenRequest(fields: fields), client: client())))
    } wording: { error, fields in
      let client = try? fields.map { try PresentedClient(authorization: request.headers[.authorization], fields: $0) }
      return await issuer.keapRefusal(of: error, grantType: fields?["grant_type"], clientID: client?.clientID)
    }
  }

  func revoke(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await oauth(request) { fields, client throws(OAuthError) in
      try await issuer.revoke(RevocationRequest(fields: fields), client: client())
      return .done
    }
  }

  func metadata(_ request: Request, _ context: SiteContext) throws -> Response {
    try .json(encoding: issuer.metadata)
  }

  /// Refuses a method, where programs speak OAuth in its own words.
  @Sendable static func refuseMethod(_ request: Request, allowed: String) throws -> Response {
    guard case .oauth = Speech(path: request.uri.path) else { throw SiteFailure(methodNotAllowedBut: allowed) }
    var response = try answer(OAuthError(.invalidRequest, "This address takes \(allowed) alone."), .methodNotAllowed)
    response.headers[.allow] = allowed
    return response
  }

  private enum Outcome {
    case success(TokenResponse)
    case done
  }

  /// Takes in a form, hands it on, and answers as RFC 6749 sections 5.1 and 5.2 say.
  ///
  /// - Parameter wording: how a refusal is told to an app that meets Keap's rules; nil where the standard's words are.
  private func oauth(
    _ request: Request,
    _ act: (FormFields, () throws(OAuthError) -> PresentedClient) async throws(OAuthError) -> Outcome,
    wording: (OAuthError, FormFields?) async -> KeapTokenRefusal? = { _, _ in nil }
  ) async throws -> Response {
    let authorization = request.headers[.authorization]
    var response: Response
    var form: FormFields?
    do throws(OAuthError) {
      let fields = try await oauthForm(request)
      form = fields
      let outcome = try await act(fields) { () throws(OAuthError) in
        try PresentedClient(authorization: authorization, fields: fields)
      }
      switch outcome {
      case .success(let answer): response = try Self.answer(answer, .ok)
      case .done: response = Response(status: .ok)
      }
    } catch {
      if let refusal = await wording(error, form) {
        response = .json(refusal.body, status: .init(code: refusal.status))
      } else {
        response = try Self.answer(error, .init(code: error.status))
      }
      if error.status == 401, authorization != nil { response.headers[.wwwAuthenticate] = "Basic realm=\"evergrant\"" }
      if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
    }
    response.headers[.cacheControl] = "no-store"
    return response
  }

  /// Keap refuses a JSON body with these words.
  private func oauthForm(_ request: Request) async throws(OAuthError) -> FormFields {
    guard request.isForm else {
      throw OAuthError(.invalidRequest, "response_type or grant_type is required")
    }
    do {
      return try await request.form()
    } catch {
      let words =
        switch error.status {
        case .contentTooLarge: "The body is longer than 16 KiB."
        case .unsupportedMediaType: "The body is compressed; send it without Content-Encoding."
        default: "The body is not a well-formed form."
        }
      throw OAuthError(.invalidRequest, words)
    }
  }

  private static func answer(_ value: some Encodable, _ status: HTTPResponse.Status) throws(OAuthError) -> Response {
    do {
      return try .json(encoding: value, status: status)
    } catch {
      throw OAuthError(.serverError)
    }
  }
}
