import Wire

/// What a grant's tokens are worth in Keap's dialect (law P27), as pure rules over its row.
extension Grant {
  /// A refresh token works once. Whoever brings a spent one gets nothing, however soon, and whatever became of the answer.
  func keapRuling(onRefresh claim: GrantToken) -> RefreshRuling {
    if claim.generation > generation { return .ahead }
    if claim.generation == generation { return claim.moment == rotatedAt ? .rotate : .ahead }
    return .reuse
  }

  /// Whether a refresh at Keap ends the access token before it is not known. It does here: whoever stands that stands both.
  func keapRuling(onAccess claim: GrantToken, now: Timestamp) -> AccessRuling {
    claim.generation < generation ? .replaced : ruling(onAccess: claim, now: now)
  }

  /// Whether the refresh token has ended: it counts from its own making, and no call puts that off.
  func hasLapsedAtKeap(after window: Duration, now: Timestamp) -> Bool {
    now - rotatedAt >= Dialect.keap.refreshWindow(window)
  }
}

/// The rules of either dialect.
extension Grant {
  func ruling(
    onRefresh claim: GrantToken, in dialect: Dialect, now: Timestamp, timeStands: Bool = false
  ) -> RefreshRuling {
    switch dialect {
    case .evergrant: ruling(onRefresh: claim, now: now, timeStands: timeStands)
    case .keap: keapRuling(onRefresh: claim)
    }
  }

  func ruling(onAccess claim: GrantToken, in dialect: Dialect, now: Timestamp) -> AccessRuling {
    switch dialect {
    case .evergrant: ruling(onAccess: claim, now: now)
    case .keap: keapRuling(onAccess: claim, now: now)
    }
  }

  /// - Parameter window: the time that is set for this server's own dialect.
  func hasLapsed(in dialect: Dialect, after window: Duration, now: Timestamp) -> Bool {
    switch dialect {
    case .evergrant: hasLapsed(after: window, now: now)
    case .keap: hasLapsedAtKeap(after: window, now: now)
    }
  }
}
