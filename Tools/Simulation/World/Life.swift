import Keeper
import Synchronization
import Wire

/// One run of a keeper's process: all that it does to the world passes through here, and stops here when it dies.
final class Life: Sendable {
  struct Killed: Error {}

  private struct State {
    var isDead = false
    var writes: Int64 = 0
    var keeper: Keeper?
  }

  let name: String
  let world: World
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
    // A write that was under way may have reached the disk in part.
    let share = world.dice.chance(0.3) ? Double(world.dice.number(1...99)) / 100 : 0
    if world.host.end(name, tearing: share) { world.figures.count(.journalTorn) }
    guard let keeper else { return }
    world.figures.count(.death)
    // What is left of it in this process runs against closed doors to its end.
    keeper.close()
  }

  /// Ends the process, and has it noted what was lost with it.
  func die() async {
    kill()
    await world.custody.died(self)
  }

  func requireAlive() throws { if isDead { throw Killed() } }

  /// Lets others take their turns, and may hold this process up or end it.
  func pass() async throws {
    try requireAlive()
    await Task.yield()
    let weather = world.weather
    if world.dice.chance(weather.stalls) {
      let stall =
        world.dice.chance(0.25) ? world.dice.span(.seconds(30), .seconds(400)) : world.dice.span(.zero, .seconds(5))
      try? await world.time.clock.sleep(stall)
    }
    if world.dice.chance(weather.deaths) { await die() }
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
