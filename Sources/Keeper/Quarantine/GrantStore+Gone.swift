import Wire

extension GrantStore {
  /// Ends the wait for the journal of the process that presented a token last: the operator says that it never comes back
  /// (K13). The doubt itself stays, and with it the caution of presenting that token again.
  package func declareGone(_ process: String, for name: String) async throws {
    try await database.write { db in
      let row = try takeKnown(name, db)
      guard let doubt = row.intent, doubt.process == process else {
        throw KeeperError.refused(
          row.intent == nil
            ? "Nothing is in doubt for \(name): nobody is waited for. See: evergrant status \(name)"
            : "\(name) does not wait for a process of that name. Copy it from: evergrant status \(name)")
      }
      try row.waitingForNobody().save(db)
      try event(
        .declaredGone, name,
        "the operator says that the process \(process) is gone; its answer to the refresh of \(doubt.at.readable) is not "
          + "waited for any longer", db)
    }
  }
}
