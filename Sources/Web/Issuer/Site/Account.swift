import Hummingbird
import Issuer
import OAuth

/// A person's own page: what they have approved, and the end of it (P28).
extension IssuerSite {
  func home(_ request: Request, _ context: SiteContext) -> Response { .seeOther("/account") }

  func account(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    let notice: String? =
      switch try request.query()["done"] {
      case "revoked": "The approval has ended. The app cannot act for you any more."
      case "password": "Your new password counts from now on. You were signed out everywhere else."
      default: nil
      }
    return .page(
      pages.html(
        AccountPage(
          try await issuer.approvals(of: session), owned: try await issuer.ownedTenants(of: session),
          events: try await issuer.events(of: session, limit: 20), session: session, notice: notice)))
  }

  func revokeApproval(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    guard session.csrf == Secret(fields["csrf"] ?? "") else { throw SiteFailure(.forbidden, cause: "CSRF token") }
    let isDone = try await issuer.revokeApproval(fields["approval"] ?? "", by: session, csrf: fields["csrf"] ?? "")
    guard isDone else {
      return pages.notice(
        "There is no such approval", "It is not one of yours, or it has ended already.", status: .notFound,
        person: Person(session))
    }
    return .seeOther("/account?done=revoked")
  }
}
