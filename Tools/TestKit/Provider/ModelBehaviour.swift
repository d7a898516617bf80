import Wire

/// How a ``ModelProvider`` behaves where real token endpoints differ.
package struct ModelBehaviour: Sendable, Equatable {
  /// What a refresh does to the refresh token that was presented.
  package enum Rotation: Sendable, Equatable {
    /// The refresh token stays the same for as long as the grant lives.
    case none
    /// Each refresh token works once; one that was replaced is refused, and nothing else happens.
    case strict
    /// As `strict`, and whoever presents a token that was replaced ends the grant (RFC 9700 section 4.14.2).
    case strictFamily
    /// The token just replaced is answered once more, with the successor that it had, for as long as `Patience` says.
    case tolerant(Patience)
    /// For that long after the rotation the token just replaced is answered each time with a successor of its own. All of them
    /// are good until one is presented, which ends the others.
    case forking(Duration)
  }

  /// For how long a refresh token that was replaced still gets its successor.
  package enum Patience: Sendable, Equatable {
    /// Until the successor is presented, or the access token that came with it is used.
    case untilSuccessorIsUsed
    /// For that long after the rotation, whatever happens to the successor.
    case grace(Duration)
  }

  /// Which answers carry a refresh token.
  package enum RefreshTokens: Sendable, Equatable {
    case always
    /// The first answer, and each that brings a new one; without rotation, the first alone.
    case whenNew
    /// None at all: an approval gives an access token and nothing to refresh it with.
    case never
  }

  /// How a client may prove who it is (RFC 6749 section 2.3.1).
  package enum Authentication: Sendable, Hashable {
    /// HTTP Basic over the form-encoded id and secret.
    case basic
    /// HTTP Basic over id and secret as they are.
    case basicRaw
    case body
  }

  package var rotation: Rotation
  package var refreshTokens: RefreshTokens
  /// How long an access token lives; nil is for ever.
  package var accessLifetime: Duration?
  /// Whether answers say how long the access token lives.
  package var sendsExpiresIn: Bool
  /// How long a refresh token may lie unused before it is refused; nil is for ever.
  package var refreshWindow: Duration?
  /// Whether a refresh ends the access tokens that came before.
  package var refreshEndsAccessTokens: Bool
  package var accepts: Set<Authentication>
  package var dialect: ModelDialect
  /// How far the `Date` of its answers is ahead of the time that it is given.
  package var dateSkew: Duration
  /// Further members of a successful answer, such as `("scope", "\"full\"")`: names, and values as JSON.
  package var members: [Member]

  package struct Member: Sendable, Equatable {
    package var name: String
    package var json: String

    package init(_ name: String, _ json: String) {
      self.name = name
      self.json = json
    }
  }

  package init(
    rotation: Rotation = .strict, refreshTokens: RefreshTokens = .always, accessLifetime: Duration? = .days(1),
    sendsExpiresIn: Bool = true, refreshWindow: Duration? = nil, refreshEndsAccessTokens: Bool = false,
    accepts: Set<Authentication> = [.basic, .basicRaw, .body], dialect: ModelDialect = .standard,
    dateSkew: Duration = .zero, members: [Member] = []
  ) {
    self.rotation = rotation
    self.refreshTokens = refreshTokens
    self.accessLifetime = accessLifetime
    self.sendsExpiresIn = sendsExpiresIn
    self.refreshWindow = refreshWindow
    self.refreshEndsAccessTokens = refreshEndsAccessTokens
    self.accepts = accepts
    self.dialect = dialect
    self.dateSkew = dateSkew
    self.members = members
  }
}
