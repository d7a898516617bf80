import Wire

/// What a check of a quarantined connection came to (K28).
package enum QuarantineCheck: Sendable, Equatable {
  case notQuarantined
  /// The tokens that are held are the newest, and refreshing goes on; `generation` is theirs.
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
    var evidence = Evidence(row, client: client, at: clock.moment)
    evidence.offer = offer
    func undecided(_ doubt: QuarantineDoubt) -> QuarantineCheck {
      .undecided(doubt.words(client.provider.title, now: clock.now()))
    }
    if let doubt = QuarantineDoubt.beforeAsking(evidence, of: quarantine) { return undecided(doubt) }
    guard let question = client.provider.harmlessQuestion, let newest = evidence.newestAccess,
      let token = try? store.ring.open(newest.token.sealed, at: .accessToken(name, generation: newest.generation))
    else { return undecided(.sealed) }
    let answer: UpstreamResponse
    do { answer = try await upstream(question.origin, token).send(UpstreamRequest("GET", question.path)) } catch {
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
      return undecided(.refused)
    default: return .tooEarly("\(client.provider.title) answered \(answer.status)")
    }
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
