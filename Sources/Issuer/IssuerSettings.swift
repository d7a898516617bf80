import Wire

/// What an operator can set of the issuer.
package struct IssuerSettings: Sendable {
  /// The address that everybody sees, without a slash at its end; it is the `iss` of RFC 9207.
  package var issuer: String
  package var accessLifetime: Duration
  /// How long a grant may lie unused before its refresh token ends.
  package var refreshWindow: Duration
  /// At most ``longestCodeLifetime``; more than one is for people who paste the address by hand.
  package var codeLifetime: Duration
  package var sessionLifetime: Duration
  package var passwordCost: PasswordCost
  /// How long a wrong password waits for its answer.
  package var refusalDelay: Duration
  /// Whose rules every app meets at the least (law P27).
  package var dialect = Dialect.evergrant
  package var keapDeadToken = KeapDeadToken.invalidGrant
  /// Of each app, and of all apps in one tenant. Nil for Keap's where Keap's rules count, and for none elsewhere.
  package var appLimits: CallLimits?
  package var tenantLimits: CallLimits?
  /// Whether hooks may be called in private networks and on this machine.
  package var hooksReachPrivate: Bool

  package static let longestCodeLifetime = Duration.minutes(5)

  package init(
    issuer: String, accessLifetime: Duration, refreshWindow: Duration, codeLifetime: Duration,
    sessionLifetime: Duration = .hours(12), passwordCost: PasswordCost = .standard,
    refusalDelay: Duration = .seconds(1), hooksReachPrivate: Bool = false
  ) {
    self.issuer = issuer
    self.accessLifetime = accessLifetime
    // A use of an access token is a use of its grant: a token that outlived the window would bring a lapsed grant back.
    self.refreshWindow = max(refreshWindow, accessLifetime)
    self.codeLifetime = min(codeLifetime, Self.longestCodeLifetime)
    self.sessionLifetime = sessionLifetime
    self.passwordCost = passwordCost
    self.refusalDelay = refusalDelay
    self.hooksReachPrivate = hooksReachPrivate
  }
}
