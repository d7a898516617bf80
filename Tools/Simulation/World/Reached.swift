import Keeper
import OAuth
import Store
import TestKit
import Wire

/// Why a transaction that was rolled back was.
private struct Aborted: Error {}

/// The shared store as one process reaches it.
struct ReachedStore: Database {
  let life: Life
  let world: World

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await life.pass()
    if world.dice.chance(world.weather.storeWaits) { try await wait() }
    if world.dice.chance(world.weather.storeFails) { throw failure("the disk is full") }
    if world.dice.chance(world.weather.storeAborts) { await abort(act) }
    life.countWrite()
    let result = try await world.store.write(act)
    // It is committed; who asked may never hear of it.
    try await life.pass()
    if world.dice.chance(world.weather.storeLies) {
      world.figures.count(.storeLies)
      throw StoreError.unavailable("the disk failed at the last moment")
    }
    return result
  }

  /// Others write, for longer than one waits at most, now and then.
  private func wait() async throws {
    world.figures.count(.storeWaits)
    let wait = world.dice.span(.zero, .seconds(12))
    try? await world.time.clock.sleep(min(wait, .seconds(10)))
    try life.requireAlive()
    if wait > .seconds(10) { throw StoreError.unavailable("database is locked") }
  }

  /// Another act ends the transaction that this one was part of: it is rolled back, and runs again alone.
  private func abort<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async {
    world.figures.count(.groupAborted)
    try? await world.store.writeNothing { db in
      _ = try act(db)
      throw Aborted()
    }
  }

  private func failure(_ words: String) -> StoreError {
    world.figures.count(.storeFails)
    return .unavailable(words)
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try life.requireAlive()
    if world.dice.chance(world.weather.storeFails) { throw failure("the disk cannot be read") }
    let result = try await world.store.read(act)
    try await life.pass()
    return result
  }

  func changeMark() async throws -> Int64 {
    try life.requireAlive()
    if world.dice.chance(world.weather.storeFails) { throw failure("the disk cannot be read") }
    return try await world.store.changeMark() - life.writes
  }
}

/// A disk as one process reaches it.
final class ReachedMedium: Medium {
  private let inner: MemoryMedium
  private let life: Life
  private let world: World

  init(_ inner: MemoryMedium, _ life: Life, _ world: World) {
    self.inner = inner
    self.life = life
    self.world = world
  }

  func read() throws -> [UInt8] {
    try life.requireAlive()
    return try inner.read()
  }

  func write(_ bytes: [UInt8], at offset: Int) throws {
    try life.requireAlive()
    do { try inner.write(bytes, at: offset) } catch {
      world.figures.count(.journalFails)
      world.custody.failed(inner.process)
      throw error
    }
    // No answer is that short: a slot was given back.
    if bytes.count < 32 { world.custody.released(world.answers(in: inner), of: inner.process) }
  }

  func sync() async throws {
    try await life.pass()
    do { try await inner.sync() } catch {
      world.custody.failed(inner.process)
      throw error
    }
    await world.custody.journaled(world.answers(in: inner), by: inner.process)
    try await life.pass()
  }
}

struct ReachedJournals: Journals {
  let inner: any Journals
  let life: Life

  init(_ life: Life, _ world: World) {
    self.life = life
    inner = world.host.journals(life.name) { ReachedMedium($0, life, world) }
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
    life.world.custody.released([], of: journal.process)
  }

  func sync() async throws {
    try life.requireAlive()
    try await inner.sync()
  }

  func living() throws -> [String] {
    try life.requireAlive()
    return try inner.living()
  }

  func processes() throws -> [String] {
    try life.requireAlive()
    return try inner.processes()
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
    if world.weather.witnessFails { throw failure("read") }
    return try world.host.witness.read()
  }

  func raise(to mark: WitnessMark) async throws {
    try await life.pass()
    if world.weather.witnessFails { throw failure("written") }
    try await world.host.witness.raise(to: mark)
    try await life.pass()
  }

  private func failure(_ words: String) -> StoreError {
    world.figures.count(.witnessFails)
    return .unavailable("the witness cannot be \(words)")
  }
}

/// A provider's API as one process reaches it.
struct ReachedAPI: Upstream {
  let life: Life
  let world: World
  let origin: Origin
  let token: Secret

  func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    try await life.pass()
    if world.weather.isEndpointDown || world.dice.chance(world.weather.networkFails) {
      throw StoreError.unavailable("the provider cannot be reached")
    }
    if token == World.key { return UpstreamResponse(status: 200, body: Array(#"{"email":"ann@acme.example"}"#.utf8)) }
    guard let service = world.services.first(where: { Origin($0.origin) == origin }) else {
      throw StoreError.unavailable("there is no such host")
    }
    return await service.ask(request, token)
  }
}

/// The token endpoints as one process reaches them. What was sent before it died goes on without it.
struct ReachedEndpoint: TokenEndpoint {
  let life: Life
  let world: World

  func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    guard !life.isDead else { return .notSent("the process is dead") }
    let answer = await world.network.post(request, by: life)
    if world.dice.chance(world.weather.slowAnswers) {
      try? await world.time.clock.sleep(world.dice.span(.seconds(150), .minutes(15)))
    }
    return answer
  }
}
