import Store
import Wire

/// One refresh of one connection, from the wish to its end, as a pure machine: each input gives the one action that follows.
///
/// What a *row* decides on a claim, a landing or a refusal is in the acts of ``GrantStore``; what a *flight* does next is here
/// and nowhere else. ``Refresher`` performs the actions.
package struct RefreshMachine: Sendable {
  package enum State: Sendable {
    /// Reads what the store has now. To `admitting`, or ends where nothing is left to do.
    case reading
    /// Waits for its turn at the token endpoint (K19). To `reserving`, or ends while the endpoint rests.
    case admitting
    /// Takes a slot of the journal (K2). To `claiming`, or ends: no slot, no flight.
    case reserving
    /// Asks the store for lease and intent (K1, K9). To `sending`, `closing`, `waiting`, `settling` or `quarantining`, or ends.
    case claiming
    /// Waits for another process's lease (K11). To `claiming`, or ends with its patience.
    case waiting
    /// Lands what the process on record has left in its journal (K13). To `claiming` or `waiting`.
    case settling(String)
    /// Sets all rows apart that a restored backup may have brought back (K28). Ends.
    case quarantining(StaleCause)
    /// The token is with the provider. To `journaling` or `closing`.
    case sending(Claim)
    /// Syncs the answer before anything else is done with it (K2). To `landing`.
    case journaling(Received)
    /// Stores the answer, however often that must be tried (K4). Ends when it has landed or is offered.
    case landing(Received, isJournaled: Bool, failures: Int)
    /// Records what became of the claim: refused, put back, or in doubt (K12). Ends, or to `claiming` with the spare.
    case closing
    case ended
  }

  /// What has come of the last action.
  package enum Input: Sendable {
    case begun
    case read(Connection)
    case admitted
    case endpointRests(until: Timestamp, RestReason)
    case reserved(Bool)
    case claim(ClaimResult)
    case waited
    /// Whether the process on record has nothing more that could land.
    case settled(Bool)
    case quarantined
    case answered(RefreshOutcome, AnswerTiming)
    case journaled(Bool)
    case landed(Landing)
    case refused(RefusalEffect)
    case closed(Connection)
    /// The store, the journal or the key ring could not do what was asked.
    case failed(String)
  }

  package enum Action: Sendable {
    case read
    case enterGate
    case reserveSlot
    case claim(spare: Bool, seen: Int64, settled: String?)
    case wait(Duration)
    case settle(String)
    case quarantine
    case send(Claim)
    case journal(Received)
    case land(Received)
    case refuse(Claim, words: String, ambiguous: Bool)
    case stopClient(Claim, words: String)
    /// - Parameter clockSkew: what the answer told of the provider's clock, if one came.
    case putBack(Claim, Trouble, pause: Duration?, clockSkew: Duration? = nil)
    /// The provider says that the grant lives and has no effect for now.
    case suspend(Claim, words: String, clockSkew: Duration)
    case doubt(Claim, because: String)
    case finish(Ending)
  }

  /// How a flight ended; what callers are told follows from it and from the row as it is then.
  package enum Ending: Sendable {
    /// Nothing was to be done, or it was done: the row tells.
    case settled
    /// Nothing was sent, and nothing will be before that moment.
    case resting(until: Timestamp, RestReason)
    /// Another process has the lease.
    case heldElsewhere(Duration, trouble: Trouble?)
    /// Nothing can be refreshed, for that reason.
    case stopped(Connection, RefreshObstacle)
    case clientStopped(Connection)
    /// The refresh failed for now; a live token serves on.
    case failed(Connection)
    /// What came does not follow from what was asked: a fault of our own, which ends this flight and nothing else.
    case faulted(String)
    /// As many flights are in the air as the journal has slots.
    case noSlot
    case brokenOff(String)
    /// The answer waits in the journal; whoever comes next lands it.
    case leftInJournal(String)
    /// The answer waits in the journal and is offered: the row is older than the token that was spent (K28).
    case behind
  }

  /// Why nothing is sent before a moment.
  package enum RestReason: Sendable, Equatable {
    /// The token endpoint rests (K19), since a flight has found it in that trouble.
    case endpoint(Trouble)
    case stopping
    /// What the row says of its last failure; nil where an answer was lost.
    case trouble(Trouble?)
    case stale(StaleCause)
  }

  /// What the machine cannot know by itself, at the moment of an input.
  package struct Circumstances: Sendable {
    package var now: Timestamp
    package var uptime: Uptime
    package var isStopping: Bool
    /// Whether a live token answers the request although nothing was refreshed.
    package var hasUsableToken: Bool
  }

  /// How often a flight that waits for another process's lease looks again.
  static let look = Duration.milliseconds(100)
  /// How long a caller without a live token waits for another process's flight.
  static let patience = Duration.seconds(30)

  /// How often a stopping keeper tries to land an answer that is in no journal.
  static let lastTries = 100

  private(set) package var state = State.reading
  /// What the endpoint has shown, for its gate.
  private(set) package var verdict = EndpointVerdict.untouched
  /// Whether the slot holds an answer that has not landed.
  private(set) package var keepsSlot = false
  private let request: Flights.Request
  private let begun: Uptime
  private var seen: Int64
  private var isSpare = false
  private var settled: String?

  package init(_ request: Flights.Request, at moment: Uptime) {
    self.request = request
    begun = moment
    seen = request.seen
  }

  package mutating func on(_ input: Input, _ here: Circumstances) -> Action {
    switch (state, input) {
    case (.reading, .begun): return .read
    case (.reading, .read(let row)): return read(row, here)
    case (.admitting, .admitted): return go(.reserving, .reserveSlot)
    case (.admitting, .endpointRests(let until, let reason)): return end(.resting(until: until, reason))
    case (.reserving, .reserved(true)): return claim()
    case (.reserving, .reserved(false)): return end(.noSlot)
    case (.claiming, .claim(let result)): return claimed(result, here)
    case (.waiting, .waited): return claim()
    case (.settling(let process), .settled(true)):
      settled = process
      return claim()
    case (.settling, .settled(false)): return wait(nil, trouble: nil, here)
    case (.quarantining(let cause), .quarantined): return end(.resting(until: here.now, .stale(cause)))
    case (.sending(let claim), .answered(let outcome, let exchange)): return answered(outcome, exchange, claim)
    case (.journaling(let received), .journaled(let isSynced)):
      keepsSlot = isSynced
      return go(.landing(received, isJournaled: isSynced, failures: 0), .land(received))
    case (.landing, .landed(let landing)): return landed(landing)
    case (.landing(let received, let isJournaled, let failures), .failed(let words)):
      // A stopping keeper leaves an answer that is in the journal to the next start (K4, K29). One that nothing takes is held
      // longer.
      if here.isStopping, isJournaled || failures >= Self.lastTries { return end(.leftInJournal(words)) }
      return go(
        .landing(received, isJournaled: isJournaled, failures: failures + 1),
        .wait(.milliseconds(min(5000, 100 * (failures + 1)))))
    case (.landing(let received, false, _), .waited): return .journal(received)
    case (.landing(let received, _, let failures), .journaled(let isSynced)):
      keepsSlot = isSynced
      return go(.landing(received, isJournaled: isSynced, failures: failures), .land(received))
    case (.landing(let received, true, _), .waited): return .land(received)
    case (.closing, .refused(let refusal)): return refused(refusal)
    case (.closing, .closed(let row)): return end(.failed(row))
    case (.journaling(let received), .failed):
      return go(.landing(received, isJournaled: false, failures: 0), .land(received))
    case (_, .failed(let words)): return end(.brokenOff(words))
    default: return fault(input)
    }
  }

  /// Whatever the flight has begun stays as it is: lease and intent keep the token from being presented in ignorance, and the
  /// slot may hold an answer.
  private mutating func fault(_ input: Input) -> Action {
    let words = "\(Self.name(input)) while \(Self.name(state))"
    keepsSlot = true
    return end(.faulted(words))
  }

  /// The name of a case alone: what the case holds belongs in no log.
  private static func name(_ value: Any) -> String { Mirror(reflecting: value).children.first?.label ?? "\(value)" }

  // MARK: - Before the token is presented

  private mutating func read(_ row: Connection, _ here: Circumstances) -> Action {
    guard row.state == .active else { return end(.settled) }
    // Another process may have refreshed it, or a person approved anew, since the caller looked.
    if row.generation != seen {
      if here.hasUsableToken { return end(.settled) }
      seen = row.generation
    }
    return go(.admitting, .enterGate)
  }

  private mutating func claim() -> Action {
    go(.claiming, .claim(spare: isSpare, seen: seen, settled: settled))
  }

  private mutating func claimed(_ result: ClaimResult, _ here: Circumstances) -> Action {
    switch result {
    case .claimed(let claim):
      // A flight that could outlive its lease is not sent (K9).
      guard claim.lease.remaining(at: here.uptime) >= RefreshPolicy.deadline * 2 else {
        return close(.putBack(claim, .heldUp, pause: nil))
      }
      return go(.sending(claim), .send(claim))
    case .moved(let row):
      if here.hasUsableToken { return end(.settled) }
      seen = row.generation
      return claim()
    case .held(let row, let lease): return wait(lease, trouble: row.trouble, here)
    case .unsettled(let process): return go(.settling(process), .settle(process))
    case .resting(let row, let until):
      return end(.resting(until: until, .trouble(row.trouble)))
    case .stopped(let row, let obstacle): return end(.stopped(row, obstacle))
    case .behind(let cause): return go(.quarantining(cause), .quarantine)
    }
  }

  /// Never refreshes without the lease (K11).
  private mutating func wait(_ lease: Lease?, trouble: Trouble?, _ here: Circumstances) -> Action {
    let left = lease?.remaining(at: here.uptime) ?? .seconds(1)
    if here.hasUsableToken || here.isStopping || here.uptime - begun >= Self.patience {
      return end(.heldElsewhere(left, trouble: trouble))
    }
    return go(.waiting, .wait(Self.look))
  }

  // MARK: - Once it was presented

  private mutating func answered(_ outcome: RefreshOutcome, _ exchange: AnswerTiming, _ claim: Claim) -> Action {
    verdict = .answered
    switch outcome {
    case .granted(let response):
      let received = Received(response, of: claim, exchange)
      return go(.journaling(received), .journal(received))
    case .refused(let words, let ambiguous): return close(.refuse(claim, words: words, ambiguous: ambiguous))
    case .clientRefused(let words): return close(.stopClient(claim, words: words))
    case .suspended(let words): return close(.suspend(claim, words: words, clockSkew: exchange.clockSkew))
    case .notSent(let reason):
      let trouble = Trouble.unreachable(because: reason)
      verdict = .failed(trouble)
      return close(.putBack(claim, trouble, pause: nil))
    case .unavailable(let words):
      let trouble = Trouble.unavailable(words: words)
      verdict = .failed(trouble)
      return close(.putBack(claim, trouble, pause: nil, clockSkew: exchange.clockSkew))
    case .throttled(let pause):
      verdict = .throttled(pause)
      return close(.putBack(claim, .throttled, pause: pause, clockSkew: exchange.clockSkew))
    case .unknown(let reason):
      verdict = .failed(.answerLost(because: reason))
      return close(.doubt(claim, because: reason))
    }
  }

  private mutating func landed(_ landing: Landing) -> Action {
    switch landing {
    case .landed, .superseded:
      keepsSlot = false
      return end(.settled)
    case .behind: return end(.behind)
    }
  }

  private mutating func refused(_ refusal: RefusalEffect) -> Action {
    switch refusal {
    case .trySpare:
      isSpare = true
      return claim()
    case .superseded, .needsApproval: return end(.settled)
    case .client(let row): return end(.clientStopped(row))
    }
  }

  private mutating func close(_ action: Action) -> Action { go(.closing, action) }

  private mutating func go(_ next: State, _ action: Action) -> Action {
    state = next
    return action
  }

  private mutating func end(_ ending: Ending) -> Action { go(.ended, .finish(ending)) }
}

/// What a flight has learnt of a token endpoint.
package enum EndpointVerdict: Sendable, Equatable {
  /// Nothing was sent.
  case untouched
  /// A definite answer came, whatever it was.
  case answered
  case throttled(Duration?)
  case failed(Trouble)
  /// It works and said something of this grant that its entry does not explain.
  case odd(Trouble)
}
