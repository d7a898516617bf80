import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct CallFigureTests {
  /// A call as the test remembers it.
  private struct Made: Hashable {
    var grant: Int
    var at: Timestamp
    var shape: CallShape
    var address: String
    var status: Int
  }

  private static let shapes =
    ["GET", "POST", "DELETE"].flatMap { method in
      ["/crm/rest/v1/contacts", "/crm/rest/v2/contacts/{id}", nil].map { CallShape(method: method, template: $0) }
    }
  private static let addresses = ["203.0.113.1", "203.0.113.2", "198.51.100.7", "2001:db8::1"]

  @Test(
    "P34: figures, filters and pages have exactly the 10,000 calls of three apps from four addresses", arguments: 1...2)
  func figures(seed: UInt64) async throws {
    let world = try await IssuerWorld(seed: seed)
    let apps = [world.app, world.publicApp, try await IssuerWorld.register(world.issuer, "Third")]
    var tokens: [TokenResponse] = []
    for app in apps { tokens.append(try await world.tokens(app)) }
    var generator = SeededGenerator(seed: seed), made: [Made] = []
    for count in 0..<10_000 {
      let call = Made(
        grant: Int.random(in: 0..<3, using: &generator), at: world.time.now,
        shape: Self.shapes[Int.random(in: 0..<Self.shapes.count, using: &generator)],
        address: Self.addresses[Int.random(in: 0..<4, using: &generator)],
        status: [200, 201, 204, 303, 400, 404, 503][Int.random(in: 0..<7, using: &generator)])
      try await world.call(tokens[call.grant], call.shape, from: call.address, call.status)
      made.append(call)
      // Days pass, calls are written down now and then, and access tokens end.
      if count % 250 == 0 { world.time.advance(by: .hours(17)) }
      if count % 250 == 0 { for index in 0..<3 { tokens[index] = try await world.refresh(tokens[index], apps[index]) } }
      if count % 97 == 0 { try await world.issuer.recordUsage() }
    }
    let ann = try await world.signIn(), today = world.time.now.day
    let approvals = try await world.issuer.approvals(of: ann)
    for (index, token) in tokens.enumerated() {
      let mine = made.filter { $0.grant == index }, id = try world.grantID(token)
      let approval = try #require(approvals.first { $0.grantID == id })
      #expect(approval.calls == Int64(mine.count))
      #expect(approval.lastUsedAt == mine.last?.at)
      for (back, day) in approval.days.reversed().enumerated() {
        let ofDay = mine.filter { $0.at.day == today - Int64(back) }
        #expect(day.calls == Int64(ofDay.count), "\(back) days ago")
        #expect(day.refused == Int64(ofDay.filter { $0.status >= 400 }.count))
      }
      let activity = try #require(try await world.issuer.activity(of: id, CallFilter(), for: ann))
      #expect(activity.matching == Int64(mine.count))
      #expect(Dictionary(uniqueKeysWithValues: activity.shapes.map { ($0.shape, $0.calls) }) == mine.tally(\.shape))
      #expect(
        Dictionary(uniqueKeysWithValues: activity.addresses.map { ($0.address, $0.calls) }) == mine.tally(\.address))

      for _ in 0..<6 {
        let sample = mine[Int.random(in: 0..<mine.count, using: &generator)]
        var filter = CallFilter()
        if Bool.random(using: &generator) { filter.method = sample.shape.method }
        if Bool.random(using: &generator) { filter.path = sample.shape.path }
        if Bool.random(using: &generator) { filter.statusClass = sample.status / 100 }
        if Bool.random(using: &generator) { filter.address = sample.address }
        if Bool.random(using: &generator) { filter.day = sample.at.day }
        let wanted = mine.filter { call in
          (filter.method ?? call.shape.method) == call.shape.method
            && (filter.path ?? call.shape.path) == call.shape.path
            && (filter.statusClass ?? call.status / 100) == call.status / 100
            && (filter.address ?? call.address) == call.address && (filter.day ?? call.at.day) == call.at.day
        }
        let shown = try await world.walk(id, filter, ann)
        #expect(shown.matching == Int64(wanted.count), "\(filter)")
        #expect(
          shown.calls
            == wanted.reversed().map {
              RecordedCall(at: $0.at, shape: $0.shape, address: $0.address, status: $0.status)
            }, "\(filter)")
      }
    }
    let audited = try await world.issuer.audit(AuditFilter(client: apps[1].id), limit: 20_000)
    #expect(audited.map(\.address) == made.filter { $0.grant == 1 }.reversed().map(\.address))
    let of = AuditFilter(CallFilter(statusClass: 5), grant: String(try world.grantID(tokens[2]).prefix(8)))
    #expect(
      try await world.issuer.audit(of, limit: 20_000).count == made.filter { $0.grant == 2 && $0.status == 503 }.count)
    for status in [200, 204, 404] {
      let exact = try await world.issuer.audit(AuditFilter(status: status), limit: 20_000)
      #expect(exact.count == made.filter { $0.status == status }.count)
      #expect(exact.allSatisfy { $0.status == status })
    }
  }

  @Test("P34: a write that is answered so late that it was counted as done is counted once, as it was answered")
  func late() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let (tokens, id) = try await world.tokensAndGrant(ann)
    let call = try await world.add("zoe@shop.example", tokens)
    world.time.advance(by: .minutes(1))
    try await world.call(tokens)
    func told(_ statusClass: Int) async throws -> [Int?] {
      let filter = CallFilter(statusClass: statusClass)
      let activity = try #require(try await world.issuer.activity(of: id, filter, for: ann))
      #expect(activity.matching == Int64(activity.calls.count), "\(statusClass)")
      #expect(activity.approval.calls == 2)
      return activity.calls.map(\.status)
    }
    #expect(try await told(2) == [200, nil])
    let exact = try await world.issuer.audit(AuditFilter(status: 200), limit: 10)
    #expect(exact.map(\.status) == [200], "of an answer that is not known nobody says that it was 200")
    world.issuer.record(call, status: 503)
    #expect(try await told(2) == [200])
    #expect(try await told(5) == [503])
    let days = try await world.issuer.approvals(of: ann).first?.days
    #expect(days?.last == DayOfCalls(calls: 2, refused: 1))
  }

  @Test("P34: of many addresses those that called most are told, and that there are others")
  func manyAddresses() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let (tokens, id) = try await world.tokensAndGrant(ann)
    for last in 1...20 { for _ in 0...last { try await world.call(tokens, from: "203.0.113.\(last)") } }
    let twenty = try #require(try await world.issuer.activity(of: id, CallFilter(), for: ann))
    #expect(twenty.addresses.count == 20 && !twenty.hasMoreAddresses)
    try await world.call(tokens, from: "2001:db8::1")
    let more = try #require(try await world.issuer.activity(of: id, CallFilter(), for: ann))
    #expect(more.addresses.map(\.address) == (1...20).reversed().map { "203.0.113.\($0)" } && more.hasMoreAddresses)
    let other = try await world.issuer.activity(of: id, CallFilter(address: "2001:0DB8:0::1"), for: ann)
    #expect(other?.matching == 1, "an address may be written in any form")
  }

  @Test(
    "P28: nobody but the approver sees what was called; an owner of the tenant sees apps and sums, an operator no approvals"
  )
  func whoSees() async throws {
    let world = try await IssuerWorld()
    for name in ["bob", "eve"] {
      _ = try await world.issuer.addUser(
        email: "\(name)@acme.example", name: name, password: IssuerWorld.password,
        tenants: name == "bob" ? [world.tenant.name] : [])
    }
    let ann = try await world.signIn(), bob = try await world.signIn("bob@acme.example")
    let eve = try await world.signIn("eve@acme.example")
    let cookie = try await world.issuer.signIn(email: world.user.email, password: IssuerWorld.password, address: "x")
    let gone = try #require(try await world.issuer.session(cookie))
    try await world.issuer.signOut(cookie)
    let tokens = [
      try await world.tokens(world.app, session: ann), try await world.tokens(world.app, session: bob),
      try await world.tokens(world.publicApp, session: bob),
    ]
    for (index, token) in tokens.enumerated() { for _ in 0...index { try await world.call(token) } }
    let mine = try world.grantID(tokens[0])
    #expect(try await world.issuer.activity(of: mine, CallFilter(), for: ann)?.matching == 1)
    for (session, id) in [(bob, mine), (eve, mine), (gone, mine), (ann, String(repeating: "0", count: 32)), (ann, "x")]
    {
      #expect(try await world.issuer.activity(of: id, CallFilter(), for: session) == nil)
    }

    for session in [ann, bob, eve, gone] {
      #expect(try await world.issuer.appUse(inTenant: world.tenant.id, for: session) == nil)
      #expect(try await world.issuer.ownedTenants(of: session).isEmpty)
    }
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.setOwner(true, email: "eve@acme.example", tenant: world.tenant.name)
    }
    await #expect(throws: IssuerRefusal("There is no tenant named Acme; all are in: evergrant issuer tenant list")) {
      try await world.issuer.setOwner(true, email: world.user.email, tenant: "Acme")
    }
    try await world.issuer.setOwner(true, email: world.user.email, tenant: world.tenant.name)
    #expect(try await world.issuer.ownedTenants(of: ann) == [world.tenant])
    let today = world.time.now.day
    let use = try await world.issuer.appUse(inTenant: world.tenant.id, for: ann)
    #expect(
      use?.apps == [
        AppUse(name: "Desk tool", calls: 3, lastDay: today), AppUse(name: "Nightly sync", calls: 3, lastDay: today),
      ])
    #expect(try await world.issuer.activity(of: try world.grantID(tokens[1]), CallFilter(), for: ann) == nil)
    #expect(try await world.issuer.appUse(inTenant: world.tenant.id, for: gone) == nil, "the same person, signed out")
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    #expect(try await world.issuer.appUse(inTenant: second.id, for: ann) == nil, "another tenant's")
    try await world.issuer.setOwner(false, email: world.user.email, tenant: world.tenant.name)
    #expect(try await world.issuer.appUse(inTenant: world.tenant.id, for: ann) == nil)

    let shown = try #require(try await world.issuer.audit(AuditFilter(), limit: 1).first)
    #expect(GrantID(shown.grant) == nil, "what an operator is shown names no approval")
    #expect(try await world.issuer.audit(AuditFilter(client: "Desk tool"), limit: 10).count == 3, "an app by its name")
    let silent = try world.grantID(try await world.tokens(world.app, session: bob))
    for filter in [
      AuditFilter(grant: String(silent.prefix(8))), AuditFilter(grant: "0"), AuditFilter(grant: "00000000"),
      AuditFilter(client: "Desk tol"),
      AuditFilter(tenant: "Acme"),
    ] {
      await #expect(throws: IssuerRefusal.self) { try await world.issuer.audit(filter, limit: 1) }
    }
  }
}

extension IssuerWorld {
  /// All pages of a list of calls.
  fileprivate func walk(
    _ id: String, _ filter: CallFilter, _ session: Session
  ) async throws -> (calls: [RecordedCall], matching: Int64) {
    var calls: [RecordedCall] = [], place: CallPlace?
    while true {
      let page = try #require(
        try await issuer.activity(of: id, filter, from: place, limit: 400, for: session))
      calls += page.calls
      guard let next = page.next else { return (calls, page.matching) }
      // A place goes through an address and back.
      let again: CallPlace = try #require(CallPlace(next.text))
      place = again
    }
  }
}

extension Sequence {
  fileprivate func tally<Key: Hashable>(_ key: (Element) -> Key) -> [Key: Int64] {
    reduce(into: [:]) { $0[key($1), default: 0] += 1 }
  }
}
