import Hummingbird
import Issuer
import Wire

/// The addresses at which an app asks for an approval, ours and Keap's.
enum AuthorizationPath {
  static func isPrefix(of text: String) -> Bool {
    text.hasPrefix("/oauth/authorize?") || text.hasPrefix(keap + "?")
  }

  static let keap = "/app/oauth/authorize"

  /// What a request means. Keap offers one kind of answer and takes it for asked where none is named.
  static func meant(_ fields: FormFields, at path: String) -> FormFields {
    guard path == keap, fields.values(of: "response_type").isEmpty else { return fields }
    var fields = fields
    fields.append("response_type", "code")
    return fields
  }

  /// The app's origin as a source of a content security policy. A policy has no form for an IPv6 address, so `http:` stands for
  /// one.
  static func formTargets(_ fields: FormFields) -> [String] {
    guard let text = fields["redirect_uri"], let url = OutboundURL(text) else { return [] }
    return [url.origin.host.contains(":") ? "http:" : url.origin.description]
  }
}

/// The approval of an app, up to the way back to it (RFC 6749 section 4.1).
extension IssuerSite {
  func authorize(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await authorize(AuthorizationPath.meant(try request.query(), at: request.uri.path), request)
  }

  /// An app may also post its request (RFC 6749 section 3.1). It goes on as a GET: a post from the app's own site comes
  /// without the session cookie.
  func authorizePosted(_ request: Request, _ context: SiteContext) async throws -> Response {
    // The router reads past empty segments, but a browser takes what follows two slashes for a host.
    .seeOther("/" + request.uri.path.drop { $0 == "/" } + "?" + (try await request.form()).encoded)
  }

  private func authorize(_ fields: FormFields, _ request: Request) async throws -> Response {
    let session = try await session(request)
    switch try await issuer.authorize(fields, session: session) {
    case .page(let page): return pages.notice(page.title, page.sentence, status: .badRequest)
    case .redirect(let location): return Response(status: .found, headers: [.location: location])
    case .signIn: return askToSignIn(request, next: ReturnPath(request.uri.path + "?" + fields.encoded))
    case .consent(let consent):
      guard let session else { return askToSignIn(request, next: ReturnPath(request.uri.path + "?" + fields.encoded)) }
      return .page(
        pages.html(ConsentPage(consent, person: Person(session))),
        formTargets: AuthorizationPath.formTargets(fields))
    }
  }

  func consent(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    guard let session = try await session(request) else {
      return pages.notice(
        "You are no longer signed in", "Nothing was approved. Go back to the app and start again.", status: .forbidden)
    }
    guard let decision = Decision(fields) else { throw SiteFailure(.badRequest) }
    let outcome = try await issuer.decide(
      approvalID: fields["approval"] ?? "", csrf: fields["csrf"] ?? "", decision: decision, session: session,
      address: clientAddress(request, context))
    switch outcome {
    case .redirect(let location): return .seeOther(location)
    case .page(let page): return pages.notice(page.title, page.sentence, status: .forbidden, person: Person(session))
    }
  }
}

extension Decision {
  fileprivate init?(_ fields: FormFields) {
    guard fields.firstDuplicate == nil else { return nil }
    switch fields["decision"] {
    case "approve": self = .approve(tenantID: fields["tenant"].flatMap { Int64($0) })
    case "deny": self = .deny
    default: return nil
    }
  }
}
