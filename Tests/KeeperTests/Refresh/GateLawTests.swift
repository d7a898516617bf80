import KeeperKit
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// K19: how many ask one token endpoint, and what happens while it is down.
struct GateLawTests {
  /// A token endpoint that takes a second for each answer, counts who is there at once, and can be down.
  private final class CountingEndpoint: TokenEndpoint {
    struct State {
      var isDown = false
      var inside = 0
      var most = 0
      var requests = 0
    }

    private let time: VirtualTime
    let state = Mutex(State())

    init(_ time: VirtualTime) { self.time = time }

    func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
      let (isDown, number) = state.withLock { state in
        state.requests += 1
        state.inside += 1
        state.most = max(state.most, state.inside)
        return (state.isDown, state.requests)
      }
      try? await time.clock.sleep(.seconds(1))
      state.withLock { $0.inside -= 1 }
      if isDown { return number % 3 == 0 ? .body(503, "down") : .notSent("refused") }
      return .tokens(access: "a-\(number)", refresh: "r-\(number)")
    }
  }

  /// A database whose writes answer late.
  private final class LateDatabase: Database {
    private let inner: any Database
    let wait = Mutex<@Sendable () async throws -> Void>({})

    init(_ inner: any Database) { self.inner = inner }

    func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      let result = try await inner.write(act)
      try await wait.withLock { $0 }()
      return result
    }

    func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      try await inner.read(act)
    }

    func changeMark() async throws -> Int64 { try await inner.changeMark() }
  }

  /// What callers were answered.
  private final class Tally: Sendable {
    let served = Mutex(0), refused = Mutex(0)

    func note(_ result: Result<AccessToken, TokenUnavailable>) {
      if case .success = result { served.withLock { $0 += 1 } } else { refused.withLock { $0 += 1 } }
    }
  }

  private final class Entries: Sendable {
    private let list = Mutex<[EndpointGate.Entry]>([])
    var all: [EndpointGate.Entry] { list.withLock { $0 } }
    var passes: [EndpointGate.Pass] {
      all.compactMap { entry in if case .admitted(let pass) = entry { pass } else { nil } }
    }
    func add(_ entry: EndpointGate.Entry) { list.withLock { $0.append(entry) } }
  }

  private static let trouble = Trouble.unavailable(words: "is down")
  private static let down = EndpointVerdict.failed(trouble), odd = EndpointVerdict.odd(.answerLost(because: "is odd"))
  private let time = VirtualTime()
  private let loop = Loop()

  private func gate(_ seed: UInt64 = 1) -> EndpointGate { EndpointGate(clock: time.clock, random: .seeded(seed)) }

  /// Sends flights to a gate; those that are let in at once, or sent away, are among the entries when it returns.
  private func enter(_ gate: EndpointGate, _ count: Int = 1, into entries: Entries = Entries()) -> Entries {
    for _ in 0..<count { Task(executorPreference: loop) { entries.add(await gate.enter()) } }
    loop.runUntilIdle()
    return entries
  }

  /// - Returns: a gate whose rest is over, and that waits for a probe.
  private func failed() throws -> EndpointGate {
    let gate = gate()
    gate.leave(try #require(enter(gate).passes.first), Self.down, of: "shop")
    time.advance(by: .seconds(1))
    return gate
  }

  @Test(
    "K19, K20: 20 hours without a token endpoint cost few requests and no living token, and then all recover by turns")
  func outage() async throws {
    let count = 1000
    let world = try await KeeperWorld()
    let endpoint = CountingEndpoint(world.time)
    let keeper = Keeper(
      database: world.database, ring: world.ring, providers: ProviderCatalogue([world.entry]), endpoint: endpoint,
      upstream: { _, _ in NobodyHome() }, journals: world.host.journals("p1"), witness: world.host.witness,
      clock: world.time.clock, random: .seeded(3), process: "p1", logger: .silent)
    try await world.connect("shop-0")
    let client = try await keeper.desk.client("app")
    for number in 1..<count {
      _ = try await world.store().adopt(
        TokenResponse(accessToken: Secret("a1"), expiresIn: 86_400, refreshToken: Secret("r1-\(number)")),
        as: "shop-\(number)", client: client, identity: Identity(tenant: nil, approver: nil), sentAt: world.time.now,
        replacingTenant: false)
    }
    let born = world.time.now
    try await keeper.start()
    let running = Task(executorPreference: loop) { await keeper.run() }

    func pass(_ duration: Duration, step: Duration) {
      let end = world.time.now + duration
      while world.time.now < end {
        loop.runUntilIdle()
        world.time.advance(by: max(step, world.time.untilNextDeadline ?? step))
      }
      loop.runUntilIdle()
    }

    pass(.hours(17), step: .minutes(10))
    #expect(endpoint.state.withLock(\.requests) == 0)
    endpoint.state.withLock { $0.isDown = true }
    let tally = Tally()
    for hour in 0..<20 {
      pass(.hours(1), step: .seconds(30))
      let before = (tally.served.withLock { $0 }, tally.refused.withLock { $0 })
      let isAlive = world.time.now < born + .hours(24) - .minutes(1)
      for number in stride(from: 0, to: count, by: isAlive ? 1 : 20) {
        keeper.token(for: "shop-\(number)", replacing: nil) { tally.note($0) }
      }
      pass(.seconds(2), step: .seconds(1))
      let served = tally.served.withLock { $0 } - before.0, refused = tally.refused.withLock { $0 } - before.1
      #expect(isAlive ? served == count && refused == 0 : served == 0, "in hour \(hour) of the outage")
    }
    let asked = endpoint.state.withLock(\.requests)
    print("K19: \(asked) requests in 20 hours without a token endpoint, for \(count) connections")
    #expect(asked > 10 && asked < 200)

    endpoint.state.withLock { state in
      state.isDown = false
      state.most = 0
      state.requests = 0
    }
    pass(.minutes(90), step: .seconds(1))
    let (most, requests) = endpoint.state.withLock { ($0.most, $0.requests) }
    #expect(most == RefreshPolicy.flightsAtOnce)
    #expect(requests == count)
    for number in 0..<count {
      let row = try await world.row("shop-\(number)")
      #expect(row.generation == 2 && row.state == .active && row.trouble == nil)
    }
    keeper.close()
    pass(.seconds(2), step: .seconds(1))
    await running.value
  }

  @Test(
    "K2, K19: callers beyond the slots of the journal wait for their turn, however slow the store is, and none is refused"
  )
  func slowLandings() async throws {
    let late = LateDatabase(try SQLite.inMemory()), count = 100
    let world = try await KeeperWorld(database: late), time = world.time
    for number in 0..<count { try await world.connect("shop-\(number)", token: "r1-\(number)", lifetime: 60) }
    time.advance(by: .minutes(2))
    let keeper = world.keeper(clock: time.clock)
    try await keeper.start()
    // Landings are slow and claims are not, so that answers come faster than they land.
    let landings = Mutex<Int64>(Int64(count))
    late.wait.withLock {
      $0 = {
        let known: Int64 = try await late.read { try $0.row("SELECT landings FROM store_state")?["landings"] ?? 0 }
        let isLanding = landings.withLock { landings in
          defer { landings = known }
          return known > landings
        }
        if isLanding { try await time.clock.sleep(.seconds(10)) }
      }
    }
    let tally = Tally(), flying = Task(executorPreference: loop) { await keeper.fly() }
    for number in 0..<count { keeper.token(for: "shop-\(number)", replacing: nil) { tally.note($0) } }
    for _ in 0..<1000 where tally.served.withLock({ $0 }) + tally.refused.withLock({ $0 }) < count {
      loop.runUntilIdle()
      time.advance(by: .seconds(1))
    }
    keeper.close()
    for _ in 0..<10 {
      loop.runUntilIdle()
      time.advance(by: .seconds(1))
    }
    await flying.value
    #expect(tally.served.withLock { $0 } == count && tally.refused.withLock { $0 } == 0)
  }

  @Test("K19: a thousand callers without a token are let in by turns, never more than the cap at once")
  func callersByTurns() async throws {
    let gate = gate()
    let entries = enter(gate, 1000)
    #expect(entries.all.count == RefreshPolicy.flightsAtOnce)
    var left = 0
    while left < entries.passes.count {
      gate.leave(entries.passes[left], .answered, of: "shop")
      left += 1
      loop.runUntilIdle()
      #expect(entries.passes.count - left <= RefreshPolicy.flightsAtOnce)
    }
    #expect(left == 1000)
  }

  @Test("K19: after a failure nobody asks for a while, whoever waits in line is told so, and then one asks for all")
  func rest() throws {
    let gate = gate()
    let entries = enter(gate, 20)
    let passes = entries.passes
    gate.leave(passes[0], Self.down, of: "shop")
    loop.runUntilIdle()
    #expect(entries.passes.count == RefreshPolicy.flightsAtOnce && entries.all.count == 20, "the line was sent away")
    for pass in passes.dropFirst() { gate.leave(pass, .answered, of: "shop") }
    guard case .rests(let left, .endpoint(Self.trouble))? = enter(gate).all.first else {
      throw KeeperError.refused("what was sent before the rest has ended it")
    }
    #expect(left > .zero && left <= .seconds(1))
    time.advance(by: .seconds(1))
    let next = enter(gate, 20)
    #expect(next.all.count == 1, "one probe, and the others wait for what it finds")
    gate.leave(try #require(next.passes.first), .answered, of: "shop")
    loop.runUntilIdle()
    #expect(next.passes.count == 1 + RefreshPolicy.flightsAtOnce)
  }

  @Test("K19: a probe that was not sent leaves its turn to the next")
  func unsentProbe() throws {
    let gate = try failed()
    let entries = enter(gate, 3)
    #expect(entries.passes.count == 1)
    gate.leave(entries.passes[0], .untouched, of: "shop")
    loop.runUntilIdle()
    #expect(entries.passes.count == 2)
    gate.leave(entries.passes[1], Self.down, of: "other")
    loop.runUntilIdle()
    #expect(entries.passes.count == 2 && entries.all.count == 3)
  }

  @Test("K19: the rests grow with the failures of the probes, and are drawn for each process")
  func growingRests() throws {
    var longest: [Duration] = [.zero, .zero]
    for seed in 1...20 as ClosedRange<UInt64> {
      let gate = gate(seed)
      for failure in 0..<8 {
        gate.leave(try #require(enter(gate).passes.first), Self.down, of: "shop")
        if failure == 0 { longest[0] = max(longest[0], gate.rest) }
        if failure == 7 { longest[1] = max(longest[1], gate.rest) }
        time.advance(by: gate.rest)
      }
    }
    #expect(longest[0] <= .seconds(1) && longest[1] > .minutes(15) && longest[1] <= .minutes(30))
    let drawn = try (1...20 as ClosedRange<UInt64>).map { seed in
      let gate = gate(seed)
      gate.leave(try #require(enter(gate).passes.first), Self.down, of: "shop")
      return gate.rest
    }
    #expect(Set(drawn).count > 15, "all would ask again together")
  }

  @Test("K19: an answer that makes no sense is its connection's trouble, until three connections in a row get one")
  func oddAnswers() throws {
    let gate = gate()
    for _ in 0..<10 { gate.leave(try #require(enter(gate).passes.first), Self.odd, of: "bad") }
    gate.leave(try #require(enter(gate).passes.first), Self.odd, of: "worse")
    #expect(gate.rest == .zero)
    gate.leave(try #require(enter(gate).passes.first), Self.odd, of: "third")
    #expect(gate.rest > .zero)
    time.advance(by: .seconds(1))
    let probes = enter(gate, 2)
    gate.leave(probes.passes[0], Self.odd, of: "bad")
    loop.runUntilIdle()
    #expect(probes.passes.count == 2, "the next connection asks")
    gate.leave(probes.passes[1], .answered, of: "good")
    #expect(enter(gate, 5).passes.count == 5)
  }

  @Test("K19: who waits in line leaves when the keeper stops, and when his own task does")
  func stopping() async throws {
    let gate = gate()
    let entries = enter(gate, RefreshPolicy.flightsAtOnce + 1)
    let cancelled = Task(executorPreference: loop) { entries.add(await gate.enter()) }
    loop.runUntilIdle()
    cancelled.cancel()
    loop.runUntilIdle()
    #expect(entries.all.count == RefreshPolicy.flightsAtOnce + 1)
    gate.close()
    loop.runUntilIdle()
    #expect(entries.all.count == RefreshPolicy.flightsAtOnce + 2)
    #expect(entries.passes.count == RefreshPolicy.flightsAtOnce)
    #expect(enter(gate).passes.isEmpty)
  }

  @Test("K29: a gate that is closed has room for no flight that sets out by itself")
  func noRoomWhenClosed() {
    let gate = gate()
    #expect(gate.room(beside: 0) == RefreshPolicy.flightsAtOnce)
    gate.close()
    #expect(gate.room(beside: 0) == 0)
  }

  @Test(
    "K19: a pause that the endpoint names, in either form, is kept by all its connections, forced or not, for a day at most",
    arguments: [
      ("7200", Duration.hours(2)), ("Mon, 23 Nov 2026 20:00:00 GMT", .hours(3)), ("999999999", .hours(23)),
    ], [429, 503])
  func namedPause(_ pause: (text: String, least: Duration), _ status: Int) async throws {
    let world = try await KeeperWorld()
    try await world.connect("one")
    try await world.connect("two", token: "r-two")
    world.provider.next(.body(status, "", retryAfter: pause.text))
    let refresher = world.refresher()
    _ = await refresher.refresh("one", .due())
    #expect(await refresher.refresh("two", .due()).text == "a1", "a living token serves on")
    let forced = await refresher.refresh("two", Flights.Request(seen: 1, forced: true))
    guard case .failure(.temporarily(_, let after)) = forced else { throw KeeperError.refused("\(forced)") }
    #expect(after > pause.least.components.seconds - 60 && after <= 86_400)
    #expect(world.provider.requests.count == 1)
    world.time.advance(by: .hours(25))
    #expect(await refresher.refresh("two", .due()).text != nil)
    #expect(world.provider.requests.count == 2)
  }

  @Test(
    "K19: whoever is turned away while a token endpoint rests is told its trouble as the connection is told that met it",
    arguments: [
      TokenEndpointAnswer.body(429, "", retryAfter: "7200"), .body(503, "down"), .notSent("no such host"),
      .noAnswer("cut"),
    ])
  func wordsOfARest(_ answer: TokenEndpointAnswer) async throws {
    let world = try await KeeperWorld()
    try await world.connect("one")
    try await world.connect("two", token: "r-two")
    world.provider.next(answer)
    let refresher = world.refresher()
    _ = await refresher.refresh("one", .due())
    let trouble = try #require(try await world.row("one").trouble)
    let other = await refresher.refresh("two", Flights.Request(seen: 1, forced: true))
    guard case .failure(.temporarily(let words, _)) = other else { throw KeeperError.refused("\(other)") }
    #expect(words == "two is not refreshed at present: \(trouble.words(world.entry.title)).")
  }
}
