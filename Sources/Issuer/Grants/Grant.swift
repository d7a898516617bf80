import OAuth
import Store
import Wire

/// One approval: a user let a client act in a tenant. All that its code and tokens are judged by.
struct Grant: Sendable {
  var id: GrantID
  /// Names it in the records of its calls.
  var number: Int64
  var userID: Int64
  var clientID: String
  var tenantID: Int64
  var scope: Scope
  var salt: [UInt8]
  var keyID: UInt32
  /// How many refresh tokens the grant has had; 0 before the code is redeemed.
  var generation: Int64
  var rotatedAt: Timestamp
  /// When the current generation was first used; nil before.
  var confirmedAt: Timestamp?
  /// When the predecessor was last answered with the current generation.
  var answeredAt: Timestamp?
  /// The oldest replaced generation whose access tokens may still live, and until when.
  var floorGeneration: Int64
  var floorUntil: Timestamp
  /// The latest moment at which anything happened to this grant. The grant's time never runs back behind it (law P21).
  var latestAt: Timestamp
  var createdAt: Timestamp
  var lastUsedAt: Timestamp?
  var calls: Int64
  var reuseToldAt: Timestamp?
  var revokedAt: Timestamp?
  var revokedBy: Ending?
  var codeUntil: Timestamp
  var codeRedirectURI: String
  var codeChallenge: PKCE.Challenge?
  var kind: GrantKind
  /// What its maker calls a token of their own, and when the newest ends by itself.
  var name: String?
  var endsAt: Timestamp?

  /// Who or what ended a grant.
  enum Ending: String, Sendable {
    case user
    case app
    case codeReplay
    case tokenReuse
    /// The revocation log, after a restored database had forgotten the ending.
    case log
  }

  init(_ row: Row) throws {
    id = try row["id"]
    number = try row["number"]
    userID = try row["user_id"]
    clientID = try row["client_id"]
    tenantID = try row["tenant_id"]
    scope = Scope(parsing: try row["scope"]) ?? Scope()
    salt = try row["salt"]
    keyID = try UInt32(exactly: row["key_id"] as Int64) ?? 0
    generation = try row["generation"]
    rotatedAt = try row["rotated_at"]
    confirmedAt = try row["confirmed_at"]
    answeredAt = try row["answered_at"]
    floorGeneration = try row["floor_generation"]
    floorUntil = try row["floor_until"]
    latestAt = try row["latest_at"]
    createdAt = try row["created_at"]
    lastUsedAt = try row["last_used_at"]
    calls = try row["calls"]
    reuseToldAt = try row["reuse_told_at"]
    revokedAt = try row["revoked_at"]
    revokedBy = (try row["revoked_by"] as String?).flatMap(Ending.init)
    codeUntil = try row["code_until"]
    codeRedirectURI = try row["code_redirect_uri"]
    codeChallenge = (try row["code_challenge"] as String?).flatMap { PKCE.Challenge($0) }
    guard let kind = GrantKind(stored: try row["kind"]) else { throw StoreError.unreadable("the kind of a grant") }
    self.kind = kind
    name = try row["name"]
    endsAt = try row["ends_at"]
  }

  /// Whether calls are made with tokens of that kind: an approval's access tokens, or a person's own token itself.
  func isOpened(by kind: GrantToken.Kind) -> Bool { kind == (self.kind == .approval ? .access : .personal) }

  func isGenuine(_ token: UnverifiedToken, _ ring: KeyRing) throws -> Bool {
    // The key of a grant that has ended may be gone: a token of it counts for nothing, genuine or not.
    if revokedAt != nil, !ring.ids.contains(keyID) { return false }
    return try GrantToken.isGenuine(token, ring, keyID: keyID, salt: salt)
  }

  /// The refresh token of the current generation: always the same, since it follows from the row alone (law P17).
  func refreshToken(_ ring: KeyRing) throws -> Secret {
    try token(.refresh, moment: rotatedAt).spelled(ring, salt: salt)
  }

  func accessToken(_ ring: KeyRing, until end: Timestamp) throws -> Secret {
    try token(.access, moment: end).spelled(ring, salt: salt)
  }

  private func token(_ kind: GrantToken.Kind, moment: Timestamp) -> GrantToken {
    GrantToken(kind: kind, keyID: keyID, grantID: id, generation: generation, moment: moment)
  }
}
