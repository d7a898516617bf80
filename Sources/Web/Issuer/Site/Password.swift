import Hummingbird
import Issuer
import OAuth
import Wire

/// New passwords: on the account page, where the old one is asked for, and by a link of the operator's.
extension IssuerSite {
  func passwordPage(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    return .page(pages.html(PasswordPage(session)))
  }

  func changePassword(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    return try await setting(fields, "The old password is not right. Nothing was changed.") { password in
      let isDone = try await issuer.changePassword(
        from: Secret(fields["old"] ?? ""), to: password, by: session, csrf: fields["csrf"] ?? "",
        address: clientAddress(request, context))
      guard isDone else { throw SiteFailure(.forbidden, cause: "CSRF token") }
      return .seeOther("/account?done=password")
    } again: {
      PasswordPage(session, trouble: $0)
    }
  }

  /// Shows the form and leaves the link as it is, so that a program that opens links ahead of people does not use it up.
  func resetPage(_ request: Request, _ context: SiteContext) async throws -> Response {
    let link = Secret(context.parameters.get("link") ?? "")
    guard try await issuer.isPasswordReset(link) else { return linkIsOver }
    return .page(pages.html(PasswordPage(link: link)))
  }

  func resetPassword(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form(), link = Secret(fields["link"] ?? "")
    guard try await issuer.isPasswordReset(link) else { return linkIsOver }
    return try await setting(fields, "") { password in
      let isDone = try await issuer.resetPassword(password, by: link, address: clientAddress(request, context))
      return isDone ? .seeOther("/signin") : linkIsOver
    } again: {
      PasswordPage(link: link, trouble: $0)
    }
  }

  /// Sets what stands in both fields, or shows the form again and says why not.
  ///
  /// - Parameter wrong: what is said of a wrong old password.
  private func setting(
    _ fields: FormFields, _ wrong: String, _ act: (Secret) async throws -> Response, again: (String) -> PasswordPage
  ) async throws -> Response {
    func refused(_ sentence: String, _ status: HTTPResponse.Status) -> Response {
      .page(pages.html(again(sentence)), status: status)
    }
    guard fields["new"] == fields["again"] else {
      return refused("The two new passwords are not the same. Nothing was changed.", .badRequest)
    }
    do {
      return try await act(Secret(fields["new"] ?? ""))
    } catch let refusal as IssuerRefusal {
      return refused(refusal.description, .badRequest)
    } catch let refusal as SignInRefusal {
      return refusal.waiting(refused(refusal.sentence(wrong), refusal.status))
    }
  }

  private var linkIsOver: Response {
    pages.notice(
      "This link is no longer good",
      "It was used, or is older than an hour. Ask whoever runs this server for a new one.",
      status: .notFound)
  }
}
