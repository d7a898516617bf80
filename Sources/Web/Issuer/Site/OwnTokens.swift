import Hummingbird
import Issuer
import OAuth
import Wire

/// Tokens that a person makes for themselves, and pairs for apps of their own (P35).
extension IssuerSite {
  func ownTokens(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    let notice: String? =
      switch try request.query()["done"] {
      case "ended": "The token has ended. Nothing that holds it can act for you any more."
      case "renamed": "The token has its new name."
      default: nil
      }
    return try await tokensPage(session, notice: notice)
  }

  func makeToken(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await acting(request) { fields, session in
      let kind = OwnTokenKind(rawValue: fields["kind"] ?? OwnTokenKind.personal.rawValue) ?? .personal
      let new = NewOwnToken(
        kind: kind, name: fields["name"] ?? "", tenantID: fields["tenant"].flatMap { Int64(digits: $0) } ?? 0,
        scopes: fields.values(of: "scope"), lifetime: fields.lifetime)
      let token = try await issuer.makeOwnToken(
        new, draft: fields["draft"] ?? "", csrf: fields["csrf"] ?? "", by: session)
      guard let token else { throw SiteFailure(.forbidden, cause: "CSRF token") }
      return .page(pages.html(TokenMadePage(token, named: new.name, isNew: true, session)))
    }
  }

  func rotateToken(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await acting(request) { fields, session in
      try require(session, in: fields)
      let token = try await issuer.rotateOwnToken(
        fields["token"] ?? "", from: fields["generation"].flatMap { Int64(digits: $0) } ?? 0,
        overlap: .hours(fields.count("overlap")), lifetime: fields.lifetime, csrf: fields["csrf"] ?? "", by: session)
      guard let token else { return noSuchToken(session) }
      return .page(pages.html(TokenMadePage(token, named: nil, isNew: false, session)))
    }
  }

  func renameToken(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await acting(request) { fields, session in
      try require(session, in: fields)
      let isDone = try await issuer.renameOwnToken(
        fields["token"] ?? "", to: fields["name"] ?? "", csrf: fields["csrf"] ?? "", by: session)
      return isDone ? .seeOther("/account/tokens?done=renamed") : noSuchToken(session)
    }
  }

  func endToken(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await acting(request) { fields, session in
      try require(session, in: fields)
      let isDone = try await issuer.revokeApproval(fields["token"] ?? "", by: session, csrf: fields["csrf"] ?? "")
      return isDone ? .seeOther("/account/tokens?done=ended") : noSuchToken(session)
    }
  }

  func makePair(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await acting(request) { fields, session in
      let client = fields["client"] ?? ""
      let pair = try await issuer.makeTokenPair(
        forClient: client, tenant: fields["tenant"].flatMap { Int64(digits: $0) } ?? 0,
        scopes: fields.values(of: "scope"), draft: fields["draft"] ?? "", csrf: fields["csrf"] ?? "", by: session)
      guard let pair else { throw SiteFailure(.forbidden, cause: "CSRF token") }
      return .page(pages.html(try TokenMadePage(pair, session)))
    }
  }

  /// Carries out what a form asks for; what is refused is told on the page with the forms.
  private func acting(
    _ request: Request, _ act: (FormFields, Session) async throws -> Response
  ) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    do {
      return try await act(fields, session)
    } catch let refusal as IssuerRefusal {
      return try await tokensPage(session, trouble: refusal.description, status: .badRequest)
    }
  }

  private func require(_ session: Session, in fields: FormFields) throws(SiteFailure) {
    guard session.csrf == Secret(fields["csrf"] ?? "") else { throw SiteFailure(.forbidden, cause: "CSRF token") }
  }

  private func noSuchToken(_ session: Session) -> Response {
    pages.notice(
      "There is no such token", "It is not one of yours, or it has ended already.", status: .notFound,
      person: Person(session))
  }

  private func tokensPage(
    _ session: Session, notice: String? = nil, trouble: String? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let page = OwnTokensPage(
      try await issuer.ownTokens(of: session), try await issuer.tokenChoices(for: session),
      token: issuer.draftToken(for: session), pair: issuer.draftToken(for: session), notice: notice, trouble: trouble,
      session: session)
    return .page(pages.html(page), status: status)
  }
}

extension FormFields {
  /// A number that a choice of the form sends; what nobody can choose is more than any rule allows.
  fileprivate func count(_ name: String) -> Int64 {
    let most: Int64 = 10_000
    return self[name].flatMap { Int64(digits: $0) }.map { min($0, most) } ?? most
  }

  fileprivate var lifetime: Duration { .days(count("days")) }
}
