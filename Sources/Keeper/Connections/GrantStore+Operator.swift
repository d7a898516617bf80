import Wire

/// What an operator changes of a row by hand.
extension GrantStore {
  /// Ends the pause that follows a failure, but none that the provider has asked for (K19).
  package func endPause(_ name: String) async throws {
    try await database.write { db in try takeKnown(name, db).withoutPause().save(db) }
  }

  /// - Parameter moment: since when no call is let through; nil where calls go through again.
  package func setPaused(_ name: String, since moment: Timestamp?) async throws {
    try await database.write { db in
      let row = try takeKnown(name, db)
      guard (row.pausedAt == nil) != (moment == nil) else { return }
      try row.paused(since: moment).save(db)
      try event(
        moment == nil ? .resumed : .paused, name, "\(moment == nil ? "resumed" : "paused") by the operator", db)
    }
  }

  /// Keeps what the provider has told of a grant's owner since it was taken over.
  package func learn(_ identity: Identity, of name: String) async throws {
    try await database.write { db in try takeKnown(name, db).learned(identity).save(db) }
  }
}
