import OAuth
import Wire

/// What ties a sign-in form to the browser that it was shown to, before anybody is signed in (law P9): the form's token
/// follows from a cookie that no other site can read or set.
package struct SignInForm: Sendable {
  /// The cookie's value.
  package let cookie: Secret

  /// A form for a browser that has none yet.
  package init(_ issuer: Issuer) {
    cookie = Secret(issuer.random)
  }

  /// The form of a browser that sent this cookie; nil for what is no cookie of ours.
  package init?(cookie: Secret?) {
    guard let cookie, cookie.exposed.utf8.count == 43 else { return nil }
    self.cookie = cookie
  }

  package var token: Secret { cookie.proof(of: "evergrant sign-in form") }
}
