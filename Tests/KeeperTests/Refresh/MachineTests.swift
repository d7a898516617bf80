import KeeperKit
import OAuth
import Store
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// The machine alone: every transition it has, and what holds on every way through it (K1, K2, K4, K9, K11, K12).
struct MachineTests {
  /// Each line is a state and an event, and the state and action that follow; which of two follows depends on the moment.
  static let transitions = """
    reading · begun → reading · read
    reading · read: same → admitting · enterGate
    reading · read: newer → admitting · enterGate
    reading · read: newer → ended · finish: settled
    reading · read: inactive → ended · finish: settled
    reading · failed → ended · finish: brokenOff
    admitting · admitted → reserving · reserveSlot
    admitting · endpointRests → ended · finish: resting
    reserving · reserved: true → claiming · claim
    reserving · reserved: false → ended · finish: noSlot
    reserving · failed → ended · finish: brokenOff
    claiming · claim: claimed → sending · send
    claiming · claim: claimed → closing · putBack
    claiming · claim: moved → claiming · claim
    claiming · claim: moved → ended · finish: settled
    claiming · claim: held → waiting · wait
    claiming · claim: held → ended · finish: heldElsewhere
    claiming · claim: unsettled → settling · settle
    claiming · claim: resting → ended · finish: resting
    claiming · claim: stopped → ended · finish: stopped
    claiming · claim: behind → quarantining · quarantine
    claiming · failed → ended · finish: brokenOff
    waiting · waited → claiming · claim
    settling · settled: true → claiming · claim
    settling · settled: false → waiting · wait
    settling · settled: false → ended · finish: heldElsewhere
    settling · failed → ended · finish: brokenOff
    quarantining · quarantined → ended · finish: resting
    quarantining · failed → ended · finish: brokenOff
    sending · answered: granted → journaling · journal
    sending · answered: refused → closing · refuse
    sending · answered: clientRefused → closing · stopClient
    sending · answered: suspended → closing · suspend
    sending · answered: notSent → closing · putBack
    sending · answered: unavailable → closing · putBack
    sending · answered: throttled → closing · putBack
    sending · answered: unknown → closing · doubt
    journaling · journaled: true → landing · land
    journaling · journaled: false → landing · land
    landing · landed: landed → ended · finish: settled
    landing · landed: superseded → ended · finish: settled
    landing · landed: behind → ended · finish: behind
    landing · failed → landing · wait
    landing · failed → ended · finish: leftInJournal
    landing · waited → landing · land
    landing · waited → landing · journal
    landing · journaled: true → landing · land
    landing · journaled: false → landing · land
    closing · refused: needsApproval → ended · finish: settled
    closing · refused: superseded → ended · finish: settled
    closing · refused: client → ended · finish: clientStopped
    closing · refused: trySpare → claiming · claim
    closing · closed → ended · finish: failed
    closing · failed → ended · finish: brokenOff
    """

  @Test("K1, K2, K12: the machine has these transitions, each is taken, and there is no other")
  func table() async throws {
    let claim = try await Self.claim()
    var seen: Set<String> = []
    for seed in UInt64(0)..<6000 {
      var walk = Walk(seed: seed, claim: claim)
      walk.run()
      seen.formUnion(walk.lines)
    }
    let expected = Set(Self.transitions.split(separator: "\n").map(String.init))
    #expect(seen.subtracting(expected).sorted() == [])
    #expect(expected.subtracting(seen).sorted() == [])
  }

  @Test(
    "K1, K2, K4, K9: whatever comes in whatever order, nothing is sent without slot and claim, nothing lands before its journal, and every flight ends",
    arguments: [UInt64(0), 1, 2, 3])
  func anyOrder(_ part: UInt64) async throws {
    let claim = try await Self.claim()
    for seed in part * 1500..<(part + 1) * 1500 {
      var walk = Walk(seed: seed &+ 1_000_000, claim: claim)
      walk.run()
      #expect(walk.faults == [], "seed \(seed): \(walk.log.joined(separator: "\n"))")
    }
  }

  @Test("K29: every event in every state is answered; what does not follow ends that flight alone and keeps its slot")
  func everyEvent() async throws {
    let claim = try await Self.claim(), row = claim.connection
    let response = TokenResponse(accessToken: Secret("a"), expiresIn: 60, refreshToken: Secret("r"))
    let exchange = AnswerTiming(sentAt: Timestamp(milliseconds: 0), clockSkew: .zero)
    let toClaim: [RefreshMachine.Input] = [.begun, .read(row), .admitted, .reserved(true)]
    let toAnswer = toClaim + [.claim(.claimed(claim)), .answered(.granted(response), exchange)]
    let ways: [[RefreshMachine.Input]] = [
      [], [.begun, .read(row)], [.begun, .read(row), .admitted], toClaim, toClaim + [.claim(.held(row, claim.lease))],
      toClaim + [.claim(.unsettled("p2"))], toClaim + [.claim(.behind(.noWitness))],
      toClaim + [.claim(.claimed(claim))],
      toAnswer, toAnswer + [.journaled(true)], toAnswer + [.journaled(false)],
      toClaim + [.claim(.claimed(claim)), .answered(.unknown("cut"), exchange)], [.failed("no store")],
    ]
    let events: [RefreshMachine.Input] = [
      .begun, .read(row), .admitted, .endpointRests(until: Timestamp(milliseconds: 0), .stopping),
      .reserved(true),
      .claim(.moved(row)), .waited, .settled(true), .quarantined, .answered(.granted(response), exchange),
      .journaled(true), .landed(.landed(row)), .refused(.needsApproval(row)), .closed(row), .failed("no disk"),
    ]
    let known = Set(
      Self.transitions.split(separator: "\n").map { line in
        line.split(separator: " → ").first.map { $0.split(separator: ":").first ?? "" }.map(String.init) ?? ""
      })
    let here = RefreshMachine.Circumstances(
      now: Timestamp(milliseconds: 0), uptime: Uptime(boot: "boot-1", milliseconds: 1_000_000), isStopping: false,
      hasUsableToken: false)
    var states: Set<String> = []
    for way in ways {
      for event in events {
        var machine = RefreshMachine(.due(), at: here.uptime)
        for step in way { _ = machine.on(step, here) }
        let state = Walk.name(machine.state), pair = "\(state) · \(Walk.name(event))"
        states.insert(state)
        guard case .finish(.faulted(let words)) = machine.on(event, here) else {
          #expect(known.contains(pair) || Walk.name(event) == "failed", "\(pair) is answered as if it were expected")
          continue
        }
        #expect(!known.contains(pair), "\(pair)")
        #expect(machine.keepsSlot && Walk.name(machine.state) == "ended" && !words.contains("secret"), "\(pair)")
      }
    }
    #expect(states.count == 12, "\(states.sorted())")
  }

  /// A real claim, to be given to machines.
  private static func claim() async throws -> Claim {
    let world = try await KeeperWorld()
    try await world.connect()
    return try #require(try await world.claim())
  }
}

/// One way through the machine, drawn by seed from what its contract allows: an action is answered by an event of its own.
private struct Walk {
  private(set) var lines: Set<String> = []
  private(set) var log: [String] = []
  private(set) var faults: [String] = []
  private var random: SeededGenerator
  private var machine: RefreshMachine
  private let claim: Claim
  private var uptime: Int64 = 1_000_000
  private var isStopping = false

  // What has happened so far.
  private var hasSlot = false
  private var isClaimed = false
  private var presentations = 0
  private var granted: Received?
  private var wasJournaled = false
  private var isInJournal = false
  private var hasLanded = false
  private var mayTrySpare = false
  private var settled: String?
  private var moves = 0
  /// The generation that the row was last seen with.
  private var generation: Int64 = 1
  private var steps = 0

  init(seed: UInt64, claim: Claim) {
    random = SeededGenerator(seed: seed)
    self.claim = claim
    machine = RefreshMachine(.due(), at: Uptime(boot: "boot-1", milliseconds: 1_000_000))
  }

  mutating func run() {
    var event = RefreshMachine.Input.begun
    while true {
      steps += 1
      // However long the trouble lasts: a keeper is stopped in the end, and then every flight ends.
      if steps > 40 || chance(0.01) { isStopping = true }
      guard steps < 1000 else { return faults.append("does not end") }
      let before = Self.name(machine.state)
      let here = RefreshMachine.Circumstances(
        now: Timestamp(milliseconds: uptime), uptime: Uptime(boot: "boot-1", milliseconds: uptime),
        isStopping: isStopping, hasUsableToken: chance(0.3))
      note(event)
      let action = machine.on(event, here)
      let line = "\(before) · \(label(event)) → \(Self.name(machine.state)) · \(Self.label(action))"
      lines.insert(line)
      log.append(line)
      check(action, after: event, here)
      if case .finish(let ending) = action { return finish(ending) }
      uptime += Int64.random(in: 0...500, using: &random)
      event = answer(action)
    }
  }

  // MARK: - What must hold

  private mutating func note(_ event: RefreshMachine.Input) {
    switch event {
    case .reserved(let isReserved): hasSlot = isReserved
    case .read(let row), .claim(.moved(let row)): generation = row.generation
    case .claim(.claimed): isClaimed = true
    case .settled(true): break
    case .journaled(let isSynced):
      wasJournaled = true
      isInJournal = isSynced || isInJournal
    case .landed(.landed), .landed(.superseded): hasLanded = true
    case .refused(.trySpare): mayTrySpare = true
    default: break
    }
  }

  private mutating func check(
    _ action: RefreshMachine.Action, after event: RefreshMachine.Input, _ here: RefreshMachine.Circumstances
  ) {
    switch action {
    case .claim(let spare, let seen, let told):
      if !hasSlot { faults.append("claims without a slot") }
      if spare != mayTrySpare { faults.append("claims the spare unasked, or forgets it") }
      if seen != generation { faults.append("claims another generation than it has seen last") }
      if told != settled { faults.append("forgets which process is settled") }
    case .send(let claim):
      guard case .claim(.claimed) = event else { return faults.append("sends without a claim") }
      if !hasSlot { faults.append("sends without a slot") }
      if !isClaimed { faults.append("sends twice on one claim") }
      if claim.lease.remaining(at: here.uptime) < .seconds(120) { faults.append("sends with too little of the lease") }
      isClaimed = false
      presentations += 1
    case .journal(let received):
      if let granted, granted != received { faults.append("journals another answer") }
      granted = received
    case .land(let received):
      if !wasJournaled { faults.append("lands before its journal") }
      if received != granted { faults.append("lands another answer") }
    case .putBack, .doubt, .refuse, .stopClient, .suspend:
      if granted != nil { faults.append("drops an answer") }
    default: break
    }
  }

  private mutating func finish(_ ending: RefreshMachine.Ending) {
    if granted != nil, !hasLanded {
      switch ending {
      case .leftInJournal, .behind: break
      default: return faults.append("ends with an answer that has not landed")
      }
    }
    if machine.keepsSlot != (isInJournal && !hasLanded) { faults.append("keeps the slot wrongly") }
    if (machine.verdict == .untouched) != (presentations == 0) { faults.append("does not know whether it has sent") }
    if case .ended = machine.state { return }
    faults.append("finishes and is not ended")
  }

  // MARK: - What may come

  private mutating func answer(_ action: RefreshMachine.Action) -> RefreshMachine.Input {
    var row = claim.connection
    switch action {
    case .read:
      if chance(0.2) { return .failed("no store") }
      if chance(0.2) { row.generation += 1 }
      if chance(0.1) { row.state = .needsApproval }
      return .read(row)
    case .enterGate:
      return chance(0.9) ? .admitted : .endpointRests(until: Timestamp(milliseconds: uptime), .stopping)
    case .reserveSlot: return chance(0.1) ? .failed("no disk") : .reserved(chance(0.9))
    case .claim: return claimed(row)
    case .wait(let duration):
      uptime += duration.milliseconds
      return .waited
    case .settle(let process):
      if chance(0.1) { return .failed("no store") }
      guard chance(0.5) else { return .settled(false) }
      settled = process
      return .settled(true)
    case .quarantine: return chance(0.2) ? .failed("no store") : .quarantined
    case .send: return .answered(outcome(), AnswerTiming(sentAt: Timestamp(milliseconds: uptime), clockSkew: .zero))
    case .journal: return .journaled(chance(0.6))
    case .land:
      if chance(0.6) { return .failed("no store") }
      return .landed(pick([.landed(row), .superseded(row), .behind(row)]))
    case .refuse:
      if chance(0.1) { return .failed("no store") }
      let refusals: [RefusalEffect] = [.needsApproval(row), .superseded(row), .client(row)]
      return .refused(pick(mayTrySpare ? refusals : refusals + [.trySpare, .trySpare]))
    case .stopClient: return chance(0.1) ? .failed("no store") : .refused(.client(row))
    case .putBack, .doubt, .suspend: return chance(0.1) ? .failed("no store") : .closed(row)
    case .finish: preconditionFailure("a flight that has ended does nothing more")
    }
  }

  private mutating func claimed(_ row: Connection) -> RefreshMachine.Input {
    if chance(0.05) { return .failed("no store") }
    let here = Uptime(boot: "boot-1", milliseconds: uptime)
    var claim = claim
    claim.lease = Lease(holder: "p1", from: here)
    // A store that answered late.
    if chance(0.2) { uptime += Int64.random(in: 0...130_000, using: &random) }
    var results: [ClaimResult] = [
      .claimed(claim), .claimed(claim), .claimed(claim), .resting(row, until: Timestamp(milliseconds: uptime)),
      .stopped(row, .noRefreshToken), .behind(.noWitness), .held(row, claim.lease), .held(row, claim.lease),
    ]
    if settled == nil { results += [.unsettled("p2"), .unsettled("p2")] }
    if moves < 3 {
      moves += 1
      results.append(.moved(row))
    }
    return .claim(pick(results))
  }

  private mutating func outcome() -> RefreshOutcome {
    let response = TokenResponse(accessToken: Secret("a"), expiresIn: 60, refreshToken: Secret("r"))
    return pick([
      .granted(response), .granted(response), .granted(response), .refused("no", ambiguous: false),
      .refused("no", ambiguous: true),
      .clientRefused("no"), .suspended("off"), .notSent("down"), .unavailable("busy"), .throttled(after: nil),
      .unknown("cut"),
    ])
  }

  private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
  private mutating func pick<Element>(_ all: [Element]) -> Element { all[Int.random(in: all.indices, using: &random)] }

  // MARK: - Names

  fileprivate static func name(_ value: Any) -> String { Mirror(reflecting: value).children.first?.label ?? "\(value)" }

  private func label(_ event: RefreshMachine.Input) -> String {
    switch event {
    case .read(let row) where row.state != .active: "read: inactive"
    case .read(let row): row.generation == claim.connection.generation ? "read: same" : "read: newer"
    case .reserved(let flag): "reserved: \(flag)"
    case .settled(let flag): "settled: \(flag)"
    case .journaled(let flag): "journaled: \(flag)"
    case .claim(let result): "claim: \(Self.name(result))"
    case .answered(let outcome, _): "answered: \(Self.name(outcome))"
    case .landed(let landing): "landed: \(Self.name(landing))"
    case .refused(let refusal): "refused: \(Self.name(refusal))"
    default: Self.name(event)
    }
  }

  private static func label(_ action: RefreshMachine.Action) -> String {
    if case .finish(let ending) = action { return "finish: \(name(ending))" }
    return name(action)
  }
}
