import Keeper
import Wire

/// The faults stop, an operator and a person do what `status` asks of them, and an hour later all must be well.
extension Story {
  func calm() async {
    world.weather = .calm
    world.time.setWallRight()
    await sleep(.minutes(32))
    await attempt {
      for service in world.services { try await putRight(service.app) }
      for name in world.connections { try await putRight(name) }
    }
    await sleep(.minutes(8))
    // What is refreshed again may show that its app is refused.
    await attempt { for service in world.services { try await putRight(service.app) } }
    await sleep(.minutes(20))
  }

  private func putRight(_ app: App) async throws {
    let row = try await world.store.read { try $0.row("SELECT stopped FROM clients WHERE name = $1", app.name) }
    guard try row?["stopped"] as String? != nil, let keeper = world.dice.pick(world.living)?.keeper else { return }
    try await world.register(app, by: keeper, replacing: true)
  }

  private func putRight(_ name: String) async throws {
    guard let row = try await world.store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", name) }),
      let keeper = world.dice.pick(world.living)?.keeper
    else { return await approve(name) }
    try await keeper.desk.resume(name)
    if try row["quarantine"] as String? != nil {
      for isOffered in [true, false] where await world.custody.holdsNewest(name, offered: isOffered) {
        // What is offered may be no newer than what is held.
        guard (try? await keeper.desk.trust(name, offered: isOffered)) != nil else { continue }
        world.figures.count(isOffered ? .trustOffered : .trustHeld)
        // What was refused before it was set apart needs its person all the same.
        let rowState: String = try row["state"]
        if rowState == "active" { return }
        break
      }
      return await approve(name)
    }
    let rowState: String = try row["state"], until: Timestamp? = try row["access_until"]
    let isHopeless = world.custody.loss(of: name) != nil && (until.map { $0 < world.time.now + .minutes(40) } ?? true)
    if rowState == "needs_approval" || rowState == "active" && isHopeless { await approve(name) }
  }
}
