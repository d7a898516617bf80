import KeeperKit
import OAuth
import Operator
import Synchronization
import Testing

@testable import Keeper
@testable import Wire

/// Which of the refreshes that are due are begun, and when the next may be (K16, K19, K29).
struct DueFlightsTests {
  /// The connections whose flights were begun.
  private final class Begun: Sendable {
    private let list = Mutex<[String]>([])
    var names: [String] { list.withLock { $0 } }
    func note(_ name: String) { list.withLock { $0.append(name) } }
  }

  /// What starts the refreshes of a world as its store has it now.
  private func due(in world: KeeperWorld, _ flights: Flights, isStopping: Bool = false) async throws -> DueFlights {
    let snapshot = Snapshot(), clock = world.time.clock
    try await world.store().follow(into: snapshot)
    return DueFlights(
      snapshot: snapshot, flights: flights, gates: EndpointGates(clock: clock, random: .seeded(1)), clock: clock,
      random: .seeded(1), isStopping: { isStopping })
  }

  @Test("K19: so many of the refreshes that are due are begun at once, and each that ends makes room for the next")
  func room() async throws {
    let world = try await KeeperWorld(), names = (10..<30).map { "shop-\($0)" }
    for name in names { try await world.connect(name, token: "r-\(name)") }
    world.time.advance(by: .hours(25))
    let begun = Begun(), loop = Loop()
    let flights = Flights { name, _ in
      begun.note(name)
      return .failure(.notStale)
    }
    try await due(in: world, flights).start()
    #expect(names.filter(flights.isFlying).count == RefreshPolicy.flightsAtOnce)
    let flying = Task(executorPreference: loop) { await flights.run() }
    loop.runUntilIdle()
    #expect(begun.names.sorted() == names, "each of them once")
    flights.close()
    loop.runUntilIdle()
    await flying.value
  }

  @Test("K29: what is due is begun, unless the keeper is told to stop", arguments: [false, true])
  func stopping(_ isStopping: Bool) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.time.advance(by: .hours(25))
    let flights = Flights { _, _ in .failure(.notStale) }
    try await due(in: world, flights, isStopping: isStopping).start()
    #expect(flights.isFlying("shop") != isStopping)
  }

  @Test("K16: of several token endpoints the one with the earliest refresh says when to look again")
  func earliestEndpoint() async throws {
    let world = try await KeeperWorld()
    try await world.connect("slow")
    try await world.keeper().desk.addClient(
      "second", provider: world.entry.name, baseURL: "http://127.0.0.1:8", clientID: "id", secret: Secret("s"),
      redirectURI: nil, replacing: false)
    try await world.connect("quick", token: "q1", lifetime: 3600, client: "second")
    let access = try #require(try await world.row("quick").access)
    let flights = Flights { _, _ in .failure(.notStale) }
    let next = try await due(in: world, flights).next
    #expect(next == RefreshPolicy.due("quick", from: access.from, until: access.until))
  }
}
