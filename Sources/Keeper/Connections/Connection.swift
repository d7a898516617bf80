import Store
import Wire

/// The keeper's record of one grant that it holds, as the store has it; tokens stay sealed.
package struct Connection: Sendable, Equatable {
  package enum State: String, Sendable {
    /// Served and refreshed; to any other state.
    case active
    /// The provider refused the grant for good; to `active` by a landing, by a new approval, or where the refusal was the
    /// client's doing, and to `disconnected` by the operator.
    case needsApproval = "needs_approval"
    /// Given up by the operator; to `active` by a new approval.
    case disconnected
  }

  /// A refresh token that was presented, or was about to be, and whose fate is not known (K1).
  package struct Intent: Sendable, Equatable {
    package var epoch: Int64
    package var generation: Int64
    package var fingerprint: [UInt8]
    package var at: Timestamp
    package var process: String
  }

  package struct Access: Sendable, Equatable {
    package var sealed: [UInt8]
    package var from: Timestamp
    package var until: Timestamp
  }

  package struct Refresh: Sendable, Equatable {
    package var sealed: [UInt8]
    /// The generation that it was sealed under.
    package var generation: Int64
    package var fingerprint: [UInt8]
    package var until: Timestamp?
  }

  package struct Spare: Sendable, Equatable {
    package var sealed: [UInt8]
    package var fingerprint: [UInt8]
  }

  package struct Quarantine: Sendable, Equatable {
    package var cause: StaleCause
    package var at: Timestamp
    /// The same moment by the machine's own clock, in milliseconds since boot.
    package var uptime: Int64
    /// When a check found that the provider no longer accepts the newest access token at hand.
    package var refusedAt: Timestamp?
  }

  package var name: String
  package var client: String
  package var state: State
  /// Why a person must approve again.
  package var loss: Loss?
  package var epoch: Int64
  package var generation: Int64
  package var version: Int64
  package var tenant: String?
  package var approver: String?
  package var scope: String?
  package var access: Access?
  package var refresh: Refresh?
  package var spent: [UInt8]?
  package var spare: Spare?
  package var refreshedAt: Timestamp?
  /// When the provider last gave it tokens for credentials that its client still had then, by the store's count of changes.
  package var proven: Int64?
  /// When it was refused in a way that may be its client's doing, by the same count.
  package var refused: Int64?
  package var lease: Lease?
  package var intent: Intent?
  package var retryAt: Timestamp?
  /// When that pause began.
  package var retryFrom: Timestamp?
  package var failures: Int64
  package var trouble: Trouble?
  /// Since when the provider has it switched off, while its approval stands.
  package var suspendedAt: Timestamp?
  /// Since when the operator lets no call through.
  package var pausedAt: Timestamp?
  /// How far the provider's clock is ahead of ours.
  package var clockSkew: Duration
  /// The provider's clock as it was last heard, against this machine's own, which does not step.
  package var providerClock: Uptime?
  /// Why it is not refreshed until it is checked or trusted (K28), and since when.
  package var quarantine: Quarantine?
  /// The store's count of changes when the row was last taken.
  package var touched: Int64
}

extension Connection {
  /// Whether the API refuses an access token that nobody can renew.
  package var isRejected: Bool { state == .active && refresh == nil && trouble != nil }

  /// What the provider's clock shows now: by this machine's own clock, or by the wall clock if the machine has restarted since
  /// the last answer.
  func providerTime(_ clock: WallClock) -> Timestamp {
    let uptime = clock.uptime()
    if let providerClock, providerClock.boot == uptime.boot {
      return Timestamp(milliseconds: uptime.milliseconds + providerClock.milliseconds)
    }
    return clock.now() + clockSkew
  }
}

extension KeyRing.Place {
  package static func accessToken(_ connection: String, generation: Int64) -> KeyRing.Place {
    KeyRing.Place(table: "connections", row: connection, column: "access_token", generation: generation)
  }

  package static func refreshToken(_ connection: String, generation: Int64) -> KeyRing.Place {
    KeyRing.Place(table: "connections", row: connection, column: "refresh_token", generation: generation)
  }

  /// A spare has no generation of its own: its fingerprint stands beside it.
  package static func spareToken(_ connection: String) -> KeyRing.Place {
    KeyRing.Place(table: "connections", row: connection, column: "spare_token")
  }

  package static func clientSecret(_ client: String) -> KeyRing.Place {
    KeyRing.Place(table: "clients", row: client, column: "secret")
  }

  package static func verifier(_ connection: String) -> KeyRing.Place {
    KeyRing.Place(table: "attempts", row: connection, column: "verifier")
  }
}
