import Synchronization
import Wire

/// Starts the refreshes that are due, as many at a time as each token endpoint has room for (K16, K19): one that ends makes
/// room for the next.
final class DueFlights: Sendable {
  private struct State {
    /// By token endpoint.
    var underWay: [String: Int] = [:]
    /// Connections that are still due after a flight, such as those whose key is missing.
    var fruitless: [String: Fruitless] = [:]
  }

  private struct Fruitless {
    var times: Int64
    var until: Uptime
  }

  private let snapshot: Snapshot
  private let flights: Flights
  private let gates: EndpointGates
  private let clock: WallClock
  private let random: Randomness
  private let isStopping: @Sendable () -> Bool
  private let state = Mutex(State())

  init(
    snapshot: Snapshot, flights: Flights, gates: EndpointGates, clock: WallClock, random: Randomness,
    isStopping: @escaping @Sendable () -> Bool
  ) {
    self.snapshot = snapshot
    self.flights = flights
    self.gates = gates
    self.clock = clock
    self.random = random
    self.isStopping = isStopping
  }

  /// Starts what is due and has room.
  func start() {
    let now = clock.now()
    for line in snapshot.dueLines where line.at <= now {
      while !isStopping(), takeRoom(line.endpoint) {
        guard let cached = snapshot.takeDue(line.endpoint, at: now) else {
          giveRoom(line.endpoint)
          break
        }
        if let pause = pause(before: cached.name) {
          giveRoom(line.endpoint)
          snapshot.putOff(cached.name, until: now + pause)
          continue
        }
        flights.join(cached.name, Flights.Request(seen: cached.generation, forced: false)) { _ in
          self.ended(cached.name, line.endpoint)
        }
      }
    }
  }

  /// When something may be due next; a flight that ends looks for itself.
  var next: Timestamp? {
    let now = clock.now()
    return snapshot.dueLines.compactMap { line -> Timestamp? in
      let gate = gates[line.endpoint], rest = gate.rest
      if rest > .zero { return max(line.at, now + rest) }
      return gate.room(beside: underWay(line.endpoint)) > 0 ? line.at : nil
    }.min()
  }

  private func underWay(_ endpoint: String) -> Int { state.withLock { $0.underWay[endpoint] ?? 0 } }

  private func takeRoom(_ endpoint: String) -> Bool {
    let gate = gates[endpoint]
    return state.withLock { state in
      let count = state.underWay[endpoint] ?? 0
      guard gate.room(beside: count) > 0 else { return false }
      state.underWay[endpoint] = count + 1
      return true
    }
  }

  private func giveRoom(_ endpoint: String) {
    state.withLock { $0.underWay[endpoint] = ($0.underWay[endpoint] ?? 1) - 1 }
  }

  /// How long a connection is not looked at although it is due.
  private func pause(before name: String) -> Duration? {
    if flights.isFlying(name) { return .seconds(1) }
    let now = clock.uptime()
    return state.withLock { state in
      state.fruitless[name].map { $0.until - now }.flatMap { $0 > .zero ? $0 : nil }
    }
  }

  private func ended(_ name: String, _ endpoint: String) {
    let now = clock.now()
    if let due = snapshot[name]?.dueAt, due <= now {
      if gates[endpoint].rest == .zero { noteFruitless(name) }
      // Its place in line is gone, and it has a new one only if the flight has published a newer state.
      snapshot.putOff(name, until: now)
    } else {
      _ = state.withLock { $0.fruitless.removeValue(forKey: name) }
    }
    giveRoom(endpoint)
    start()
  }

  private func noteFruitless(_ name: String) {
    let now = clock.uptime(), fraction = random.fraction()
    state.withLock { state in
      let times = (state.fruitless[name]?.times ?? 0) + 1
      let pause = RefreshPolicy.pause(afterFailures: times, fraction: fraction)
      state.fruitless[name] = Fruitless(times: times, until: now + pause)
    }
  }
}
