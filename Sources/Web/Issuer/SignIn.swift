import Hummingbird
import Issuer
import OAuth

/// Signing in and out.
extension IssuerSite {
  func signInPage(_ request: Request, _ context: SiteContext) async throws -> Response {
    if try await session(request) != nil { return .seeOther("/account") }
    return askToSignIn(next: ReturnPath("/account"))
  }

  /// The sign-in page; afterwards the browser goes on where it wanted to.
  func askToSignIn(next: ReturnPath, email: String = "", refusal: SignInRefusal? = nil) -> Response {
    let page = SignInPage(forApp: next.text != "/account", trouble: refusal?.sentence, next: next.text, email: email)
    var response = Response.page(pages.html(page), status: refusal?.status ?? .ok, formTargets: next.formTargets)
    if let seconds = refusal?.retryAfter { response.headers[.retryAfter] = String(seconds) }
    return response
  }

  func signIn(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    let fields = try await request.form()
    let next = ReturnPath(fields["next"] ?? "")
    let email = fields["email"] ?? ""
    do {
      let value = try await issuer.signIn(
        email: email, password: Secret(fields["password"] ?? ""), address: context.peer)
      var response = Response.seeOther(next.text)
      response.headers[.setCookie] = cookie.header(value)
      return response
    } catch let refusal as SignInRefusal {
      return askToSignIn(next: next, email: email, refusal: refusal)
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
  fileprivate var sentence: String {
    switch self {
    case .wrongCredentials: "The e-mail address or the password is not right. Try again."
    case .tooManyAttempts(let seconds):
      "That was wrong too often. Wait \(Words.span(.seconds(seconds))) and try again."
    case .busy: "Many people sign in just now. Try again in a moment."
    }
  }

  fileprivate var status: HTTPResponse.Status {
    switch self {
    case .wrongCredentials: .forbidden
    case .tooManyAttempts: .tooManyRequests
    case .busy: .serviceUnavailable
    }
  }

  fileprivate var retryAfter: Int? {
    switch self {
    case .wrongCredentials: nil
    case .tooManyAttempts(let seconds), .busy(let seconds): seconds
    }
  }
}

/// Where a browser goes after signing in: one of our own pages, whatever the form says.
struct ReturnPath {
  let text: String
  /// Where the page behind this path may send the browser on to: the app of an authorization request.
  let formTargets: [String]

  init(_ text: String) {
    let isOurs = text == "/account" || AuthorizationPath.isPrefix(of: text)
    let isClean = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
    let path = isOurs && isClean ? text : "/account"
    let query = path.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    formTargets = AuthorizationPath.formTargets(FormFields(parsing: query) ?? FormFields())
    self.text = path
  }
}
