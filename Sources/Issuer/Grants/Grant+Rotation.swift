import Wire

/// What a refresh token of a grant gets, as a pure rule over its row (laws P17 to P20).
extension Grant {
  /// How long the predecessor is still answered once its successor is in use.
  static let forgiveness = Duration.seconds(180)
  /// How long the access tokens of a replaced generation live on, so that no call in flight is cut off (law P22).
  static let flight = Duration.minutes(10)
  /// For how long after a rotation a lost answer may be asked for as fast as one likes.
  static let freeRetries = Duration.minutes(1)

  enum RefreshRuling: Sendable, Equatable {
    /// The current token: make the next generation.
    case rotate
    /// The predecessor of a successor that may have been lost: the same answer again.
    case answerAgain
    case tooFast
    /// Refused, and nothing happens.
    case refuse
    /// Refused, and a sign that somebody else has the token.
    case reuse
    /// From a future that this database has not seen: it was restored from a backup.
    case ahead
  }

  /// - Parameter timeStands: whether the clock is behind the row, so that no pace can be measured (law P21).
  func ruling(onRefresh claim: GrantToken, now: Timestamp, timeStands: Bool = false) -> RefreshRuling {
    if claim.generation > generation { return .ahead }
    if claim.generation == generation { return claim.moment == rotatedAt ? .rotate : .ahead }
    guard claim.generation == generation - 1 else {
      return now - rotatedAt <= Self.forgiveness ? .refuse : .reuse
    }
    if let confirmedAt, now - confirmedAt > Self.forgiveness { return .reuse }
    if !timeStands, let answeredAt, now - rotatedAt > Self.freeRetries, now - answeredAt < .seconds(1) {
      return .tooFast
    }
    return .answerAgain
  }

  /// The row after the first use of its current generation.
  func confirmed(at now: Timestamp) -> Grant {
    guard confirmedAt == nil else { return self }
    var grant = self
    grant.confirmedAt = now
    // Generations that are replaced within one flight share the youngest one's end: their tokens end late, never early.
    if now >= floorUntil { grant.floorGeneration = generation - 1 }
    grant.floorUntil = now + Self.flight
    return grant
  }

  /// The row after its refresh token was presented: that use confirms the generation, and the next one begins.
  func rotated(at now: Timestamp) -> Grant {
    var grant = confirmed(at: now)
    grant.generation += 1
    grant.rotatedAt = now
    grant.confirmedAt = nil
    grant.answeredAt = nil
    return grant
  }

  /// The first generation. Nothing was replaced, so nothing is left to confirm.
  func redeemed(at now: Timestamp) -> Grant {
    var grant = self
    grant.generation = 1
    grant.rotatedAt = now
    grant.confirmedAt = now
    return grant
  }
}

/// What an access token of a grant is worth (law P22).
extension Grant {
  enum AccessRuling: Sendable, Equatable {
    /// - Parameter confirms: whether this is the first use of the current generation.
    case serve(confirms: Bool)
    case expired
    case replaced
    case ahead
  }

  func ruling(onAccess claim: GrantToken, now: Timestamp) -> AccessRuling {
    if claim.generation > generation { return .ahead }
    if now >= claim.moment { return .expired }
    if claim.generation == generation { return .serve(confirms: confirmedAt == nil) }
    // The generation that was last known to be in use still counts while its successor may have been lost.
    if confirmedAt == nil, claim.generation == generation - 1 { return .serve(confirms: false) }
    return claim.generation >= floorGeneration && now < floorUntil ? .serve(confirms: false) : .replaced
  }

  /// Whether the grant lay unused for so long that its refresh token has ended (law P23). A call with an access token is a use.
  func hasLapsed(after window: Duration, now: Timestamp) -> Bool { now - (lastUsedAt ?? createdAt) >= window }
}
