import Store
import Wire

/// When a connection is refreshed by itself, and until when nothing of it is sent: one rule for memory, for the claim and for
/// what people are told.
package struct Schedule: Sendable, Equatable {
  /// Nil where it is not refreshed by itself.
  package let dueAt: Timestamp?
  /// Before this nothing is sent, however due it is; nil where nothing keeps a refresh waiting.
  package let restsUntil: Timestamp?

  /// What the schedule follows from, taken from a row and its client.
  package struct Terms: Sendable {
    package var name: String
    /// Why it is not refreshed until somebody does something.
    package var obstacle: RefreshObstacle?
    package var access: Connection.Access?
    package var pause: Pause?
    /// Whether the access token is used up before the refresh token is presented again (K13).
    package var isUsedUpFirst: Bool
    package var lease: Lease?
  }

  /// The pause after a failure, from its beginning on.
  package struct Pause: Sendable, Equatable {
    package var from: Timestamp
    package var until: Timestamp

    /// Nil where there is none.
    init?(from: Timestamp?, until: Timestamp?) {
      guard let from, let until else { return nil }
      self.from = from
      self.until = until
    }
  }

  package init(_ terms: Terms, at moment: Moment) {
    guard terms.obstacle == nil, let access = terms.access else {
      (dueAt, restsUntil) = (nil, nil)
      return
    }
    let now = moment.now
    let claim = terms.lease.map { $0.remaining(at: moment.uptime) }.flatMap { $0 > .zero ? now + $0 : nil }
    restsUntil = [terms.rest(at: now, forced: false), claim].compactMap(\.self).max()
    // A wall clock that was set back must not make a token look younger than it is (K17).
    let due =
      RefreshPolicy.isSetBack(now, behind: access.from)
      ? now : RefreshPolicy.due(terms.name, from: access.from, until: access.until)
    dueAt = max(due, restsUntil ?? due)
  }
}

extension Schedule.Terms {
  /// Until when nothing is sent: after a failure, and where a token whose fate is unknown must not be presented twice (K13).
  /// Both waits are over where the wall clock is behind their beginning: it was set back.
  ///
  /// - Parameter forced: whether the access token is of no more use though it lives.
  package func rest(at now: Timestamp, forced: Bool) -> Timestamp? {
    var ends: [Timestamp] = []
    if let pause, pause.from <= now, now < pause.until { ends.append(pause.until) }
    if isUsedUpFirst, !forced, let access, now < access.until, !RefreshPolicy.isSetBack(now, behind: access.from) {
      ends.append(access.until)
    }
    return ends.max()
  }

  package init(_ row: Connection, client: Client) {
    self.init(
      name: row.name, obstacle: RefreshObstacle(row, client: client), access: row.access,
      pause: Schedule.Pause(from: row.retryFrom, until: row.retryAt),
      isUsedUpFirst: row.isUsedUpFirst(at: client.provider), lease: row.lease)
  }
}

extension Connection {
  /// Whether its access token is used up before a refresh token is presented again whose fate is unknown (K13).
  package func isUsedUpFirst(at provider: Provider) -> Bool { provider.usesUpFirst(inDoubt: intent != nil) }
}

extension Provider {
  /// Whether an access token is used up before its refresh token is presented again, by whether that one's fate is unknown
  /// (K13).
  func usesUpFirst(inDoubt: Bool) -> Bool { inDoubt && !toleratesRetry }
}

extension RefreshObstacle {
  /// What keeps a row from being refreshed until somebody does something; nil where nothing does.
  package init?(_ row: Connection, client: Client) {
    self.init(
      row.state, loss: row.loss, quarantine: row.quarantine, clientStop: client.stopped,
      isRefreshable: row.refresh != nil)
  }

  init?(
    _ state: Connection.State, loss: Loss?, quarantine: Connection.Quarantine?, clientStop: ClientStop?,
    isRefreshable: Bool
  ) {
    if let obstacle = Self.ofGrant(state, loss, quarantine) {
      self = obstacle
    } else if let clientStop {
      self = .client(clientStop)
    } else if !isRefreshable {
      self = .noRefreshToken
    } else {
      return nil
    }
  }

  /// What the row alone shows, whatever its client's state is.
  static func ofGrant(_ row: Connection) -> RefreshObstacle? { ofGrant(row.state, row.loss, row.quarantine) }

  private static func ofGrant(
    _ state: Connection.State, _ loss: Loss?, _ quarantine: Connection.Quarantine?
  ) -> RefreshObstacle? {
    switch state {
    case .needsApproval: .lost(loss)
    case .disconnected: .disconnected
    case .active: quarantine.map { .quarantined($0.cause) }
    }
  }
}
