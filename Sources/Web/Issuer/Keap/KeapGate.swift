import Contacts
import Hummingbird
import Issuer
import OAuth
import Wire

/// Settles who calls before a path below `/crm` is looked up, so that a stranger does not learn which paths exist (Keap answers
/// 401, not 404). Every failure there is told in the words of the version that was called.
struct KeapGate: RouterMiddleware {
  typealias Context = SiteContext
  var issuer: Issuer

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    guard case .keap(let dialect) = Speech(path: request.uri.path) else { return try await next(request, context) }
    // What stands in front of Keap answers a GET with a body, in HTML, whoever sent it.
    if request.method == .get || request.method == .head, request.hasBody { throw SiteFailure(.badRequest) }
    var context = context
    var response = try await answer(request, &context, dialect, next)
    if let call = context.metered, let caller = context.caller { response.tell(call, caller.tenantHost) }
    return response
  }

  private func answer(
    _ request: Request, _ context: inout SiteContext, _ dialect: KeapDialect,
    _ next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    do {
      let caller = try await caller(request, for: context.call)
      context.caller = caller
      // What XML-RPC asks of REST is one call, and it was counted when it came.
      if !context.isInner { context.metered = issuer.meter(caller) }
      if let refusal = context.metered?.response { return refusal }
      return try await next(request, context)
    } catch let refusal as TokenRefused {
      return refusal.response
    } catch let refusal as KeapRefusal {
      return dialect.response(refusal, request)
    } catch let refusal as ContactRefusal {
      return dialect.response(KeapRefusal(.badRequest, refusal.message), request)
    } catch ContactFault.accessEnded {
      return TokenRefused(.invalidToken).response
    } catch let error as any HTTPResponseError where error.status == .notFound && dialect == .v1 {
      // Keap answers an unknown address of v1 with a page.
      throw error
    } catch {
      if let refusal = KeapRefusal(error as? ContactFault) { return dialect.response(refusal, request) }
      let failure = SiteFailure(error)
      if failure.isOurs {
        context.logger.error("API call failed", metadata: ["error": "\(failure.cause)"])
      }
      var response = dialect.response(KeapRefusal(failure), request)
      if let seconds = failure.retryAfter { response.headers[.retryAfter] = String(seconds) }
      response.headers[.allow] = failure.allowed
      response.headers[.acceptEncoding] = failure.codings
      return response
    }
  }

  /// The token that a call brings in `Authorization: Bearer` (RFC 6750 section 2.1), in `X-API-Key` or, as Keap allows, in
  /// `X-Keap-API-Key` or as `access_token` in the query; nil where there is none.
  /// - Throws: 400 for more than one, and for one in the query of our own routes (law P33).
  static func token(in request: Request) throws -> Secret? {
    let query = try request.query()
    let keys = [request.headers[.keapAPIKey], request.headers[.apiKey]].compactMap(\.self)
    let places = keys.count + (request.headers[.authorization] == nil ? 0 : 1)
    guard query.values(of: "access_token").count + places < 2 else {
      throw KeapRefusal(
        .badRequest, "The access token is given twice; send it once, best in the Authorization header alone.")
    }
    guard query["access_token"] == nil || !OwnContacts.isAt(request.uri.path) else {
      throw KeapRefusal(.badRequest, "The access token belongs in the Authorization header, and not in the address.")
    }
    if let header = request.headers[.authorization] { return AuthScheme.bearer.word(in: header).map { Secret($0) } }
    return (keys.first ?? query["access_token"]).map { Secret($0) }
  }

  private func caller(_ request: Request, for call: ServedCall?) async throws -> Caller {
    guard let presented = try Self.token(in: request) else { throw TokenRefused(.missingToken) }
    do throws(AccessRefusal) {
      return try await issuer.authenticate(presented, for: call)
    } catch {
      switch error {
      case .invalid: throw TokenRefused(.invalidToken)
      case .expired: throw TokenRefused(.expiredToken)
      case .own(let fault):
        throw TokenRefused(
          fault.isExpired ? .expiredToken : .invalidToken,
          because: fault.sentence(page: issuer.settings.issuer + "/account/tokens"))
      case .garbled:
        throw TokenRefused(.invalidToken, because: "This text is not a whole token: copy it again, to its last letter")
      case .unavailable(let seconds): throw SiteFailure(.serviceUnavailable, retryAfter: seconds, cause: "store")
      }
    }
  }
}

/// Keap's 401, with the challenge of RFC 6750 section 3.
struct TokenRefused: Error {
  var fault: KeapFault
  /// What happened and what to do, for whoever may know.
  var reason: String?

  init(_ fault: KeapFault, because reason: String? = nil) {
    self.fault = fault
    self.reason = reason
  }

  var response: Response {
    let challenge =
      fault == .missingToken ? BearerChallenge() : BearerChallenge(error: "invalid_token", description: reason)
    var response = Response.json(fault.body(because: reason), status: .unauthorized)
    response.headers[.wwwAuthenticate] = challenge.headerValue
    return response
  }
}
