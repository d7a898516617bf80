import Logging
import OAuth
import Store
import Wire

/// Performs what ``RefreshMachine`` says, and tells callers what it came to.
package struct Refresher: Sendable {
  let store: GrantStore
  let endpoint: any TokenEndpoint
  let snapshot: Snapshot
  let settlement: Settlement
  let clock: WallClock
  let logger: Logger
  /// Whether the keeper is stopping: a flight that still waits for a lease then gives up (K29).
  var isStopping: @Sendable () -> Bool
  let gates: EndpointGates

  /// - Parameter gates: those of the keeper; a refresher that works alone has its own.
  package init(
    store: GrantStore, endpoint: any TokenEndpoint, snapshot: Snapshot, settlement: Settlement, clock: WallClock,
    logger: Logger, isStopping: @escaping @Sendable () -> Bool = { false }, gates: EndpointGates? = nil
  ) {
    self.store = store
    self.endpoint = endpoint
    self.snapshot = snapshot
    self.settlement = settlement
    self.clock = clock
    self.logger = logger
    self.isStopping = isStopping
    self.gates = gates ?? EndpointGates(clock: clock, random: store.random)
  }

  package func refresh(_ name: String, _ request: Flights.Request) async -> Result<AccessToken, TokenUnavailable> {
    var machine = RefreshMachine(request, at: clock.uptime())
    var flight = Flight(name: name, request: request, refresher: self)
    var input = RefreshMachine.Input.begun
    while true {
      let here = RefreshMachine.Circumstances(
        now: clock.now(), uptime: clock.uptime(), isStopping: isStopping(),
        hasUsableToken: usable(name, request) != nil)
      let action = machine.on(input, here)
      if !machine.keepsPlace { flight.leaveGate(machine.verdict) }
      guard case .finish(let ending) = action else {
        input = await flight.perform(action)
        continue
      }
      flight.end(keepsSlot: machine.keepsSlot)
      return await conclude(name, request, ending)
    }
  }

  /// Tells what a flight came to; one that a fault of our own has ended is put on record first, so that it is seen and rests.
  func conclude(
    _ name: String, _ request: Flights.Request, _ ending: RefreshMachine.Ending
  ) async -> Result<AccessToken, TokenUnavailable> {
    if case .faulted(let words) = ending {
      logger.critical("a flight was ended by a fault", metadata: ["connection": "\(name)", "fault": "\(words)"])
      do { try await store.noteFault(of: name, words: words) } catch {
        logger.error("a fault is not on record", metadata: ["connection": "\(name)", "error": "\(error)"])
      }
    }
    let result = await answer(name, request, ending)
    // A caller who said that this very token is rejected is not given it again.
    if request.forced, (try? result.get())?.generation == request.seen { return .failure(.notStale) }
    return result
  }

  // MARK: - What callers are told

  private func answer(
    _ name: String, _ request: Flights.Request, _ ending: RefreshMachine.Ending
  ) async -> Result<AccessToken, TokenUnavailable> {
    if case .clientStopped = ending {
      // Other connections that were blamed for the client's trouble work again, and our own writes are not announced to us.
      try? await reload()
    } else if let held = try? await store.loadConnection(name) {
      snapshot.publish(held)
    }
    let row = snapshot[name]
    if let words = row?.needsPersonWords { return .failure(.needsApproval(words)) }
    // A live token serves on through a failed refresh (K20).
    if let token = usable(name, request) { return .success(token) }
    return .failure(.temporarily(ending.words(name, row), retryAfter: pause(ending)))
  }

  /// Seconds after which a caller may ask again.
  private func pause(_ ending: RefreshMachine.Ending) -> Int {
    let pause: Duration =
      switch ending {
      case .resting(let until, _): until - clock.now()
      case .heldElsewhere(let left, _): left
      case .stopped, .clientStopped, .faulted: .seconds(60)
      case .failed(let row): row.retryAt.map { $0 - clock.now() } ?? .seconds(1)
      case .settled, .noSlot: .seconds(1)
      case .brokenOff, .leftInJournal, .behind: .seconds(5)
      }
    return max(1, Int(pause.components.seconds))
  }

  /// A token that answers the request although nothing was refreshed: live, and not the one that was rejected.
  private func usable(_ name: String, _ request: Flights.Request) -> AccessToken? {
    guard let token = snapshot.token(of: name, opening: store.ring), clock.now() < token.until else { return nil }
    return request.forced && token.generation == request.seen ? nil : token
  }

  fileprivate func reload() async throws {
    try await store.follow(into: snapshot)
  }
}

/// One flight's actions on the store, the journal and the network.
private struct Flight {
  let name: String
  let request: Flights.Request
  let refresher: Refresher
  private var slot: (journal: Journal, place: Journal.Slot)?
  private var pass: (gate: EndpointGate, leave: EndpointGate.Pass)?
  private var tokenEndpoint = ""
  private var heard: TokenEndpointAnswer.Answer?

  init(name: String, request: Flights.Request, refresher: Refresher) {
    self.name = name
    self.request = request
    self.refresher = refresher
  }

  mutating func perform(_ action: RefreshMachine.Action) async -> RefreshMachine.Input {
    do { return try await act(action) } catch {
      refresher.logger.error("refresh failed", metadata: ["connection": "\(name)", "error": "\(error)"])
      return .failed("\(error)")
    }
  }

  /// Gives the slot back, unless it holds an answer that has still to land.
  func end(keepsSlot: Bool) {
    guard let slot else { return }
    if keepsSlot { refresher.settlement.park(slot.place, for: name) } else { slot.journal.release(slot.place) }
  }

  /// Makes room for the next at the token endpoint; what is left to do is between the store and us.
  mutating func leaveGate(_ verdict: EndpointVerdict) {
    guard let (gate, leave) = pass else { return }
    pass = nil
    gate.leave(leave, verdict.judged(by: heard, at: refresher.clock.now()), of: name)
  }

  private mutating func act(_ action: RefreshMachine.Action) async throws -> RefreshMachine.Input {
    let store = refresher.store
    switch action {
    case .read:
      let held = try await published()
      tokenEndpoint = held.cached.client.tokenEndpoint
      return .read(held.connection)
    case .enterGate:
      let gate = refresher.gates[tokenEndpoint]
      switch await gate.enter() {
      case .admitted(let leave):
        pass = (gate, leave)
        return .admitted
      case .rests(let rest, let reason):
        return .endpointRests(until: refresher.clock.now() + rest, reason)
      }
    case .reserveSlot:
      let journal = try refresher.settlement.journals.own()
      slot = journal.reserve().map { (journal, $0) }
      return .reserved(slot != nil)
    case .claim(let spare, let seen, let settled):
      let result = try await store.claim(
        name, seen: seen, forced: request.forced, spare: spare, settled: settled)
      if case .claimed = result { return .claim(result) }
      _ = try await published()
      return .claim(result)
    case .wait(let duration):
      // A cancelled flight lands what it has all the same. It cannot sleep, so only the turns of others slow its tries down.
      do { try await refresher.clock.sleep(duration) } catch { await Task.yield() }
      return .waited
    case .settle(let process): return .settled(try await refresher.settlement.settle(process, for: name))
    case .quarantine:
      try await store.quarantineIfBehind()
      try await refresher.reload()
      return .quarantined
    case .send(let claim): return await send(claim)
    case .journal(let received): return .journaled(await write(received))
    case .land(let received): return .landed(try await store.land(received))
    case .refuse(let claim, let words, let ambiguous):
      let refusal = try await store.refuse(claim, words: words, ambiguous: ambiguous)
      if case .needsApproval(let row) = refusal {
        refresher.logger.error(
          "a person is needed", metadata: ["connection": "\(name)", "reason": "\(row.loss?.words ?? words)"])
      }
      return .refused(refusal)
    case .stopClient(let claim, let words):
      refresher.logger.error(
        "the client is refused", metadata: ["connection": "\(name)", "client": "\(claim.client.name)"])
      return .refused(.client(try await store.refuseClient(claim, words: words)))
    case .putBack(let claim, let trouble, let pause, let skew):
      refresher.logger.warning(
        "refresh put off",
        metadata: ["connection": "\(name)", "reason": "\(trouble.words(claim.client.provider.title))"])
      return .closed(try await store.putBack(claim, trouble, after: pause, clockSkew: skew))
    case .suspend(let claim, let words, let skew):
      refresher.logger.warning("switched off by the provider", metadata: ["connection": "\(name)"])
      return .closed(try await store.suspend(claim, words: words, clockSkew: skew))
    case .doubt(let claim, let reason):
      refresher.logger.warning("answer unknown", metadata: ["connection": "\(name)", "reason": "\(reason)"])
      return .closed(try await store.doubt(claim, because: reason))
    case .finish: return .failed("a flight that has ended does nothing more")
    }
  }

  private func published() async throws -> LoadedConnection {
    let held = try await refresher.store.loadConnection(name)
    refresher.snapshot.publish(held)
    return held
  }

  private mutating func send(_ claim: Claim) async -> RefreshMachine.Input {
    let provider = claim.client.provider, clock = refresher.clock
    let sentAt = clock.now()
    // This moment is by the provider's clock: nobody waits any more for a request that reaches it later (P17).
    let end = claim.connection.providerTime(clock) + RefreshPolicy.deadline
    let notAfter = provider.understandsNotAfter ? end.milliseconds / 1000 + 1 : nil
    var fields = TokenRequest(.refreshToken(claim.token, scope: nil, notAfter: notAfter)).fields
    let authorization = provider.authentication(
      provider.refreshAuthentication, id: claim.client.clientID, secret: claim.client.secret
    ).apply(to: &fields)
    let uptime = clock.uptime()
    let request = TokenEndpointRequest(
      url: provider.tokenEndpoint, fields: fields, authorization: authorization, deadline: RefreshPolicy.deadline,
      sendBy: claim.lease.leaves(RefreshPolicy.deadline * 2, asOf: uptime))
    let answer =
      if let reason = request.lateness(at: uptime) { TokenEndpointAnswer.notSent(reason) } else {
        await refresher.endpoint.post(request)
      }
    heard = if case .answer(let whole) = answer { whole } else { nil }
    let now = clock.now()
    return .answered(provider.judge(answer, at: now), AnswerTiming(sentAt: sentAt, answer, at: now))
  }

  /// - Returns: whether the answer is synced; where it is not, landing it is the only thing that keeps it.
  private func write(_ received: Received) async -> Bool {
    guard let slot else { return false }
    do {
      let store = refresher.store
      try await slot.journal.write(received.sealed(store.ring, store.random), to: slot.place)
      return true
    } catch {
      refresher.logger.critical(
        "a refreshed token is not in the journal", metadata: ["connection": "\(name)", "error": "\(error)"])
      return false
    }
  }
}

extension RefreshMachine {
  /// Whether this flight keeps its place at the token endpoint: until its answer has landed, so that no more are admitted than
  /// the journal has slots for, but not while it waits for a store that has failed.
  fileprivate var keepsPlace: Bool {
    switch state {
    case .landing(_, _, let failures): failures == 0
    case .ended: false
    default: true
    }
  }
}
