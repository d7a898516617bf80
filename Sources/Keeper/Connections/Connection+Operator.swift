import Wire

/// What an operator's word makes of a row, as pure rules.
extension Connection {
  /// The row without the pause that follows a failure; one that the provider has asked for stays (K19).
  func withoutPause() -> Connection {
    guard retryAt != nil, trouble != .throttled else { return self }
    var row = self
    row.retryAt = nil
    return row
  }

  /// - Parameter moment: since when no call is let through; nil where calls go through again.
  func paused(since moment: Timestamp?) -> Connection {
    var row = self
    row.pausedAt = moment
    return row
  }

  /// The row whose doubt waits for nobody's journal: the process on record never comes back (K13).
  func waitingForNobody() -> Connection {
    var row = self
    // No process has the empty name.
    row.intent?.process = ""
    return row
  }
}
