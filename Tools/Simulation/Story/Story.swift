import Keeper
import Synchronization
import Wire

/// What happens in one simulation: keepers that come and go, jobs that call, a person who takes back and approves again, an
/// operator, and whoever does the damage; then an hour of calm.
final class Story: Sendable {
  let world: World
  private let isOver = Mutex(false)
  private let calmness = Mutex(false)

  init(_ world: World) { self.world = world }

  func run() async {
    await withDiscardingTaskGroup { group in
      for slot in ["a", "b"] { group.addTask { await self.keepers(slot) } }
      for _ in 0..<2 { group.addTask { await self.job() } }
      group.addTask { await self.person() }
      group.addTask { await self.operating() }
      group.addTask { await self.providing() }
      group.addTask { await self.strays() }
      await self.damage()
      self.calmness.withLock { $0 = true }
      await self.calm()
      await self.attempt { try await self.world.truth.judgeTheEnd() }
      self.isOver.withLock { $0 = true }
      for (_, keeper) in self.world.living { keeper.close() }
    }
  }

  var goesOn: Bool { !isOver.withLock { $0 } }
  var isCalm: Bool { calmness.withLock { $0 } }

  func sleep(_ duration: Duration) async { try? await world.time.clock.sleep(duration) }

  /// Sleeps, in the last hour a few minutes at most.
  func sleepUnlessCalm(_ duration: Duration) async {
    var left = duration, slept = Duration.zero
    while left > .zero, goesOn, !(isCalm && slept >= .minutes(3)) {
      let slice = min(left, .minutes(3))
      await sleep(slice)
      left -= slice
      slept += slice
    }
  }

  /// A part of the time that an access token lives.
  func share(_ least: Double, _ most: Double) -> Duration {
    let life = Double(world.lifetime.milliseconds)
    return world.dice.span(.milliseconds(Int64(life * least)), .milliseconds(Int64(life * most)))
  }

  func attempt(_ work: () async throws -> Void) async {
    do { try await work() } catch { world.truth.violated("simulation", "\(error)") }
  }

  // MARK: - Processes

  private func keepers(_ slot: String) async {
    var count = 0
    while goesOn {
      count += 1
      let life = Life("\(slot)\(count)", in: world)
      let keeper: Keeper
      do {
        keeper = try world.keeper(life)
        try await keeper.start()
      } catch {
        await life.die()
        world.left(life)
        await sleep(world.dice.span(.seconds(1), .minutes(2)))
        continue
      }
      world.started(life)
      if !goesOn { keeper.close() }
      await keeper.run()
      await life.die()
      world.left(life)
      if goesOn { await sleep(isCalm ? .seconds(1) : share(0.002, 0.1)) }
    }
  }

  // MARK: - Jobs

  private func job() async {
    while goesOn {
      await sleepUnlessCalm(share(0.05, 0.6))
      guard let (life, keeper) = world.dice.pick(world.living), let connection = world.dice.pick(world.called)
      else { continue }
      await call(connection, life, keeper)
    }
  }

  private func call(_ connection: String, _ life: Life, _ keeper: Keeper) async {
    world.figures.count(\.calls)
    let token: AccessToken
    if let fresh = keeper.freshToken(for: connection) {
      token = fresh
    } else {
      do throws(TokenUnavailable) { token = try await keeper.token(for: connection) } catch {
        return await world.truth.refused(error, for: connection, by: life)
      }
    }
    world.truth.handedOut(token, for: connection)
    guard connection != World.keyed, await world.service(of: connection).call(token.secret) == false else { return }
    let answer = await withCheckedContinuation { continuation in
      keeper.token(for: connection, replacing: token) { continuation.resume(returning: $0) }
    }
    if case .success(let next) = answer { world.truth.handedOut(next, for: connection) }
  }

  // MARK: - People

  private func person() async {
    while goesOn {
      await sleepUnlessCalm(share(1, 6))
      guard !isCalm, let connection = world.dice.pick(world.connections) else { continue }
      if world.dice.chance(0.7) {
        try? await world.revoke(connection)
        await sleep(share(0, 2))
      }
      await approve(connection)
    }
  }

  /// Tries as often as a person would.
  func approve(_ connection: String) async {
    for _ in 0..<10 where goesOn {
      if let (life, keeper) = world.dice.pick(world.living) {
        do { return try await world.approve(connection, by: keeper, life) } catch {}
        // A store that came back may have a secret that was put right since: the operator sets it as the words say.
        if isCalm { try? await world.register(world.service(of: connection).app, by: keeper, replacing: true) }
      }
      await sleep(.minutes(1))
    }
  }

  private func strays() async {
    while goesOn {
      await sleep(.minutes(1))
      await world.network.deliverStrays()
    }
  }
}
