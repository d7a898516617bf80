import KeeperKit
import OAuth
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// K8 to K11: one refresh at a time, in a process and across processes.
struct FlightLawTests {
  /// Collects what callers are answered.
  final class Answers: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ result: Result<AccessToken, TokenUnavailable>) { texts.withLock { $0.append(result.text ?? "none") } }
  }

  /// Runs flights whose work waits until it is let go, one at a time.
  private func fly(
    _ body: (Flights, _ letGo: () -> Void, _ started: inout AsyncStream<Flights.Request>.Iterator) async -> Void
  ) async {
    let (started, starting) = AsyncStream<Flights.Request>.makeStream()
    let (gates, gate) = AsyncStream<Void>.makeStream()
    let gateIterator = SharedIterator(gates)
    let flights = Flights { _, request in
      starting.yield(request)
      await gateIterator.next()
      let text = "\(request.seen)\(request.forced ? " forced" : "")"
      return .success(
        AccessToken(
          secret: Secret(text), generation: request.seen + 1, epoch: 1, from: .init(seconds: 0),
          until: .init(seconds: 9)))
    }
    await withDiscardingTaskGroup { group in
      group.addTask { await flights.run() }
      var iterator = started.makeAsyncIterator()
      await body(flights, { gate.yield() }, &iterator)
      flights.close()
    }
  }

  private actor SharedIterator {
    private let next_: @Sendable () async -> Void
    init(_ stream: AsyncStream<Void>) {
      next_ = { for await _ in stream { return } }
    }
    func next() async { await next_() }
  }

  @Test("K8: callers who saw the same generation share one flight")
  func shared() async {
    let answers = Answers()
    await fly { flights, letGo, started in
      for _ in 0..<50 { flights.join("shop", .due(1)) { answers.add($0) } }
      _ = await started.next()
      letGo()
      await settle { answers.all.count == 50 }
    }
    #expect(answers.all == Array(repeating: "1", count: 50))
  }

  @Test("K8: a forced refresh does not join one that was not forced, and a newer generation has a flight of its own")
  func separate() async {
    let answers = Answers()
    await fly { flights, letGo, started in
      flights.join("shop", .due(1)) { answers.add($0) }
      _ = await started.next()
      flights.join("shop", Flights.Request(seen: 1, forced: true)) { answers.add($0) }
      flights.join("shop", .due(2)) { answers.add($0) }
      for _ in 0..<3 { letGo() }
      let second = await started.next()
      let third = await started.next()
      #expect(second == Flights.Request(seen: 1, forced: true))
      #expect(third == .due(2))
      await settle { answers.all.count == 3 }
    }
    #expect(answers.all == ["1", "1 forced", "2"])
  }

  @Test("K8: what is in the air lands before a stop ends, and nothing new starts")
  func drains() async {
    let answers = Answers()
    await fly { flights, letGo, started in
      flights.join("shop", .due(1)) { answers.add($0) }
      _ = await started.next()
      flights.close()
      flights.join("shop", .due(7)) { answers.add($0) }
      letGo()
    }
    #expect(answers.all == ["none", "1"])
  }

  @Test("K9: of two processes one gets the lease, and a lease that ran out with an intent on record is not free")
  func lease() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    _ = try #require(try await world.claim("p1"))
    guard case .held(_, let lease) = try await world.store("p2").claim("shop", seen: 1, forced: false) else {
      throw KeeperError.refused("both have it")
    }
    #expect(lease.holder == "p1")
    world.time.advance(by: .seconds(181))
    guard
      case .resting(_, let until) = try await world.store("p2").claim("shop", seen: 1, forced: false, settled: "p1")
    else {
      throw KeeperError.refused("the fate of the presented token is unknown, yet it was taken for free")
    }
    #expect(until == (try await world.row().access?.until))
  }

  @Test("K9: a lease counts on a clock that wall time does not move, and does not outlive a restart of the machine")
  func leaseClock() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    _ = try #require(try await world.claim("p1"))
    world.time.stepWall(by: .hours(2))
    guard case .held = try await world.store("p2").claim("shop", seen: 1, forced: false) else {
      throw KeeperError.refused("a step of the wall clock ended a lease")
    }
    world.time.reboot()
    #expect(try await world.claim("p2") != nil)
  }

  @Test("K9: a flight with less than twice its deadline left on the lease is not sent")
  func tooLate() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    // The store answers the claim a hundred seconds late.
    let slow = SlowDatabase(world.database) { world.time.advance(by: .seconds(100)) }
    let store = GrantStore(
      database: slow, ring: world.ring, providers: ProviderCatalogue([world.entry]), clock: world.clock,
      random: .seeded(1),
      process: "p1", marks: StoreMarks(witness: world.host.witness, logger: .silent))
    let refresher = world.refresher(store)
    _ = await refresher.refresh("shop", .due())
    #expect(world.provider.requests.isEmpty)
    #expect(try await world.row().intent == nil)
  }

  @Test("K10: no transaction is open while the provider is asked")
  func noTransactionAcrossTheNetwork() async throws {
    let folder = try TemporaryFolder()
    let database = try SQLite(path: folder.path + "/keeper.sqlite")
    let world = try await KeeperWorld(database: database)
    try await world.connect()
    let other = try SQLite(path: folder.path + "/keeper.sqlite")
    world.provider.next { _ in
      do {
        try await other.write { try $0.execute("UPDATE clients SET redirect_uri = 'http://127.0.0.1/other'") }
        return .tokens(access: "a2", refresh: "r2")
      } catch {
        return .noAnswer("the database was locked: \(error)")
      }
    }
    world.time.advance(by: .hours(25))
    let keeper = world.keeper()
    try await world.running(keeper) {
      let token = try await keeper.token(for: "shop")
      #expect(token.secret.exposed == "a2")
    }
  }

  @Test("K11: who cannot get the lease waits, and takes what the other lands")
  func waits() async throws {
    let world = try await KeeperWorld()
    try await world.connect(lifetime: 60)
    world.time.advance(by: .seconds(61))
    let claim = try #require(try await world.claim("p1"))
    var clock = world.clock
    let landed = Mutex(false)
    clock.sleep = { duration in
      world.time.advance(by: duration)
      guard
        !landed.withLock({ value in
          defer { value = true }; return value
        })
      else { return }
      let tokens = TokenResponse(accessToken: Secret("a-of-p1"), expiresIn: 60, refreshToken: Secret("r-of-p1"))
      _ = try await world.store("p1").land(tokens, of: claim, sentAt: world.time.now, clockSkew: .zero)
    }
    let refresher = world.refresher(world.store("p2"), clock: clock)
    #expect(await refresher.refresh("shop", .due()).text == "a-of-p1")
    #expect(world.provider.requests.isEmpty)
  }

  @Test("K11: who waits in vain gives up without presenting anything")
  func waitsInVain() async throws {
    let world = try await KeeperWorld()
    try await world.connect(lifetime: 60)
    world.time.advance(by: .seconds(61))
    _ = try #require(try await world.claim("p1"))
    guard case .failure(.temporarily(_, let after)) = await world.refresher("p2").refresh("shop", .due()) else {
      throw KeeperError.refused("got a token from nowhere")
    }
    #expect(after > 60)
    #expect(world.provider.requests.isEmpty)
  }

  private func settle(_ isDone: () -> Bool) async {
    while !isDone() { await Task.yield() }
  }
}
