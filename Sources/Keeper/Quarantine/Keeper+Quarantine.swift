import OAuth
import Store
import Synchronization

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
  /// How long the access token before the newest may outlive its successor's first use: a call that succeeds sooner proves
  /// nothing.
  static let quarantineWait = Duration.minutes(10)

  /// Asks the provider, by a call that spends nothing, whether the newest tokens at hand still count, and lifts the
  /// quarantine if they do (K28).
  package func check(_ name: String) async throws -> QuarantineCheck {
    let unreadable = try await settlement.settle()
    let (row, offer, client) = try await store.quarantined(name)
    guard let quarantine = row.quarantine else { return .notQuarantined }
    let rest = (quarantine.at + Self.quarantineWait) - clock.now()
    guard rest <= .zero else {
      return .tooEarly("a check counts from \((quarantine.at + Self.quarantineWait).readable) on")
    }
    let silent = try await store.silentProcesses(among: try settlement.journals.living())
    guard silent.isEmpty else {
      return .tooEarly("these processes have not yet said what they hold: \(silent.joined(separator: ", "))")
    }
    guard unreadable.isEmpty else {
      return .tooEarly("the journal of \(unreadable.joined(separator: ", ")) holds an answer that cannot be read")
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
      return .undecided("nobody here holds the newest token: the provider no longer accepts the one that is left")
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
    if offered, offer == nil {
      throw KeeperError.refused(
        "Nothing newer is offered for \(name). Trust what it holds with: evergrant trust \(name)")
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

  /// Checks by itself what has been quarantined for long enough, each connection once a minute at most.
  func checkQuarantined() async {
    let now = clock.now()
    for held in snapshot.quarantined {
      let name = held.name
      guard let since = held.quarantine?.at, now - since >= Self.quarantineWait,
        checks.isDue(name, at: clock.uptime())
      else { continue }
      do {
        let outcome = try await check(name)
        logger.notice("quarantine checked", metadata: ["connection": "\(name)", "outcome": "\(outcome)"])
      } catch {
        logger.error("a quarantine cannot be checked", metadata: ["connection": "\(name)", "error": "\(error)"])
      }
    }
  }
}

/// When each quarantined connection was last checked by itself.
final class QuarantineChecks: Sendable {
  private static let pause = Duration.minutes(1)
  private let last = Mutex<[String: Uptime]>([:])

  func isDue(_ name: String, at moment: Uptime) -> Bool {
    last.withLock { last in
      if let before = last[name], moment.isWithin(Self.pause, of: before) { return false }
      last[name] = moment
      return true
    }
  }
}

extension GrantStore {
  /// A connection with the newest tokens that are offered for it, if they are newer than its own.
  func quarantined(_ name: String) async throws -> (Connection, Offer?, Client) {
    try await database.read { db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name).map(Connection.init) else {
        throw KeeperError.noSuchConnection(name)
      }
      let newest = try db.rows(
        "SELECT * FROM offers WHERE connection = $1 ORDER BY epoch DESC, generation DESC, at DESC LIMIT 1", name
      ).first.map(Offer.init)
      let isNewer = newest.map { ($0.epoch, $0.generation) > (row.epoch, row.generation) } ?? false
      return (row, isNewer ? newest : nil, try Client.named(row.client, in: db, ring: nil, providers: providers))
    }
  }

  /// Those of the connections that are not quarantined.
  func unquarantined(_ names: [String]) async throws -> [String] {
    try await database.read { db in
      try names.filter {
        try db.row("SELECT name FROM connections WHERE name = $1 AND quarantine IS NULL", $0) != nil
      }
    }
  }

  /// The processes that live and have not offered what they hold since the last restored backup.
  func silentProcesses(among living: [String]) async throws -> [String] {
    try await database.read { db in
      let heard = Set(
        try db.rows(
          "SELECT process FROM offerings WHERE quarantine = (SELECT quarantines FROM store_state WHERE id = 1)"
        ).map { try $0["process"] as String })
      return living.filter { !heard.contains($0) }
    }
  }

  /// Ends a quarantine: refreshing goes on with what the row holds, or with an offer in its place.
  func lift(
    _ name: String, adopting offer: Offer?, by kind: Event.Kind, expecting seen: Connection
  ) async throws -> Connection {
    try await counted { db in
      guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      guard (row.epoch, row.version) == (seen.epoch, seen.version) else {
        throw KeeperError.refused("\(name) has changed meanwhile. Look at it again with: evergrant status")
      }
      if let offer, let refresh = offer.refresh {
        try db.execute(
          """
          UPDATE connections SET state = 'active', reason = NULL, epoch = $2, generation = $3, access_token = $4,
            access_from = $5, access_until = $6, refresh_token = $7, refresh_generation = $3, refresh_fingerprint = $8,
            refresh_until = $9, spent_fingerprint = NULL, spare_token = NULL, spare_fingerprint = NULL
          WHERE name = $1
          """,
          name, offer.epoch, offer.generation, offer.access.sealed, offer.access.from, offer.access.until,
          refresh.sealed, refresh.fingerprint, refresh.until)
      } else if try db.row(
        "SELECT connection FROM offers WHERE connection = $1 AND (epoch > $2 OR (epoch = $2 AND generation > $3))",
        name, row.epoch, row.generation) != nil
      {
        // Passed over by the operator's word: to a new epoch what is offered is not newer, and does not come back.
        try db.execute(
          """
          UPDATE connections SET epoch = 1 + (SELECT MAX(epoch) FROM offers WHERE connection = $1) WHERE name = $1
          """, name)
      }
      // A doubt is about the token that is held, and stays with it (K1); the operator's word is that its process is gone.
      try db.execute(
        """
        UPDATE connections SET intent_epoch = NULL, intent_generation = NULL, intent_fingerprint = NULL, intent_at = NULL,
          intent_process = NULL WHERE name = $1 AND intent_fingerprint <> refresh_fingerprint
        """, name)
      if kind == .trusted {
        try db.execute(
          "UPDATE connections SET intent_process = $2 WHERE name = $1 AND intent_process IS NOT NULL", name, process)
      }
      try db.execute(
        """
        UPDATE connections SET quarantined_at = NULL, quarantine = NULL, version = version + 1, retry_at = NULL,
          trouble = NULL
        WHERE name = $1
        """, name)
      try db.execute("DELETE FROM offers WHERE connection = $1", name)
      let whose = offer == nil ? "the tokens that are stored" : "the newer tokens that were offered"
      try event(kind, name, "\(whose) are taken for the newest, and refreshing goes on", db)
      guard let lifted = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
      return lifted
    }
  }
}
