import Keeper
import OAuth
import Store
import Synchronization
import TestKit

/// One run of a keeper's process: all that it does to the world passes through here, and stops here when it dies.
final class Life: Sendable {
  struct Killed: Error {}

  private struct State {
    var isDead = false
    var writes: Int64 = 0
    var keeper: Keeper?
  }

  let name: String
  private let world: World
  private let state = Mutex(State())

  init(_ name: String, in world: World) {
    self.name = name
    self.world = world
  }

  var isDead: Bool { state.withLock(\.isDead) }

  /// How often it has written; of its own writes a process is not told.
  var writes: Int64 { state.withLock(\.writes) }

  func countWrite() { state.withLock { $0.writes += 1 } }

  func begin(_ keeper: Keeper) { state.withLock { $0.keeper = keeper } }

  /// Ends the process where it stands: nothing that it still runs reaches the world.
  func kill() {
    let keeper = state.withLock { state -> Keeper? in
      guard !state.isDead else { return nil }
      state.isDead = true
      defer { state.keeper = nil }
      return state.keeper
    }
    guard let keeper else { return world.host.end(name) }
    world.figures.count(\.deaths)
    world.host.end(name)
    // What is left of it in this process runs against closed doors to its end.
    keeper.close()
  }

  func requireAlive() throws { if isDead { throw Killed() } }

  /// Lets others take their turns, and may hold this process up or end it.
  func pass() async throws {
    try requireAlive()
    await Task.yield()
    let weather = world.weather
    if world.dice.chance(weather.stalls) {
      let stall =
        world.dice.chance(0.2) ? world.dice.span(.seconds(30), .seconds(400)) : world.dice.span(.zero, .seconds(5))
      try? await world.time.clock.sleep(stall)
    }
    if world.dice.chance(weather.deaths) { kill() }
    try requireAlive()
  }

  /// Sleeps are longer than asked for, as on a busy machine: virtual days would take too many looks at the store otherwise.
  var clock: WallClock {
    var clock = world.time.clock
    clock.sleep = { [self] duration in
      try requireAlive()
      let isLook = duration <= .seconds(1)
      try await world.time.clock.sleep(isLook ? duration + world.dice.span(.zero, world.pace) : duration)
      try requireAlive()
    }
    return clock
  }
}

/// The shared store as one process reaches it.
struct ReachedStore: Database {
  let life: Life
  let world: World

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await life.pass()
    if world.dice.chance(world.weather.storeFails) { throw StoreError.unavailable("the disk is full") }
    life.countWrite()
    let result = try await world.store.write(act)
    // It is committed; who asked may never hear of it.
    try await life.pass()
    if world.dice.chance(world.weather.storeLies) { throw StoreError.unavailable("the disk failed at the last moment") }
    return result
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try life.requireAlive()
    if world.dice.chance(world.weather.storeFails) { throw StoreError.unavailable("the disk cannot be read") }
    let result = try await world.store.read(act)
    try await life.pass()
    return result
  }

  func changeMark() async throws -> Int64 {
    try life.requireAlive()
    if world.dice.chance(world.weather.storeFails) { throw StoreError.unavailable("the disk cannot be read") }
    return try await world.store.changeMark() - life.writes
  }
}

/// A disk as one process reaches it.
final class ReachedMedium: Medium {
  private let inner: MemoryMedium
  private let life: Life

  init(_ inner: MemoryMedium, _ life: Life) {
    self.inner = inner
    self.life = life
  }

  func read() throws -> [UInt8] {
    try life.requireAlive()
    return try inner.read()
  }

  func write(_ bytes: [UInt8], at offset: Int) throws {
    try life.requireAlive()
    try inner.write(bytes, at: offset)
  }

  func sync() async throws {
    try await life.pass()
    try await inner.sync()
    try await life.pass()
  }
}

struct ReachedJournals: Journals {
  let inner: any Journals
  let life: Life

  init(_ life: Life, _ host: MemoryHost) {
    self.life = life
    inner = host.journals(life.name) { ReachedMedium($0, life) }
  }

  func own() throws -> Journal {
    try life.requireAlive()
    return try inner.own()
  }

  func abandoned() throws -> [Journal] {
    try life.requireAlive()
    return try inner.abandoned()
  }

  func retire(_ journal: Journal) throws {
    try life.requireAlive()
    try inner.retire(journal)
  }

  func living() throws -> [String] {
    try life.requireAlive()
    return try inner.living()
  }

  func entries(of process: String) throws -> [Journal.Entry] {
    try life.requireAlive()
    return try inner.entries(of: process)
  }
}

struct ReachedWitness: Witness {
  let life: Life
  let world: World

  func read() throws -> WitnessReading {
    try life.requireAlive()
    if world.weather.witnessFails { throw StoreError.unavailable("the witness cannot be read") }
    return try world.host.witness.read()
  }

  func raise(to mark: WitnessMark) async throws {
    try await life.pass()
    if world.weather.witnessFails { throw StoreError.unavailable("the witness cannot be written") }
    try await world.host.witness.raise(to: mark)
    try await life.pass()
  }
}

/// The token endpoint as one process reaches it. What was sent before it died goes on without it.
struct ReachedEndpoint: TokenEndpoint {
  let life: Life
  let world: World

  func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    guard !life.isDead else { return .notSent("the process is dead") }
    return await world.network.post(request, by: life)
  }
}
