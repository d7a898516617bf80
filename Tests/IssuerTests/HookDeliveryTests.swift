import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct HookDeliveryTests {
  @Test("a receiver that fails is told the same again, later each time, and given up after a day; its user is told")
  func failing() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    world.receivers.answer(HookWorld.url, 302)
    let ann = try await world.add()
    let began = world.world.time.now
    var attempts: [Duration] = []
    while try await world.read(hook).status == .verified, attempts.count < 100 {
      try await world.sendDue()
      if !world.receivers.takeTold().allSatisfy({ $0.ids == [ann] && $0.id.hasPrefix("\(hook.key).1.") }) {
        Issue.record("something else was told")
      }
      attempts.append(world.world.time.now - began)
      // What happens meanwhile waits for its own turn.
      if attempts.count == 2 { _ = try await world.add("bea@shop.example") }
      while try await world.read(hook).status == .verified, try await !world.isDue() {
        world.world.time.advance(by: .seconds(30))
      }
    }
    #expect(attempts.prefix(4) == [.zero, .seconds(30), .seconds(150), .seconds(750)])
    let last = try #require(attempts.last)
    #expect(last >= .hours(24) && last < .hours(28))
    #expect(attempts.count < 20)
    let given = try await world.read(hook)
    #expect(given.status == .inactive && given.trouble == .untaken)
    let event = try #require(try await world.events().first)
    #expect(event.kind == "hook_ended" && event.detail.contains("https://hooks.example"))
    // It is owed nothing more, and can be verified again.
    world.receivers.answer(HookWorld.url, nil)
    let again = try await world.issuer.ask(
      world.issuer.reopenHook(hook.key, by: world.batch.caller), through: world.receivers, by: world.batch.caller)
    #expect(again.status == .verified && again.trouble == nil)
    let new = try await world.add("new@shop.example")
    try await world.sendDue()
    #expect(world.receivers.told.map(\.ids) == [[new]])
  }

  @Test("a clock that was ahead and is set right neither keeps a hook waiting nor makes a day of a moment")
  func clockStep() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    world.world.time.stepWall(by: .hours(30))
    _ = try await world.add()
    try await world.sendDue()
    world.world.time.setWallRight()
    let bea = try await world.add("bea@shop.example")
    try await world.sendDue()
    #expect(world.receivers.takeTold().last?.ids == [bea])
    world.receivers.answer(HookWorld.url, 500)
    _ = try await world.add("cem@shop.example")
    try await world.sendDue()
    world.world.time.stepWall(by: .hours(30))
    try await world.sendDue()
    #expect(try await world.read(hook).status == .verified, "two failures are no day of them")
  }

  @Test("P35: a hook ends with the token that made it, and its user is told")
  func endOfToken() async throws {
    let world = try await HookWorld()
    let token = try await world.world.make("listener", lifetime: .days(2))
    let caller = try await world.issuer.authenticate(token)
    try await world.hook(.contactAdd, "https://own.example/", by: caller)
    _ = try await world.add()
    try await world.sendDue()
    #expect(world.receivers.takeTold().map(\.url) == ["https://own.example/"])
    world.world.time.advance(by: .days(2))
    _ = try await world.add("bea@shop.example")
    try await world.sendDue()
    #expect(world.receivers.told.isEmpty)
    #expect(try await world.events().first?.kind == "hook_ended")
  }

  @Test("P23: a hook ends with an approval that lay unused for too long, whoever writes meanwhile")
  func lapsed() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    world.world.time.advance(by: world.issuer.settings.refreshWindow)
    var writer = world.batch
    writer.caller = try await world.issuer.authenticate(try await world.world.make("writer"))
    _ = try await writer.create(UpsertWorld.person("ann@shop.example"))
    try await world.sendDue()
    #expect(world.receivers.told.isEmpty)
    #expect(try await world.read(hook).status == .inactive)
  }

  @Test("the hooks of all approvals of a tenant are bounded, since each is told in the transaction of each change")
  func ofTenant() async throws {
    let world = try await HookWorld()
    var callers = [world.batch.caller]
    for number in 1...2 {
      callers.append(try await world.issuer.authenticate(try await world.world.make("token \(number)")))
    }
    for index in 0..<HookPolicy.mostHooksOfTenant { try await world.hook(by: callers[index / HookPolicy.mostOfGrant]) }
    await #expect(throws: ContactFault.self) { try await world.hook(by: callers[2]) }
  }

  @Test("a notice of a restored database has an id of its own")
  func restored() async throws {
    let world = try await HookWorld()
    try await world.hook()
    let claims = try await world.world.database.read { try $0.row("SELECT number FROM hooks")?["number"] as Int64? }
    _ = try await world.add()
    try await world.sendDue()
    world.world.time.advance(by: .minutes(1))
    try await world.world.database.write { db in try db.execute("UPDATE hooks SET number = $1", claims ?? 0) }
    _ = try await world.add("bea@shop.example")
    try await world.sendDue()
    #expect(Set(world.receivers.told.map(\.id)).count == 2)
  }

  @Test("a receiver that wants to hear nothing more is given up at once")
  func gone() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    world.receivers.answer(HookWorld.url, 410)
    _ = try await world.add()
    try await world.sendDue()
    #expect(try await world.read(hook).trouble == .gone)
    let event = try #require(try await world.events().first)
    #expect(event.kind == "hook_ended" && event.detail.hasSuffix(HookTrouble.gone.sentence))
  }

  @Test("an app whose hooks are given up again and again does not fill its user's page")
  func flood() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    world.receivers.answer(HookWorld.url, 410)
    func giveUp() async throws -> Int {
      _ = try await world.add("\(world.receivers.secrets.count)@shop.example")
      try await world.sendDue()
      _ = try await world.issuer.ask(
        world.issuer.reopenHook(hook.key, by: world.batch.caller), through: world.receivers, by: world.batch.caller)
      return try await world.events().count { $0.kind == "hook_ended" }
    }
    for round in 1...8 { #expect(try await giveUp() == min(round, 5)) }
    world.world.time.advance(by: .days(1))
    #expect(try await giveUp() == 6)
  }

  @Test("what a killed process was sending is sent again after its claim, as it was")
  func killed() async throws {
    let world = try await HookWorld()
    try await world.hook()
    let ann = try await world.add()
    let claimed = try #require(try await world.issuer.claimNotice(without: []))
    let bea = try await world.add("bea@shop.example")
    let other = try await world.world.restarted()
    #expect(try await other.issuer.claimNotice(without: []).map(\.last) == nil)
    world.world.time.advance(by: HookPolicy.lease)
    let again = try #require(try await other.issuer.claimNotice(without: []))
    #expect(again.notice == claimed.notice && again.last == claimed.last)
    #expect(again.notice.changes.map(\.id) == [ann])
    // The first comes back late, and changes nothing that the second has in hand.
    await world.issuer.send(claimed, through: world.receivers)
    await other.issuer.send(again, through: world.receivers)
    try await world.sendDue()
    #expect(world.receivers.told.map(\.ids) == [[ann], [ann], [bea]])
    let ids = world.receivers.told.map(\.id)
    #expect(ids[0] == ids[1] && ids[1] != ids[2])
  }

  @Test("receivers that hang, however many of one tenant, delay nobody else")
  func hanging() async throws {
    let world = try await HookWorld()
    for number in 0..<10 {
      let url = "https://slow.example/\(number)"
      try await world.hook(.contactAdd, url)
      world.receivers.hang(url)
    }
    let tenant = try await world.issuer.addTenant(name: "Other Shop")
    try await world.issuer.addMember(email: world.world.user.email, tenant: tenant.name)
    var elsewhere = world.batch
    let tokens = try await world.world.tokens(world.world.publicApp, tenant: tenant.id)
    elsewhere.caller = try await world.issuer.authenticate(tokens.accessToken)
    try await world.hook(.contactAdd, "https://quick.example/", by: elsewhere.caller)
    _ = try await world.add()
    let theirs = try await elsewhere.create(UpsertWorld.person("ann@shop.example")).id
    let running = Task { await world.issuer.runHooks(through: world.receivers) }
    try await eventually("the other tenant is told") {
      world.world.time.advance(by: HookPolicy.interval)
      return world.receivers.told.contains { $0.url == "https://quick.example/" }
    }
    #expect(world.receivers.told.first { $0.url == "https://quick.example/" }?.ids == [theirs])
    #expect(world.receivers.told.count { $0.url.hasPrefix("https://slow") } <= HookPolicy.mostOfTenant)
    running.cancel()
    await running.value
  }

  @Test(
    "a hook that is owed too much is given up, the sooner the more hooks its tenant has, and the contact is written",
    arguments: [(1, Int64(100_000)), (4, 100_000), (8, 50_000), (20, 20_000)])
  func full(hooks: Int, most: Int64) async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    for _ in 1..<hooks { try await world.hook(.contactDelete) }
    try await world.world.database.write { db in try db.execute("UPDATE hooks SET pending = $1", most - 1) }
    _ = try await world.add("last@shop.example")
    #expect(try await world.read(hook).status == .verified)
    let ann = try await world.add()
    #expect(try await world.batch.read(ann).id == ann)
    #expect(try await world.read(hook).status == .inactive)
    #expect(try await world.events().first?.kind == "hook_ended")
    #expect(try await world.world.database.read { try $0.rows("SELECT * FROM hook_changes").isEmpty })
  }
}

extension HookWorld {
  /// Whether something would be sent now.
  fileprivate func isDue() async throws -> Bool {
    let now = world.time.now
    return try await world.database.read { db in
      try db.row("SELECT hook_key FROM hooks WHERE pending > 0 AND due_at <= $1 AND claimed_until <= $1", now) != nil
    }
  }
}
