import OAuth
import Store

/// The keeper's record of one grant that it holds, as the store has it; tokens stay sealed.
package struct Connection: Sendable, Equatable {
  package enum State: String, Sendable {
    /// Served and refreshed; to any other state.
    case active
    /// The provider refused the grant for good; to `active` by a landing or a new approval.
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
    package var reason: String
    package var at: Timestamp
    /// The same moment by the machine's own clock, in milliseconds since boot.
    package var uptime: Int64
    /// When a check found that the provider no longer accepts the newest access token at hand.
    package var refusedAt: Timestamp?
  }

  package var name: String
  package var client: String
  package var state: State
  package var reason: String?
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
  package var lease: Lease?
  package var intent: Intent?
  package var retryAt: Timestamp?
  /// When that pause began.
  package var retryFrom: Timestamp?
  package var failures: Int64
  package var trouble: String?
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
}

extension Connection {
  /// Whether the API refuses an access token that nobody can renew.
  var isRejected: Bool { state == .active && refresh == nil && trouble != nil }

  /// What the provider's clock shows now: by this machine's own clock, or by the wall if it has restarted since the last answer.
  func providerTime(_ clock: WallClock) -> Timestamp {
    let uptime = clock.uptime()
    if let providerClock, providerClock.boot == uptime.boot {
      return Timestamp(milliseconds: uptime.milliseconds + providerClock.milliseconds)
    }
    return clock.now() + clockSkew
  }

  init(_ row: Row) throws {
    name = try row["name"]
    client = try row["client"]
    let state: String = try row["state"]
    guard let known = State(rawValue: state) else { throw StoreError.unreadable("connection state \(state)") }
    self.state = known
    reason = try row["reason"]
    epoch = try row["epoch"]
    generation = try row["generation"]
    version = try row["version"]
    tenant = try row["tenant"]
    approver = try row["approver"]
    scope = try row["scope"]
    if let sealed: [UInt8] = try row["access_token"] {
      access = Access(sealed: sealed, from: try row["access_from"], until: try row["access_until"])
    }
    if let sealed: [UInt8] = try row["refresh_token"] {
      refresh = Refresh(
        sealed: sealed, generation: try row["refresh_generation"], fingerprint: try row["refresh_fingerprint"],
        until: try row["refresh_until"])
    }
    spent = try row["spent_fingerprint"]
    if let sealed: [UInt8] = try row["spare_token"] {
      spare = Spare(sealed: sealed, fingerprint: try row["spare_fingerprint"])
    }
    refreshedAt = try row["refreshed_at"]
    if let holder: String = try row["lease_holder"] {
      lease = Lease(holder: holder, until: try row["lease_until"])
    }
    if let fingerprint: [UInt8] = try row["intent_fingerprint"] {
      intent = Intent(
        epoch: try row["intent_epoch"], generation: try row["intent_generation"], fingerprint: fingerprint,
        at: try row["intent_at"], process: try row["intent_process"])
    }
    retryAt = try row["retry_at"]
    retryFrom = try row["retry_from"]
    failures = try row["failures"]
    trouble = try row["trouble"]
    suspendedAt = try row["suspended_at"]
    pausedAt = try row["paused_at"]
    clockSkew = .milliseconds(try row["clock_skew"] as Int64)
    if let boot: String = try row["clock_boot"] {
      providerClock = Uptime(boot: boot, milliseconds: try row["clock_offset"])
    }
    if let reason: String = try row["quarantine"] {
      quarantine = try Quarantine(reason, row)
    }
  }
}

extension KeyRing.Place {
  static func accessToken(_ connection: String, generation: Int64) -> KeyRing.Place {
    KeyRing.Place(table: "connections", row: connection, column: "access_token", generation: generation)
  }

  static func refreshToken(_ connection: String, generation: Int64) -> KeyRing.Place {
    KeyRing.Place(table: "connections", row: connection, column: "refresh_token", generation: generation)
  }

  /// A spare has no generation of its own: its fingerprint stands beside it.
  static func spareToken(_ connection: String) -> KeyRing.Place {
    KeyRing.Place(table: "connections", row: connection, column: "spare_token")
  }

  static func clientSecret(_ client: String) -> KeyRing.Place {
    KeyRing.Place(table: "clients", row: client, column: "secret")
  }

  static func verifier(_ connection: String) -> KeyRing.Place {
    KeyRing.Place(table: "attempts", row: connection, column: "verifier")
  }
}
