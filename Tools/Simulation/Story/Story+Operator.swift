import Keeper
import OAuth
import Wire

/// What an operator does, rightly and wrongly, and what is done at the providers.
extension Story {
  func operating() async {
    while goesOn {
      await sleepUnlessCalm(share(0.3, 2))
      guard !isCalm, let (life, keeper) = world.dice.pick(world.living),
        let name = world.dice.pick(world.connections)
      else { continue }
      switch world.dice.number(0...9) {
      case 0, 1, 2: await trust(keeper)
      case 3: await pause(name, by: keeper)
      case 4: if world.happens(.rekey) { await rekey(keeper) }
      case 5: if world.happens(.disconnect, 0.6) { await disconnect(name, life, keeper) }
      case 6: if world.happens(.wrongSecret) { await mistypeSecret(name, by: keeper) }
      case 7: if world.happens(.disconnect, 0.6) { await disconnect(name, life, keeper) }
      default: break
      }
    }
  }

  /// Takes what is held or offered for the newest, without being sure.
  private func trust(_ keeper: Keeper) async {
    for name in world.connections {
      guard let status = try? await keeper.desk.status(name), status.state == .quarantined else { continue }
      let isOffered = world.dice.chance(0.5)
      let isRight = await world.custody.holdsNewest(name, offered: isOffered)
      guard isRight || world.happens(.wrongTrust, 0.5) else { continue }
      if !isRight { world.custody.waive(name, .word) }
      guard (try? await keeper.desk.trust(name, offered: isOffered)) != nil else { continue }
      world.figures.count(isRight ? (isOffered ? .trustOffered : .trustHeld) : .wrongTrust)
    }
  }

  private func pause(_ name: String, by keeper: Keeper) async {
    guard world.happens(.pause), (try? await keeper.desk.pause(name)) != nil else { return }
    world.figures.count(.pause)
    await sleepUnlessCalm(share(0.1, 2))
    try? await world.dice.pick(world.living)?.keeper.desk.resume(name)
  }

  /// A new key, and later the end of the old ones.
  private func rekey(_ keeper: Keeper) async {
    guard (try? await keeper.desk.rekey()) != nil else { return }
    world.figures.count(.rekey)
    await sleepUnlessCalm(share(0, 1))
    if let other = world.dice.pick(world.living)?.keeper, (try? await other.desk.rekey(finishing: true)) != nil {
      world.figures.count(.rekeyEnded)
    }
  }

  /// The grant is given up here; then a person approves, or another program's tokens are taken over.
  private func disconnect(_ name: String, _ life: Life, _ keeper: Keeper) async {
    world.custody.waive(name, .disconnect)
    guard (try? await keeper.desk.disconnect(name)) != nil else { return }
    world.figures.count(.disconnect)
    await sleepUnlessCalm(share(0, 1))
    guard let model = world.service(of: name) as? ModelService, world.happens(.takeOver, 0.9) else {
      return await approve(name)
    }
    await takeOver(name, at: model)
  }

  private func takeOver(_ name: String, at model: ModelService) async {
    guard let (grant, tokens) = model.approveElsewhere(name), let standing = await model.standing(of: tokens.refresh)
    else { return }
    let exchange = world.custody.exchange()
    world.custody.issued(tokens.refresh, standing, for: name, in: exchange)
    let isLate = world.happens(.lateTakeOver, 0.5)
    if isLate { _ = model.refreshElsewhere(tokens.refresh) }
    // Until the keeper has them the other program holds the grant; once it refreshes, what the keeper has is worth nothing.
    world.custody.waive(name, .elsewhere)
    await world.custody.arrived(nil, at: nil, by: exchange)
    for _ in 0..<5 where goesOn {
      guard let (_, keeper) = world.dice.pick(world.living) else {
        await sleep(.minutes(1))
        continue
      }
      do {
        _ = try await keeper.desk.takeOver(tokens, as: name, client: model.app.name)
        world.figures.count(isLate ? .lateTakeOver : .takeOver)
        break
      } catch { await sleep(.minutes(1)) }
    }
    if !isLate, world.custody.grant(of: name) == grant { world.custody.unwaive(name, .elsewhere) }
  }

  /// The secret is set wrongly, noticed, and put right.
  private func mistypeSecret(_ name: String, by keeper: Keeper) async {
    let app = world.service(of: name).app
    guard (try? await world.register(app, by: keeper, secret: Secret("mistyped"), replacing: true)) != nil else {
      return
    }
    world.figures.count(.wrongSecret)
    await sleepUnlessCalm(share(0.1, 1.2))
    while goesOn {
      if let other = world.dice.pick(world.living)?.keeper,
        (try? await world.register(app, by: other, replacing: true)) != nil
      {
        return world.figures.count(.secretPutBack)
      }
      await sleep(.minutes(1))
    }
  }

  // MARK: - At the providers

  func providing() async {
    while goesOn {
      await sleepUnlessCalm(share(0.5, 3))
      guard !isCalm, let name = world.dice.pick(world.connections) else { continue }
      switch world.dice.number(0...3) {
      case 0: if world.happens(.suspension) { await suspend() }
      case 1: if world.happens(.secretChangedThere) { await changeSecretThere(name) }
      default: if world.happens(.spentTokenShown) { await showSpentToken(name) }
      }
    }
  }

  private func suspend() async {
    guard let subject = world.dice.pick(IssuerService.Suspension.allCases) else { return }
    await attemptAtIssuer { try await self.world.issuer.suspend(subject, true) }
    world.figures.count(.suspension)
    world.suspended(true)
    await sleepUnlessCalm(share(0.05, 1))
    await attemptAtIssuer { try await self.world.issuer.suspend(subject, false) }
    world.suspended(false)
  }

  /// The issuer's store may fail; its operator tries again.
  private func attemptAtIssuer(_ work: () async throws -> Void) async {
    for _ in 0..<100 {
      if (try? await work()) != nil { return }
      await sleep(.seconds(10))
    }
  }

  private func changeSecretThere(_ name: String) async {
    guard let model = world.service(of: name) as? ModelService, let secret = model.app.secret else { return }
    let names = world.connections.filter { world.service(of: $0).app.name == model.app.name }
    world.figures.count(.secretChangedThere)
    world.truth.secretChanged(names, true)
    model.model.setClient(model.app.id, secret: Secret("another"))
    await sleepUnlessCalm(share(0.1, 1))
    model.model.setClient(model.app.id, secret: secret)
    // A flight may still be in the air.
    await sleep(.minutes(8))
    world.truth.secretChanged(names, false)
  }

  /// Somebody has an old copy of the tokens, and shows one.
  private func showSpentToken(_ name: String) async {
    guard name != World.keyed, world.service(of: name) is IssuerService,
      let token = await world.custody.spentToken(of: name), let secret = world.issuer.app.secret
    else { return }
    world.figures.count(.spentTokenShown)
    var fields = TokenRequest(.refreshToken(token, scope: nil, notAfter: nil)).fields
    let authorization = ClientAuthentication.basic(clientID: world.issuer.app.id, secret: secret).apply(to: &fields)
    await world.network.deliver(
      TokenEndpointRequest(
        url: world.issuer.tokenEndpoint, fields: fields, authorization: authorization, deadline: RefreshPolicy.deadline)
    )
  }
}
