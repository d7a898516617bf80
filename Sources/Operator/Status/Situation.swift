import Store

/// What is the matter with a connection: one case for each thing that an operator does something else about.
enum Situation: Sendable, Equatable {
  case fine
  case disconnected
  /// The provider refused the grant for good.
  case refused(String)
  /// The store may be an old one (K28).
  case quarantined(Connection.Quarantine, isOffered: Bool, doubt: QuarantineDoubt?)
  case clientStopped(String)
  /// What is stored was sealed with a key that the key file does not hold.
  case sealed
  /// A token was presented and its fate is not known (K13). `heldBy` is the process whose journal may still hold the answer.
  case answerLost(Connection.Intent, heldBy: String?)
  /// The provider has seen nothing, or done nothing.
  case putOff(String)
  /// The provider has switched it off for now; its approval stands.
  case suspended(String)
  /// Due, and nobody has tried.
  case overdue(since: Timestamp)
  case clockDiffers(Duration)
  /// The API does not accept an access token that cannot be renewed.
  case rejected(String)

  /// What the row itself does not tell.
  struct Facts: Sendable {
    var now: Timestamp
    var uptime: Uptime
    /// When the keeper refreshes by itself; nil where it does not.
    var dueAt: Timestamp?
    /// What is the matter with its token endpoint, as another connection there has just shown.
    var endpointTrouble: String?
    /// Whether a token that lives is at hand.
    var isServed: Bool
    /// Whether the tokens that are stored open with the key file.
    var opens: Bool
    /// The newest tokens that are offered for a quarantined row.
    var offer: Offered?
    /// When the provider refused the grant, where it has.
    var refusedAt: Timestamp?
    /// Whether the journal of the process on record may still hold an answer.
    var mayBeHeld = false
  }

  /// What is offered for a quarantined row, and newer than it.
  struct Offered: Sendable {
    var accessUntil: Timestamp
    /// Whether the refresh token is at hand too.
    var isWhole: Bool
  }

  /// How long a refresh may be due without anybody having tried.
  static let grace = Duration.minutes(15)

  init(_ row: Connection, client: Client, _ facts: Facts) {
    let isFlying = row.lease.map { !$0.isOver(at: facts.uptime) } ?? false
    switch row.state {
    case .needsApproval: self = .refused(row.reason ?? "the provider refuses the grant")
    case .disconnected: self = .disconnected
    case .active:
      if let quarantine = row.quarantine {
        self = .quarantined(
          quarantine, isOffered: facts.offer?.isWhole ?? false,
          doubt: QuarantineDoubt(row, quarantine, client.provider, facts))
      } else if let stopped = client.stopped {
        self = .clientStopped(stopped)
      } else if !facts.opens {
        self = .sealed
      } else if row.isRejected, let trouble = row.trouble {
        self = .rejected(trouble)
      } else if row.suspendedAt != nil, let trouble = row.trouble {
        self = .suspended(trouble)
      } else if let doubt = row.intent, row.trouble != nil || !isFlying {
        self = .answerLost(doubt, heldBy: facts.mayBeHeld && !isFlying ? doubt.process : nil)
      } else if let trouble = row.trouble {
        self = .putOff(trouble)
      } else if let dueAt = facts.dueAt, !isFlying, facts.now - dueAt > Self.grace {
        // While an endpoint is down one asks for all, and the others wait for their turn (K19).
        self = facts.endpointTrouble.map { .putOff($0) } ?? .overdue(since: dueAt)
      } else if abs(row.clockSkew.milliseconds) >= RefreshPolicy.clockTolerance.milliseconds {
        self = .clockDiffers(row.clockSkew)
      } else {
        self = .fine
      }
    }
  }

  var state: ConnectionStatus.State {
    switch self {
    case .fine: .ok
    case .disconnected: .disconnected
    case .refused: .needsApproval
    case .quarantined: .quarantined
    case .clientStopped, .sealed, .answerLost, .putOff, .suspended, .overdue, .clockDiffers, .rejected: .trouble
    }
  }

  /// Whether it does not heal by itself.
  var needsHands: Bool {
    switch self {
    case .fine, .disconnected, .putOff, .suspended: false
    case .answerLost(_, let holder): holder != nil
    case .refused, .quarantined, .clientStopped, .sealed, .overdue, .clockDiffers, .rejected: true
    }
  }
}
