import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct HookTests {
  @Test("a hook is told of what is added, changed and deleted, in order, and of nothing that was not committed")
  func told() async throws {
    let world = try await HookWorld()
    for event in HookEvent.allCases { try await world.hook(event, "https://hooks.example/\(event.rawValue)") }
    let ann = try await world.add(), old = try await world.add("old@shop.example")
    var change = UpsertWorld.person("ann@shop.example")
    change[.jobTitle] = .set("Buyer")
    try await world.batch.send([change, UpsertWorld.person("new@shop.example")])
    // Says nothing new, and cannot stand.
    try await world.batch.send([change])
    await #expect(throws: ContactFault.self) { try await world.batch.create(ContactChange()) }
    _ = try await world.issuer.mergeContact(old, into: ann, by: world.batch.caller)
    try await world.sendDue()
    let told = Dictionary(grouping: world.receivers.told) { $0.body["event_key"]?.string ?? "" }
      .mapValues { $0.flatMap(\.ids) }
    let new = try #require(told["contact.add"]?.last)
    #expect(told == ["contact.add": [ann, old, new], "contact.edit": [ann, ann], "contact.delete": [old]])
    let first = try #require(world.receivers.told.first { $0.body["event_key"] == "contact.delete" })
    #expect(
      first.body == [
        "event_key": "contact.delete", "object_type": "contact",
        "object_keys": [
          [
            "id": .integer(old), "apiUrl": .string("\(IssuerWorld.origin)/crm/rest/v1/contacts/\(old)"),
            "timestamp": .string(KeapTime.v2(world.world.time.now.milliseconds)),
          ]
        ],
      ])
  }

  @Test("only who gives back the last secret, within a day, is told anything")
  func confirming() async throws {
    let world = try await HookWorld()
    world.receivers.echo(false)
    let hook = try await world.hook()
    #expect(hook.status == .unverified)
    _ = try await world.add("a@shop.example")
    let first = try #require(world.receivers.secrets.last)
    _ = try await world.issuer.ask(
      world.issuer.reopenHook(hook.key, by: world.batch.caller), through: world.receivers, by: world.batch.caller)
    let second = try #require(world.receivers.secrets.last)
    world.world.time.advance(by: .hours(24) - .milliseconds(1))
    await #expect(throws: ContactFault.self) {
      try await world.issuer.confirmHook(hook.key, with: first, by: world.batch.caller)
    }
    let confirmed = try await world.issuer.confirmHook(hook.key, with: second, by: world.batch.caller)
    #expect(confirmed.status == .verified)
    // Each secret counts once.
    await #expect(throws: ContactFault.self) {
      try await world.issuer.confirmHook(hook.key, with: second, by: world.batch.caller)
    }
    let late = try await world.hook(.contactEdit)
    world.world.time.advance(by: .hours(24))
    await #expect(throws: ContactFault.self) {
      try await world.issuer.confirmHook(
        late.key, with: try #require(world.receivers.secrets.last), by: world.batch.caller)
    }
    let told = try await world.add("b@shop.example")
    try await world.sendDue()
    #expect(world.receivers.told.map(\.ids) == [[told]])
  }

  @Test("P30: a hook ends with the approval that made it, and rests while that has no effect")
  func revoked() async throws {
    let world = try await HookWorld()
    let other = try await UpsertWorld.caller(in: world.world)
    try await world.hook()
    try await world.hook(.contactAdd, "https://other.example/", by: other)
    _ = try await world.add()
    let session = try await world.world.signIn()
    _ = try await world.issuer.revokeApproval(
      world.batch.caller.grantID, by: session, csrf: session.csrf.exposed)
    try await world.sendDue()
    #expect(world.receivers.takeTold().map(\.url) == ["https://other.example/"])
    #expect(try await world.world.database.read { try $0.rows("SELECT * FROM hooks").count } == 1)
    // The operator switches the app off, and on again.
    try await world.issuer.setDisabled(true, .client(id: world.world.app.id))
    try await world.world.database.write { db in
      try db.execute("INSERT INTO hook_changes (hook_key, number, object_id, at) SELECT hook_key, 9, 7, 1 FROM hooks")
      try db.execute("UPDATE hooks SET pending = 1, number = 9")
    }
    try await world.sendDue()
    #expect(world.receivers.told.isEmpty)
    try await world.issuer.setDisabled(false, .client(id: world.world.app.id))
    world.world.time.advance(by: HookPolicy.rest)
    try await world.sendDue()
    #expect(world.receivers.told.map(\.ids) == [[7]])
  }

  @Test("P42: an approval sees and ends its own hooks alone, and a tenant's changes are told to its own")
  func others() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    let other = try await UpsertWorld.caller(in: world.world)
    #expect(try await world.issuer.hooks(by: other).isEmpty)
    await #expect(throws: ContactFault.missing(.hook)) { try await world.issuer.hook(hook.key, by: other) }
    await #expect(throws: ContactFault.missing(.hook)) { try await world.issuer.deleteHook(hook.key, by: other) }
    await #expect(throws: ContactFault.missing(.hook)) {
      try await world.issuer.changeHook(hook.key, HookRequest(event: .contactEdit), by: other)
    }
    await #expect(throws: ContactFault.missing(.hook)) { try await world.issuer.reopenHook(hook.key, by: other) }
    #expect(try await world.issuer.hooks(by: world.batch.caller) == [hook])
    let tenant = try await world.issuer.addTenant(name: "Other Shop")
    try await world.issuer.addMember(email: world.world.user.email, tenant: tenant.name)
    var elsewhere = world.batch
    let tokens = try await world.world.tokens(world.world.publicApp, tenant: tenant.id)
    elsewhere.caller = try await world.issuer.authenticate(tokens.accessToken)
    _ = try await elsewhere.create(UpsertWorld.person("ann@shop.example"))
    try await world.sendDue()
    #expect(world.receivers.told.isEmpty)
    try await world.issuer.deleteHook(hook.key, by: world.batch.caller)
    #expect(try await world.issuer.hooks(by: world.batch.caller).isEmpty)
  }

  @Test("an approval has so many hooks, and another has its own")
  func most() async throws {
    let world = try await HookWorld()
    for _ in 0..<HookPolicy.mostOfGrant { try await world.hook() }
    await #expect(throws: ContactFault.self) { try await world.hook() }
    try await world.hook(.contactAdd, by: try await UpsertWorld.caller(in: world.world))
    // Each is told.
    _ = try await world.add()
    try await world.sendDue()
    #expect(world.receivers.told.count == HookPolicy.mostOfGrant + 1)
  }

  @Test("another address or event is confirmed anew, and what was owed is not told there")
  func changed() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    _ = try await world.add()
    world.receivers.echo(false)
    let url = try #require(OutboundURL("https://new.example/x?y=1"))
    let changed = try await world.issuer.ask(
      world.issuer.changeHook(hook.key, HookRequest(url: url), by: world.batch.caller), through: world.receivers,
      by: world.batch.caller)
    #expect(
      changed
        == Hook(
          key: hook.key, event: .contactAdd, url: "https://new.example/x?y=1", status: .unverified, trouble: .noSecret))
    _ = try await world.add("bea@shop.example")
    try await world.sendDue()
    #expect(world.receivers.told.isEmpty)
  }

  @Test("the same address and event asked for again ask the receiver once more, and what was owed is told")
  func unchanged() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    world.receivers.answer(HookWorld.url, 500)
    let ann = try await world.add()
    try await world.sendDue()
    #expect(world.receivers.takeTold().map(\.ids) == [[ann]])
    world.receivers.answer(HookWorld.url, nil)
    let request = HookRequest(event: .contactAdd, url: OutboundURL(HookWorld.url))
    let same = try await world.issuer.ask(
      world.issuer.changeHook(hook.key, request, by: world.batch.caller), through: world.receivers,
      by: world.batch.caller)
    #expect(same == hook && world.receivers.secrets.count == 2)
    let bea = try await world.add("bea@shop.example")
    try await world.sendDue()
    #expect(world.receivers.told.flatMap(\.ids) == [ann, bea])
  }

  @Test("a new key seals what signs a hook's messages anew, and the hook goes on")
  func rekey() async throws {
    let world = try await HookWorld()
    let keys = MemoryKeys(.seeded(5)), ring = try keys.ring()
    var moved = world
    moved.batch.world.issuer = Issuer(
      database: world.world.database, ring: ring, clock: world.world.time.clock, random: .seeded(6), settings: .test,
      revocationLog: .inMemory, logger: .silent)
    let (unconfirmed, key) = try await moved.issuer.addHook(
      HookRequest(event: .contactAdd, url: OutboundURL(HookWorld.url)), by: moved.batch.caller)
    _ = try await moved.issuer.ask(unconfirmed, through: moved.receivers, by: moved.batch.caller)
    try ring.addKey(random: .seeded(7))
    #expect(try await moved.issuer.uses(ofKey: 1).contains { $0.contains("hooks") })
    #expect(try await moved.issuer.renewKeys() == 1)
    #expect(try await !moved.issuer.uses(ofKey: 1).contains { $0.contains("hooks") })
    try ring.dropKeys([1])
    _ = try await moved.add()
    try await moved.sendDue()
    #expect(moved.receivers.told.map(\.key) == [key])
  }

  @Test("what signs a hook's messages is sealed, and an address in a private network is refused")
  func secrets() async throws {
    let folder = try TemporaryFolder()
    let world = try await HookWorld(database: SQLite(path: folder.file("issuer.sqlite")))
    let (unconfirmed, key) = try await world.issuer.addHook(
      HookRequest(event: .contactAdd, url: OutboundURL(HookWorld.url)), by: world.batch.caller)
    _ = try await world.issuer.ask(unconfirmed, through: world.receivers, by: world.batch.caller)
    _ = try await world.add()
    try await world.sendDue()
    #expect(world.receivers.told.map(\.key) == [key])
    for secret in [String(key.exposed.dropFirst(6)), unconfirmed.secret.exposed] {
      #expect(!(try folder.bytes.contains(Array(secret.utf8))))
    }
    for url in ["https://10.0.0.1/", "https://[::1]/", "http://localhost/", "https://169.254.169.254/latest"] {
      let address = try #require(OutboundURL(url))
      await #expect(throws: ContactFault.self, "\(url)") {
        try await world.issuer.addHook(HookRequest(event: .contactAdd, url: address), by: world.batch.caller)
      }
    }
  }
}
