import Issuer
import Keeper
import OAuth
import Store
import Synchronization
import TestKit

/// What happens in one simulation: keepers that come and go, jobs that call, a person who takes back and approves again, and
/// whoever does the damage; then an hour of calm.
final class Story: Sendable {
  private let world: World
  private let isOver = Mutex(false)
  private let isCalm = Mutex(false)

  init(_ world: World) { self.world = world }

  func run() async {
    await withDiscardingTaskGroup { group in
      for slot in ["a", "b"] { group.addTask { await self.keepers(slot) } }
      for _ in 0..<2 { group.addTask { await self.job() } }
      group.addTask { await self.person() }
      group.addTask { await self.strays() }
      await self.damage()
      await self.calm()
      await self.attempt { try await self.world.truth.judgeTheEnd() }
      self.isOver.withLock { $0 = true }
      for (_, keeper) in self.world.living { keeper.close() }
    }
  }

  private func sleep(_ duration: Duration) async { try? await world.time.clock.sleep(duration) }

  /// Sleeps, in the last hour a few minutes at most.
  private func sleepUnlessCalm(_ duration: Duration) async {
    var left = duration, slept = Duration.zero
    while left > .zero, goesOn, !(isCalm.withLock { $0 } && slept >= .minutes(3)) {
      let slice = min(left, .minutes(3))
      await sleep(slice)
      left -= slice
      slept += slice
    }
  }

  /// A part of the time that an access token lives.
  private func share(_ least: Double, _ most: Double) -> Duration {
    let life = Double(world.lifetime.milliseconds)
    return world.dice.span(.milliseconds(Int64(life * least)), .milliseconds(Int64(life * most)))
  }

  private var goesOn: Bool { !isOver.withLock { $0 } }

  private func attempt(_ work: () async throws -> Void) async {
    do { try await work() } catch { world.truth.violated("simulation", "\(error)") }
  }

  // MARK: - Processes

  private func keepers(_ slot: String) async {
    var count = 0
    while goesOn {
      count += 1
      let life = Life("\(slot)\(count)", in: world)
      let keeper = world.keeper(life)
      do { try await keeper.start() } catch {
        life.kill()
        await sleep(world.dice.span(.seconds(1), .seconds(30)))
        continue
      }
      world.arrived(life, keeper)
      if !goesOn { keeper.close() }
      await keeper.run()
      world.left(life)
      life.kill()
      if goesOn { await sleep(isCalm.withLock { $0 } ? .seconds(1) : world.dice.span(.seconds(1), .minutes(5))) }
    }
  }

  // MARK: - Jobs

  private func job() async {
    while goesOn {
      await sleepUnlessCalm(share(0.01, 0.3))
      guard let (life, keeper) = world.dice.pick(world.living), let connection = world.dice.pick(world.connections)
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
    do throws(AccessRefusal) { _ = try await world.issuer.authenticate(token.secret) } catch {
      if case .unavailable = error { return }
      let answer = await withCheckedContinuation { continuation in
        keeper.token(for: connection, replacing: token) { continuation.resume(returning: $0) }
      }
      if case .success(let next) = answer { world.truth.handedOut(next, for: connection) }
    }
  }

  // MARK: - People

  private func person() async {
    while goesOn {
      await sleep(share(1, 6))
      guard !isCalm.withLock({ $0 }), let connection = world.dice.pick(world.connections) else { continue }
      if world.dice.chance(0.7) {
        try? await world.revoke(connection)
        await sleep(share(0, 2))
      }
      await approve(connection)
    }
  }

  /// Tries as often as a person would.
  private func approve(_ connection: String) async {
    for _ in 0..<10 where goesOn {
      if let (_, keeper) = world.dice.pick(world.living) {
        do { return try await world.approve(connection, by: keeper) } catch {}
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

  // MARK: - Damage

  private func damage() async {
    var backup = try? world.store.backup()
    for _ in 0..<world.dice.number(6...14) {
      world.weather = .drawn(world.dice)
      await sleep(share(0.1, 1.5))
      switch world.dice.number(0...11) {
      case 0, 1: world.dice.pick(world.living)?.life.kill()
      case 2: world.dice.pick(world.living)?.keeper.close()
      case 3: stepClock()
      case 4: if world.dice.chance(0.4) { reboot() }
      case 5: backup = try? world.store.backup()
      case 6: if world.dice.chance(0.5), let backup { await restore(backup) }
      case 7:
        if world.dice.chance(0.3) {
          world.truth.witnessLost()
          world.host.loseWitness()
        }
      default: break
      }
    }
  }

  private func stepClock() {
    world.figures.count(\.clockSteps)
    let step = world.dice.span(.zero, world.dice.chance(0.5) ? .seconds(90) : .hours(3))
    world.time.stepWall(by: world.dice.chance(0.5) ? step : .zero - step)
  }

  private func reboot() {
    for (life, _) in world.living { life.kill() }
    world.time.reboot()
  }

  /// Brings an old state of the store back: under running keepers, or while all are stopped, as the command does it.
  private func restore(_ backup: SQLite) async {
    world.figures.count(\.restores)
    let isCold = world.dice.chance(0.5)
    if isCold { for (life, _) in world.living { life.kill() } }
    world.truth.restored()
    do { try world.store.restore(backup) } catch { return world.truth.violated("simulation", "\(error)") }
    guard isCold else { return }
    await attempt {
      let life = Life("restore\(world.dice.number(0...1_000_000))", in: world)
      _ = try await world.grants(life).quarantineRotating(reason: "the database was restored from a backup")
    }
  }

  /// The faults stop; an hour later all must be well.
  private func calm() async {
    world.weather = .calm
    world.time.setWallRight()
    isCalm.withLock { $0 = true }
    await sleep(.minutes(30))
    // An operator sees who needs a person, and the person comes.
    await attempt {
      for name in world.connections {
        guard let row = try await world.store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", name) })
        else { continue }
        let isStuck = try row["quarantine"] as String? != nil
        if isStuck, world.truth.isQuarantinedForNothing {
          world.truth.violated("K28", "\(name) is quarantined for nothing: \(try row["quarantine"] as String? ?? "")")
        }
        if isStuck { await approve(name) }
      }
    }
    await sleep(.minutes(30))
  }
}
