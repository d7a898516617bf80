import Crypto
import Foundation
import Logging
import OAuth
import Store
import Synchronization
import Wire

/// Holds grants, keeps them alive without a person, and answers jobs' calls from memory.
package final class Keeper: Sendable {
  package let store: GrantStore
  package let endpoint: any TokenEndpoint
  package let upstream: @Sendable (Origin, Secret) -> any Upstream
  package let snapshot = Snapshot()
  package let clock: WallClock
  package let logger: Logger
  package let settlement: Settlement
  package let flights: Flights
  private let gates: EndpointGates
  private let due: DueFlights
  let checks = QuarantineChecks()
  /// Rung when approvals may wait to be finished.
  let kept = Bell()
  private let usage = KeyUsage()
  private let verdicts = TokenVerdicts()
  private let pulse: Mutex<Pulse>
  private let stop: Stop

  private final class Stop: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
  }

  /// What the watch of the store last saw.
  private struct Pulse {
    var mark: Int64?
    var heardAt: Uptime
    /// How far wall time was ahead of the machine's own clock when moments were last reckoned.
    var wallLead: Int64
  }

  /// How often the store is asked whether another process has written.
  private static let watchInterval = Duration.milliseconds(200)

  /// How often journals of processes that have ended are looked for.
  private static let settleInterval = Duration.minutes(1)

  /// - Parameters:
  ///   - upstream: how an API is called with a bearer token, to ask who has approved.
  ///   - journals: where an answer is kept until it has landed (K2).
  ///   - witness: the count of landings outside the database (K28).
  ///   - surroundings: what is known of the store outside the data folder, and the machine's name.
  ///   - process: a name of this process that no other has.
  package init(
    database: any Database, ring: KeyRing, providers: ProviderCatalogue, endpoint: any TokenEndpoint,
    upstream: @escaping @Sendable (Origin, Secret) -> any Upstream, journals: any Journals, witness: any Witness,
    surroundings: Surroundings = .unknown, clock: WallClock, random: Randomness,
    process: String,
    logger: Logger
  ) {
    store = GrantStore(
      database: database, ring: ring, providers: providers, clock: clock, random: random, process: process,
      marks: StoreMarks(witness: witness, surroundings: surroundings, logger: logger))
    settlement = Settlement(journals: journals, store: store, logger: logger)
    self.endpoint = endpoint
    self.upstream = upstream
    self.clock = clock
    self.logger = logger
    let uptime = clock.uptime()
    pulse = Mutex(Pulse(heardAt: uptime, wallLead: clock.now().milliseconds - uptime.milliseconds))
    let stop = Stop()
    self.stop = stop
    gates = EndpointGates(clock: clock, random: random)
    let refresher = Refresher(
      store: store, endpoint: endpoint, snapshot: snapshot, settlement: settlement, clock: clock, logger: logger,
      isStopping: { stop.isOn }, gates: gates)
    flights = Flights { await refresher.refresh($0, $1) }
    due = DueFlights(
      snapshot: snapshot, flights: flights, gates: gates, clock: clock, random: random, isStopping: { stop.isOn })
  }

  /// Reads the store into memory; call before anything else.
  package func start() async throws {
    // This comes before any journal is landed: an answer in one may be newer than a restored store (K28).
    try await store.open()
    try await reload()
  }

  /// Works until ``close()``: refreshes what is due, and follows what other processes write.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.flights.run() }
      group.addTask { await self.watch() }
      group.addTask { await self.finishKept() }
      group.addTask { await self.checks.run { await self.checkByItself($0) } }
    }
    do { try await note(usage.flush(to: store)) } catch {
      logger.error("the last calls are in no count", metadata: ["error": "\(error)"])
    }
    settlement.close()
  }

  /// Flies what is asked for until ``close()``, and starts nothing by itself: this is what a command does.
  package func fly() async {
    await flights.run()
    settlement.close()
  }

  /// Starts no new flight; those in the air land before ``run()`` returns.
  package func close() {
    stop.set()
    flights.close()
    checks.close()
    gates.close()
    kept.close()
  }

  var isStopping: Bool { stop.isOn }

  /// Removes this process's journal if it holds nothing; for a command that flies nothing.
  package func putAway() { settlement.close() }

  /// Waits for a token that lives, refreshing it if need be.
  package func token(for connection: String) async throws(TokenUnavailable) -> AccessToken {
    if let token = freshToken(for: connection) { return token }
    return try await withCheckedContinuation { continuation in
      token(for: connection, replacing: nil) { continuation.resume(returning: $0) }
    }.get()
  }

  // MARK: - In the background

  /// Follows the store and starts what is due. It waits for no network, because calls hear of the store through this alone
  /// (K20).
  private func watch() async {
    // The first round also settles what ended processes have left: an answer there may be newer than what is stored (K2).
    var settled: Uptime?
    var told: (error: any Error, at: Uptime)?
    while !stop.isOn {
      do {
        try await beat()
        let now = clock.uptime()
        if !(settled.map { now.isWithin(Self.settleInterval, of: $0) } ?? false) {
          // The journal is laid out before anything needs it. It also tells the other processes that this one lives (K2, K28).
          _ = try settlement.journals.own()
          // A claim would notice a second backup, or a witness that comes back; but connections that are set apart make no
          // claim.
          try await store.quarantineIfBehind()
          try await settlement.settle()
          try await settlement.retry()
          kept.ring()
          settled = now
          try await reload()
        }
      } catch {
        // The same trouble five times a second would hide every other line.
        let now = clock.uptime()
        if told.map({ !error.isSame(as: $0.error) || !now.isWithin(Self.settleInterval, of: $0.at) }) ?? true {
          logger.error("the store or the journals cannot be used", metadata: ["error": "\(error)"])
          told = (error, now)
        }
      }
      due.start()
      beginChecks()
      do { try await clock.sleep(untilNextDue) } catch { return }
    }
  }

  /// How long the watch may sleep; a flight in the air ends by itself and is not waited for.
  private var untilNextDue: Duration {
    nextDue.map { min(Self.watchInterval, max($0 - clock.now(), .milliseconds(10))) } ?? Self.watchInterval
  }

  /// When a refresh is due next, by what is in memory.
  package var nextDue: Timestamp? { due.next }

  /// One look at what has happened since the last.
  func beat() async throws {
    let mark = try await store.changeMark()
    // A key that was put back opens what did not open before. After a step of the clock no moment holds that was reckoned
    // before.
    let isStepped = noteStep(), hasOtherKeys = store.ring.follow()
    if isStepped || hasOtherKeys { snapshot.forgetPosition() }
    if isStepped || hasOtherKeys || pulse.withLock(\.mark) != mark {
      try await reload()
      try await settlement.retry()
    }
    pulse.withLock { pulse in
      pulse.mark = mark
      pulse.heardAt = clock.uptime()
    }
    try await note(usage.flush(to: store))
  }

  package func reload() async throws {
    try await store.follow(into: snapshot)
  }

  /// Records what calls show of tokens that nobody can renew: the API refuses one, or takes it again.
  private func note(_ heard: [KeyUsage.Verdict]) async throws {
    func held(_ verdict: KeyUsage.Verdict) -> CachedConnection? {
      snapshot[verdict.connection].flatMap { $0.state == .active && $0.refresh == nil ? $0 : nil }
    }
    verdicts.hear(heard.filter { held($0) != nil }, at: clock.uptime())
    var hasNoted = false
    for verdict in verdicts.ripe(at: clock.uptime()) {
      if let held = held(verdict), (held.trouble == nil) != verdict.isTaken {
        try await store.note(verdict)
        hasNoted = true
      }
      verdicts.settle(verdict)
    }
    // Our own writes are not announced to us.
    if hasNoted { try await reload() }
  }

  /// Whether the wall clock was stepped since moments were last reckoned from it.
  private func noteStep() -> Bool {
    let lead = clock.now().milliseconds - clock.uptime().milliseconds
    return pulse.withLock { pulse in
      guard abs(lead - pulse.wallLead) > RefreshPolicy.clockTolerance.milliseconds else { return false }
      pulse.wallLead = lead
      return true
    }
  }
}

extension Keeper: Gateway {
  package func key(presented: Secret) -> APIKey? {
    guard let key = snapshot.key(hash: presented.fingerprint), clock.now() < key.endsAt else { return nil }
    return key
  }

  package func route(to connection: String) -> Route? { snapshot.route(to: connection) }

  package func absence(of connection: String) -> TokenUnavailable {
    guard let held = snapshot[connection] else { return .noSuchConnection }
    if let pausedAt = held.pausedAt { return .paused(Connection.pausedWords(connection, since: pausedAt)) }
    return .temporarily(held.noRouteWords, retryAfter: 60)
  }

  package func passage(to connection: String) -> Passage? {
    guard var passage = snapshot.passage(to: connection, opening: store.ring) else { return nil }
    passage.token = passage.token.flatMap(fresh)
    return passage
  }

  /// A token that lives long enough to be used now, without waiting; nil where one must be waited for.
  package func freshToken(for connection: String) -> AccessToken? {
    snapshot.token(of: connection, opening: store.ring).flatMap(fresh)
  }

  private func fresh(_ token: AccessToken) -> AccessToken? {
    let end = token.until - RefreshPolicy.margin(from: token.from, until: token.until)
    return clock.now() < end && isStoreHeard ? token : nil
  }

  package func token(
    for connection: String, replacing rejected: AccessToken?,
    answer: @escaping @Sendable (Result<AccessToken, TokenUnavailable>) -> Void
  ) {
    guard isStoreHeard else {
      return answer(
        .failure(.temporarily("The keeper's store has been out of reach for five minutes.", retryAfter: 10)))
    }
    guard let held = snapshot[connection] else { return answer(.failure(.noSuchConnection)) }
    var forced = false
    if let rejected, let current = held.token, current.generation == rejected.generation,
      clock.now() < current.access.until
    {
      guard clock.now() - rejected.from >= RefreshPolicy.youth else { return answer(.failure(.notStale)) }
      // Nobody can renew this token, and only the API knows whether it is refused for good.
      guard held.refresh != nil else { return answer(.failure(.notStale)) }
      forced = true
    } else if let fresh = freshToken(for: connection), fresh.generation != rejected?.generation {
      return answer(.success(fresh))
    }
    // A refresh that lands ends the generation, and one that does not is followed by a pause: no count of rejections is kept.
    flights.join(connection, Flights.Request(seen: held.generation, forced: forced), answer)
  }

  package func record(_ call: CallRecord) {
    usage.note(call)
    logger.debug(
      "call",
      metadata: [
        "connection": "\(call.connection)", "key": "\(call.key)", "http.method": "\(call.method)",
        "http.route": "\(call.path)", "http.status": "\(call.status)", "duration.ms": "\(call.duration.milliseconds)",
      ])
  }

  /// Whether the store was heard of within the last five minutes: for that long calls go on from memory (K20).
  private var isStoreHeard: Bool {
    let now = clock.uptime(), heard = pulse.withLock(\.heardAt)
    return now.milliseconds - heard.milliseconds <= RefreshPolicy.storeOutage.milliseconds
  }
}

extension Error {
  /// Whether both tell of one trouble: they are equal, or of one type where those of that type cannot be compared.
  fileprivate func isSame(as other: any Error) -> Bool {
    let error: Any = self
    return (error as? any Equatable).map { $0.equals(other) } ?? (type(of: other) == Self.self)
  }
}

extension Equatable {
  fileprivate func equals(_ other: any Error) -> Bool { other as? Self == self }
}
