import Foundation
import HTTPTypes
import Hummingbird
import Issuer
import Logging
import Store
import Wire

/// The outermost layer of a site: every answer has an identifier and safe headers, every failure an answer, and every
/// request one line in the log that names its route and never its address.
struct Edge: RouterMiddleware {
  typealias Context = SiteContext

  /// Whose pages may call what programs call here.
  var origins = AllowedOrigins()
  /// How this site says that something went wrong.
  var failure: @Sendable (SiteFailure, _ reference: String) -> Response

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let reference = UUID().uuidString.lowercased()
    var response: Response
    do {
      response = if let asked = origins.preflight(request) { asked } else { try await next(request, context) }
    } catch {
      let answered = SiteFailure(error)
      if answered.isOurs {
        context.logger.error("request failed", metadata: ["request.id": "\(reference)", "error": "\(answered.cause)"])
      }
      response = failure(answered, reference)
      if let seconds = answered.retryAfter { response.headers[.retryAfter] = String(seconds) }
      response.headers[.allow] = answered.allowed
      response.headers[.acceptEncoding] = answered.codings
    }
    origins.open(&response, to: request)
    response.headers[.requestID] = reference
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "no-referrer"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    context.logger.debug(
      "request",
      metadata: [
        "request.id": "\(reference)", "http.method": "\(request.method)",
        "http.route": "\(context.endpointPath ?? "none")", "http.status": "\(response.status.code)",
        "duration.ms": "\((ContinuousClock.now - start).milliseconds)",
      ])
    // Some refusals are made where no route is found that would leave it out.
    return request.method == .head ? response.createHeadResponse() : response
  }
}

/// What went wrong with a request, as far as a stranger may know.
struct SiteFailure: Error {
  var status: HTTPResponse.Status
  var retryAfter: Int?
  /// What the path takes, where it does not take the method.
  var allowed: String?
  /// In which codings a body is taken, where it came in another (RFC 9110 section 15.5.16).
  var codings: String?
  /// For the log: what failed, without a word of the request.
  var cause: String
  /// Whether something failed here, and an operator should hear of it.
  var isOurs: Bool { status.code >= 500 && status != .notImplemented }

  init(_ status: HTTPResponse.Status, retryAfter: Int? = nil, cause: String = "") {
    self.status = status
    self.retryAfter = retryAfter
    self.cause = cause
  }

  /// - Parameter allowed: the value of `Allow`.
  init(methodNotAllowedBut allowed: String) {
    self.init(.methodNotAllowed, cause: "method")
    self.allowed = allowed
  }

  /// - Parameter codings: the value of `Accept-Encoding`.
  init(takingCodings codings: String) {
    self.init(.unsupportedMediaType, cause: "coding")
    self.codings = codings
  }

  init(_ error: any Error) {
    switch error {
    case let failure as SiteFailure: self = failure
    case let error as StoreError: self.init(.serviceUnavailable, retryAfter: 5, cause: error.description)
    case ContactFault.unavailable(let seconds): self.init(.serviceUnavailable, retryAfter: seconds, cause: "store")
    case let error as any HTTPResponseError: self.init(error.status, cause: "\(error.status)")
    default: self.init(.internalServerError, cause: "\(type(of: error))")
    }
  }
}

extension HTTPField.Name {
  /// The name that a literal of the source spells; what somebody sent cannot be given here, so no request ends the program.
  static func known(_ name: StaticString) -> HTTPField.Name {
    guard let known = HTTPField.Name(name.description) else { preconditionFailure("\(name) is not a header name") }
    return known
  }

  static let requestID = known("x-request-id")
  static let referrerPolicy = known("referrer-policy")
  static let secFetchSite = known("sec-fetch-site")
  static let frameOptions = known("x-frame-options")
  static let apiKey = known("x-api-key")
  static let keapAPIKey = known("x-keap-api-key")
}
