import Keeper
import OAuth
import Store
import TestKit
import Wire

/// Weather, and what is done to processes, clocks and stores.
extension Story {
  /// An older state of the folder.
  private struct Backup: Sendable {
    var store: SQLite
    var beside: MemoryHost.Beside
    var keys: Secret
  }

  private func backUp() -> Backup? {
    guard let store = try? world.store.backup(), let keys = try? world.keys.read() else { return nil }
    return Backup(store: store, beside: world.host.beside, keys: keys)
  }

  func damage() async {
    var backup = backUp()
    for _ in 0..<world.dice.number(3...7) {
      world.weather = .drawn(world.dice)
      await sleep(share(0.1, 1.3))
      switch world.dice.number(0...13) {
      case 0: await world.dice.pick(world.living)?.life.die()
      case 1: stop()
      case 2, 3: stepClock()
      case 4: if world.happens(.reboot, 0.5) { await reboot() }
      case 5: backup = backUp()
      case 6, 7, 8: if let backup { await restore(backup) }
      case 9: if world.happens(.commitsLost) { await loseCommits() }
      case 10: if world.happens(.witnessLost, 0.5) { loseWitness() }
      default: break
      }
    }
  }

  private func stop() {
    guard world.happens(.stop), let keeper = world.dice.pick(world.living)?.keeper else { return }
    world.figures.count(.stop)
    keeper.close()
  }

  private func stepClock() {
    guard world.happens(.clockStep) else { return }
    world.figures.count(.clockStep)
    let step = world.dice.span(.zero, world.dice.chance(0.5) ? .seconds(90) : .hours(3))
    world.time.stepWall(by: world.dice.chance(0.5) ? step : .zero - step)
  }

  private func loseWitness() {
    world.figures.count(.witnessLost)
    world.truth.witnessLost()
    world.host.loseWitness()
  }

  private func endAll() async { for (life, _) in world.running { await life.die() } }

  private func reboot() async {
    world.figures.count(.reboot)
    await endAll()
    world.time.reboot()
  }

  // MARK: - Old states

  private func restore(_ backup: Backup) async {
    let kinds: [Incident] = [.hotRestore, .coldRestore, .unannouncedRestore, .folderRestore]
    guard let kind = world.dice.pick(kinds), world.happens(kind, 0.6) else { return }
    world.figures.count(kind)
    if kind != .hotRestore { await endAll() }
    await attempt {
      // A key that was dropped since is still in the operator's safe.
      try world.keys.replace { KeyShelf.joined($0, backup.keys) }
      try world.store.restore(backup.store)
      if kind == .folderRestore { world.host.putBack(backup.beside) }
      try await world.truth.restored(try await cause(of: kind), journals: journals())
      if kind == .coldRestore {
        let life = Life("restore\(world.dice.number(0...1_000_000))", in: world)
        _ = try await world.grants(life).quarantineRotating(.restored(backup: "keeper.backup"))
      }
    }
  }

  /// The machine loses its power, and the disk has promised more than it kept.
  private func loseCommits() async {
    guard let backup = backUp() else { return }
    await sleep(share(0.02, 0.5))
    world.figures.count(.commitsLost)
    await endAll()
    await attempt {
      try world.keys.replace { KeyShelf.joined($0, backup.keys) }
      try world.store.restore(backup.store)
      try await world.truth.restored(try await cause(of: .commitsLost), journals: journals())
    }
  }

  /// Whether anything can tell: the command says so, or what is kept beside the store or outside its folder knows of more.
  private func cause(of kind: Incident) async throws -> Custody.Cause {
    if kind == .coldRestore { return .restore }
    let store = try await world.store.read { db in
      try db.row("SELECT store, landings FROM store_state WHERE id = 1").map {
        WitnessMark(store: try $0["store"], landings: try $0["landings"])
      }
    }
    guard let store else { return .restore }
    if let outside = world.host.outerMark(of: store.store), outside.landings > store.landings { return .restore }
    switch try world.host.witness.read() {
    case .mark(let mark): return mark.landings > store.landings ? .restore : .untold
    case .missing, .damaged: return .restore
    }
  }

  private func journals() -> [String: Set<[UInt8]>] {
    world.host.media.mapValues { Set(world.answers(in: $0).map(\.fingerprint)) }
  }
}

/// Key files of several times, in one.
private enum KeyShelf {
  static func joined(_ now: Secret, _ then: Secret) -> Secret {
    let lines = now.exposed.split(separator: "\n"), older = then.exposed.split(separator: "\n")
    return Secret((older.filter { !lines.contains($0) } + lines).joined(separator: "\n") + "\n")
  }
}
