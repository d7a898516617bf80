import Store
import Wire

/// Something that a user has a right to know about; events are only ever appended.
struct AccountEvent: Sendable {
  enum Kind: String, Sendable {
    case approved
    case revoked
    case codeReplayed = "code_replayed"
    case tokenReused = "token_reused"
    case membershipEnded = "membership_ended"
    case passwordChanged = "password_changed"
    case hookEnded = "hook_ended"
    case tokenMade = "token_made"
    case tokenRotated = "token_rotated"

    /// Whether the sentence says which approval it is about, where it is about one.
    var namesApproval: Bool {
      switch self {
      case .approved, .revoked, .codeReplayed, .tokenReused: false
      case .membershipEnded, .passwordChanged, .hookEnded, .tokenMade, .tokenRotated: true
      }
    }
  }

  var kind: Kind
  var at: Timestamp
  var grant: GrantID?
  var user: Int64?
  var client: String?
  var detail: String

  init(_ kind: Kind, at: Timestamp, grant: GrantID? = nil, user: Int64? = nil, client: String? = nil, detail: String) {
    self.kind = kind
    self.at = at
    self.grant = grant
    self.user = user
    self.client = client
    self.detail = detail
  }

  init(_ kind: Kind, of grant: Grant, detail: String) {
    self.init(kind, at: grant.latestAt, grant: grant.id, user: grant.userID, client: grant.clientID, detail: detail)
  }

  func append(_ db: any Transaction) throws {
    try db.execute(
      "INSERT INTO events (at, kind, grant_id, user_id, client_id, detail) VALUES ($1, $2, $3, $4, $5, $6)",
      at, kind.rawValue, grant, user, client, detail)
  }
}
