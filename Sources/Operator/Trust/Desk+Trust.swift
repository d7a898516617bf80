import Keeper

extension Desk {
  /// Takes the operator's word that what is held, or what is offered, is the newest (K28).
  package func trust(_ name: String, offered: Bool) async throws -> ConnectionStatus {
    // Newer tokens that lie in a journal are offered before a choice is made.
    try await settlement.settle()
    let (row, offer, _) = try await store.quarantined(name)
    guard row.quarantine != nil else {
      throw KeeperError.refused("\(name) is not quarantined: there is nothing to decide. See: evergrant status \(name)")
    }
    if offered, offer?.refresh == nil {
      throw KeeperError.refused(
        offer == nil
          ? "Nothing newer is offered for \(name). Trust what it holds with: evergrant trust \(name)"
          : "The newest refresh token of \(name) is known of, and not at hand. Approve again, which is always safe: "
            + "evergrant reconnect \(name)")
    }
    _ = try await store.lift(name, adopting: offered ? offer : nil, by: .trusted, expecting: row)
    try await keeper.reload()
    try await settlement.retry()
    return try await status(name)
  }

  /// Takes the operator's word that a process on record will never say what it got for a connection (K13).
  package func declareGone(_ process: String, for name: String) async throws -> ConnectionStatus {
    guard try !settlement.journals.living().contains(process) else {
      throw KeeperError.refused(
        "The process \(process) runs on this machine: let it end, and what it holds lands by itself. "
          + "The number before the dash is its process id.")
    }
    // What can still be landed is better than a token that is presented twice.
    try await settlement.settle()
    try await store.declareGone(process, for: name)
    try await keeper.reload()
    return try await status(name)
  }
}
