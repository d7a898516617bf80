import OAuth

/// What a request of an app leads to at the browser.
package enum AuthorizeOutcome: Sendable {
  /// Told to the person alone: the app is unknown or disabled, or its address is not registered, so nothing may be sent
  /// there (law P2).
  case page(ErrorPage)
  /// Told to the app: a full address to redirect to.
  case redirect(String)
  case signIn
  case consent(Consent)
}

package enum DecideOutcome: Sendable {
  case redirect(String)
  case page(ErrorPage)
}

package enum Decision: Sendable, Equatable {
  /// - Parameter tenantID: may be nil for a person with one tenant.
  case approve(tenantID: Int64?)
  case deny
}

/// An error for a person: what happened, and what to do.
package struct ErrorPage: Sendable, Equatable {
  package var title: String
  package var sentence: String

  package init(title: String, sentence: String) {
    self.title = title
    self.sentence = sentence
  }
}

/// What a person is asked (law P10).
package struct Consent: Sendable {
  package struct ScopeLine: Sendable, Equatable {
    package var token: String
    package var plainWords: String
  }

  /// Comes back with the decision; not a secret.
  package var approvalID: String
  package var clientName: String
  /// The host that the answer goes to.
  package var clientHost: String
  package var user: User
  /// Those that the person may choose among; never empty.
  package var tenants: [Tenant]
  package var scopes: [ScopeLine]
  package var accessLifetime: Duration
  package var refreshWindow: Duration
  /// Good for this decision alone.
  package var csrf: Secret
}
