import Hummingbird
import Issuer
import OAuth
import Wire

/// Signing in and out.
extension IssuerSite {
  func signInPage(_ request: Request, _ context: SiteContext) async throws -> Response {
    if try await session(request) != nil { return .seeOther("/account") }
    return askToSignIn(request, next: ReturnPath("/account"))
  }

  /// The sign-in page; afterwards the browser goes on where it wanted to.
  func askToSignIn(
    _ request: Request, next: ReturnPath, email: String = "", trouble: String? = nil,
    status: HTTPResponse.Status = .ok
  ) -> Response {
    let known = SignInForm(cookie: request.cookie(formCookie.name)), form = known ?? SignInForm(issuer)
    let page = SignInPage(
      forApp: next.text != "/account", trouble: trouble, next: next.text, email: email, form: form.token.exposed)
    var response = Response.page(pages.html(page), status: status, formTargets: next.formTargets)
    if known == nil { response.headers[.setCookie] = formCookie.header(form.cookie) }
    return response
  }

  func signIn(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    let next = ReturnPath(fields["next"] ?? "")
    let email = fields["email"] ?? ""
    guard let form = SignInForm(cookie: request.cookie(formCookie.name)), form.token == Secret(fields["form"] ?? "")
    else {
      return askToSignIn(
        request, next: next, email: email, trouble: "This page had lost its browser. Allow cookies, and try again.",
        status: .forbidden)
    }
    do {
      let value = try await issuer.signIn(
        email: email, password: Secret(fields["password"] ?? ""), address: clientAddress(request, context))
      var response = Response.seeOther(next.text)
      response.headers[.setCookie] = cookie.header(value)
      return response
    } catch let refusal as SignInRefusal {
      let sentence = refusal.sentence("The e-mail address or the password is not right. Try again.")
      return refusal.waiting(
        askToSignIn(request, next: next, email: email, trouble: sentence, status: refusal.status))
    }
  }

  func signOut(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    if let value = request.cookie(cookie.name), let session = try await issuer.session(value) {
      guard session.csrf == Secret(fields["csrf"] ?? "") else { throw SiteFailure(.forbidden, cause: "CSRF token") }
      try await issuer.signOut(value)
    }
    var response = Response.seeOther("/signin")
    response.headers[.setCookie] = cookie.ending
    return response
  }
}

extension SignInRefusal {
  /// - Parameter wrong: what is said of a wrong password.
  func sentence(_ wrong: String) -> String {
    switch self {
    case .wrongCredentials: wrong
    case .tooManyAttempts(let seconds):
      "There were too many attempts. Wait \(Duration.seconds(seconds).written) and try again."
    case .busy: "Many people sign in just now. Try again in a moment."
    }
  }

  var status: HTTPResponse.Status {
    switch self {
    case .wrongCredentials: .forbidden
    case .tooManyAttempts: .tooManyRequests
    case .busy: .serviceUnavailable
    }
  }

  /// The answer with the time to wait.
  func waiting(_ response: Response) -> Response {
    var response = response
    switch self {
    case .wrongCredentials: break
    case .tooManyAttempts(let seconds), .busy(let seconds): response.headers[.retryAfter] = String(seconds)
    }
    return response
  }
}

/// Where a browser goes after signing in: one of our own pages, whatever the form says.
struct ReturnPath {
  let text: String
  /// Where the page behind this path may send the browser on to: the app of an authorization request.
  let formTargets: [String]

  init(_ text: String) {
    let isOurs = text == "/account" || AuthorizationPath.isPrefix(of: text)
    let path = isOurs && text.utf8.allSatisfy(\.isPlainInAddress) ? text : "/account"
    let query = path.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    formTargets = AuthorizationPath.formTargets(FormFields(parsing: query) ?? FormFields())
    self.text = path
  }
}
