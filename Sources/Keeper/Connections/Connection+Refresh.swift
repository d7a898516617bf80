import OAuth
import Store
import Wire

/// What a refresh makes of a row, as pure rules: each takes the row as it was and returns the row to save.
extension Connection {
  /// The row while a token of it is presented: lease and intent are on record before anything is sent (K1, K9).
  func claimed(_ presented: [UInt8], under lease: Lease, at now: Timestamp) -> Connection {
    var row = self
    row.lease = lease
    // A doubt about the same token began when it was first presented.
    let began = intent.flatMap { $0.fingerprint == presented ? $0.at : nil } ?? now
    row.intent = Intent(
      epoch: epoch, generation: generation, fingerprint: presented, at: began, process: lease.holder)
    return row
  }

  /// The row with the answer to the token that it held (K3).
  ///
  /// - Parameters:
  ///   - tokens: sealed for the next generation; without a refresh token the one that was presented stays (K6).
  ///   - isProof: whether the client still has the credentials that the answer was asked for with (K7).
  func landed(_ tokens: SealedTokens, of received: Received, isProof: Bool, _ moment: Moment) -> Connection {
    var row = heard(received.clockSkew, moment)
    row.state = .active
    row.loss = nil
    row.generation += 1
    row.version += 1
    row.access = tokens.access
    if let refresh = tokens.refresh {
      row.refresh = refresh
      row.spent = received.presented
    }
    row.refresh?.until = tokens.grantUntil
    row.refreshedAt = moment.now
    if isProof { row.proven = touched }
    row.refused = nil
    row.suspendedAt = nil
    row.intent = nil
    row.spare = nil
    row.endTrouble()
    // A process that has died may have begun a later flight, whose fate is unknown (K13).
    if lease == received.lease { row.lease = nil }
    return row
  }

  /// The row after a flight of which the provider has seen nothing, or done nothing: the doubt found is put back (K1).
  func putOff(_ trouble: Trouble, of claim: Claim, for pause: Duration, by process: String, at now: Timestamp)
    -> Connection
  {
    withDoubt(of: claim, by: process).released(by: process).failed(trouble, for: pause, at: now)
  }

  /// The row after an answer of “not now”: the provider has switched it off, and its approval stands (K7).
  func suspended(
    words: String, of claim: Claim, for pause: Duration, by process: String, clockSkew: Duration, _ moment: Moment
  ) -> Connection {
    var row = putOff(.suspended(words: words), of: claim, for: pause, by: process, at: moment.now)
      .heard(clockSkew, moment)
    row.suspendedAt = suspendedAt ?? moment.now
    return row
  }

  /// The row with a second answer to the token that it has moved on from (K3).
  func keeping(_ spare: Spare) -> Connection {
    var row = self
    row.spare = spare
    return row
  }

  /// The row after the API has refused an access token that nobody can renew, or has taken it again.
  func heard(isTaken: Bool) -> Connection {
    var row = self
    row.trouble = isTaken ? nil : .accessRefused
    return row
  }

  /// The row after a failure: nothing is tried again before the pause is over.
  func failed(_ trouble: Trouble, for pause: Duration, at now: Timestamp) -> Connection {
    var row = self
    row.failures += 1
    row.retryAt = now + pause
    row.retryFrom = now
    row.trouble = trouble
    return row
  }

  /// The row after the provider has refused it for good.
  ///
  /// - Parameter ambiguous: whether it may turn out to be the client's doing; then the earlier doubt and the spare are kept.
  func refused(_ loss: Loss, ambiguous: Bool, of claim: Claim, by process: String) -> Connection {
    var row = (ambiguous ? withDoubt(of: claim, by: process) : withoutDoubt).released(by: process)
    row.state = .needsApproval
    row.loss = loss
    row.version += 1
    row.refused = ambiguous ? touched : nil
    row.suspendedAt = nil
    if !ambiguous { row.spare = nil }
    row.retryAt = nil
    return row
  }

  /// The row after a refusal that was blamed on it and was its client's doing.
  func revived() -> Connection {
    var row = self
    row.state = .active
    row.loss = nil
    row.refused = nil
    row.version += 1
    return row
  }

  /// The row without the lease of that process.
  func released(by process: String) -> Connection {
    guard lease?.holder == process else { return self }
    var row = self
    row.lease = nil
    return row
  }

  /// The row with the doubt that the flight found in it, if the flight's own doubt is still on record (K1).
  func withDoubt(of claim: Claim, by process: String) -> Connection {
    guard epoch == claim.connection.epoch, refresh?.fingerprint == claim.held, intent?.process == process else {
      return self
    }
    var row = self
    row.intent = claim.earlierIntent
    return row
  }

  var withoutDoubt: Connection {
    var row = self
    row.intent = nil
    return row
  }

  /// For a row whose lease belongs to a process that is gone.
  package var withoutLease: Connection {
    var row = self
    row.lease = nil
    return row
  }

  /// The row with how far the provider's clock is ahead of ours, by an answer that has just come (K17).
  func heard(_ clockSkew: Duration, _ moment: Moment) -> Connection {
    var row = self
    row.clockSkew = clockSkew
    row.providerClock = Uptime(
      boot: moment.uptime.boot, milliseconds: (moment.now + clockSkew).milliseconds - moment.uptime.milliseconds)
    return row
  }

  mutating func endTrouble() {
    retryAt = nil
    failures = 0
    trouble = nil
  }
}

/// One moment by both clocks.
package struct Moment: Sendable, Equatable {
  package var now: Timestamp
  package var uptime: Uptime

  package init(now: Timestamp, uptime: Uptime) {
    self.now = now
    self.uptime = uptime
  }
}

extension WallClock {
  package var moment: Moment { Moment(now: now(), uptime: uptime()) }
}

/// What a token endpoint has given, sealed for one generation of a row, and until when it counts.
struct SealedTokens: Sendable, Equatable {
  var access: Connection.Access
  var refresh: Connection.Refresh?
  /// Until when the provider keeps the grant if nothing is refreshed.
  var grantUntil: Timestamp
}

extension Provider {
  /// When the tokens of an answer and the grant end, counted from when the request was sent (K17).
  func lifetimes(of response: TokenResponse, from sentAt: Timestamp) -> (access: Timestamp, grant: Timestamp) {
    (
      sentAt + .seconds(response.expiresIn ?? defaultLifetimeSeconds),
      sentAt + (response.refreshTokenExpiresIn.map(Duration.seconds) ?? .days(refreshWindowDays))
    )
  }
}

extension GrantStore {
  /// - Parameter refreshToken: the one that counts from now on; nil where the row keeps its own.
  func seal(
    _ response: TokenResponse, refreshToken: Secret?, for name: String, generation: Int64, of provider: Provider,
    from sentAt: Timestamp
  ) throws -> SealedTokens {
    let until = provider.lifetimes(of: response, from: sentAt)
    return SealedTokens(
      access: Connection.Access(
        sealed: try ring.seal(response.accessToken, at: .accessToken(name, generation: generation), random: random),
        from: sentAt, until: until.access),
      refresh: try refreshToken.map {
        Connection.Refresh(
          sealed: try ring.seal($0, at: .refreshToken(name, generation: generation), random: random),
          generation: generation, fingerprint: $0.fingerprint, until: until.grant)
      },
      grantUntil: until.grant)
  }
}
