import OAuth
import Store

/// What a check of a quarantined connection came to (K28).
package enum QuarantineCheck: Sendable, Equatable {
  case notQuarantined
  /// The tokens that are held are the newest, and refreshing goes on; `generation` counts from them.
  case lifted(generation: Int64)
  /// It cannot be told yet, for that reason.
  case tooEarly(String)
  /// It cannot be told by asking: the operator must decide, or a person approve again.
  case undecided(String)
}

extension Keeper {
  /// Asks the provider, by a call that spends nothing, whether the newest tokens at hand still count, and lifts the
  /// quarantine if they do (K28).
  package func check(_ name: String) async throws -> QuarantineCheck {
    let unreadable = try await settlement.settle()
    let (row, offer, client) = try await store.quarantined(name)
    guard let quarantine = row.quarantine else { return .notQuarantined }
    let rest = quarantine.rest(at: clock.uptime())
    guard rest <= .zero else { return .tooEarly("a check counts from \((clock.now() + rest).readable) on") }
    let silent = try await store.silentProcesses(among: try settlement.journals.living())
    guard silent.isEmpty else {
      return .tooEarly("these processes have not yet said what they hold: \(silent.joined(separator: ", "))")
    }
    guard unreadable.isEmpty else {
      return .tooEarly("the journal of \(unreadable.joined(separator: ", ")) holds an answer that cannot be read")
    }
    if let offer, offer.refresh == nil {
      return .undecided(QuarantineDoubt.notAtHand.words(client.provider.title, now: clock.now()))
    }
    let access = offer?.access ?? row.access
    guard let access, clock.now() < access.until,
      let token = try? store.ring.open(
        access.sealed, at: .accessToken(name, generation: offer?.generation ?? row.generation))
    else {
      return .undecided("the newest access token at hand has ended, so nothing can be asked with it")
    }
    guard client.provider.endsAccessTokens else {
      return .undecided("\(client.provider.title) lets older access tokens live on, so that one works proves nothing")
    }
    guard let path = client.provider.userinfo, let origin = client.provider.route(for: nil)?.origin else {
      return .undecided("\(client.provider.title) has nothing to ask that spends nothing")
    }
    let answer: UpstreamResponse
    do { answer = try await upstream(origin, token).send(UpstreamRequest("GET", path)) } catch {
      return .tooEarly("\(client.provider.title) cannot be asked (\(error))")
    }
    switch answer.status {
    case 200:
      let lifted = try await store.lift(name, adopting: offer, by: .checked, expecting: row)
      try await reload()
      try await settlement.retry()
      return .lifted(generation: lifted.generation)
    case 401:
      try await store.noteRefusal(of: row)
      return .undecided(QuarantineDoubt.refused.words(client.provider.title, now: clock.now()))
    default: return .tooEarly("\(client.provider.title) answered \(answer.status)")
    }
  }

  /// Takes the operator's word that what is held, or what is offered, is the newest (K28).
  package func trust(_ name: String, offered: Bool) async throws -> ConnectionStatus {
    // What is newer and lies in a journal is offered before a choice is made.
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
    try await reload()
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
    try await reload()
    return try await status(name)
  }

  /// Begins to check what has been set apart for long enough, each connection once a minute at most.
  func beginChecks() {
    let now = clock.uptime()
    checks.begin(at: now) {
      snapshot.quarantined.filter { $0.quarantine.map { $0.rest(at: now) <= .zero } ?? false }
    }
  }

  func checkByItself(_ name: String) async {
    do {
      let outcome = try await check(name)
      logger.notice("quarantine checked", metadata: ["connection": "\(name)", "outcome": "\(outcome)"])
    } catch {
      logger.error("a quarantine cannot be checked", metadata: ["connection": "\(name)", "error": "\(error)"])
    }
  }
}
