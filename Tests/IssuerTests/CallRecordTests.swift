import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct CallRecordTests {
  @Test("P34: a write's record is in the write's own transaction, so that a kill right after it loses neither")
  func writeSurvivesKill() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let tokens = try await world.tokens(world.app, session: ann)
    let before = try await world.records().count
    try await world.add("zoe@shop.example", tokens)
    // Killed: nothing is written down after this, and the answer never was.
    let after = try await world.restarted()
    #expect(try await after.contacts() == 1)
    #expect(try await after.records().dropFirst(before) == ["POST /crm/rest/v1/contacts - 203.0.113.1"])
    let id = try world.grantID(tokens)
    let activity = try #require(try await after.issuer.activity(of: id, CallFilter(), for: ann))
    #expect(activity.calls.map(\.status) == [nil])
    #expect(activity.approval.calls == 1)
    #expect(activity.approval.lastUsedAt == world.time.now)
    #expect(activity.approval.days.last?.calls == 1)
    #expect(try await after.issuer.audit(AuditFilter(), limit: 10).map(\.shape) == [IssuerWorld.write])
  }

  @Test("P34: the operator's list is by the time of each call, also where a read is written down after a later write")
  func auditOrder() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    try await world.call(tokens)
    world.time.advance(by: .milliseconds(100))
    try await world.add("zoe@shop.example", tokens)
    try await world.issuer.recordUsage()
    let shown = try await world.issuer.audit(AuditFilter(), limit: 10)
    #expect(shown.map(\.shape) == [IssuerWorld.write, IssuerWorld.read])
    #expect(try await world.issuer.audit(AuditFilter(), limit: 1).map(\.shape) == [IssuerWorld.write])
  }

  @Test("P34: where the record cannot be made, nothing is written")
  func noRecordNoWrite() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    try await world.add("first@shop.example", tokens)
    try await world.database.write { db in
      try db.execute("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    }
    await #expect(throws: ContactFault.unavailable(retryAfter: 5)) { try await world.add("zoe@shop.example", tokens) }
    #expect(try await world.contacts() == 1)
    try await world.database.write { try $0.execute("DROP TRIGGER full") }
    try await world.add("zoe@shop.example", tokens)
    #expect(try await world.contacts() == 2)
  }

  @Test("P34: a call has one record, with the status of its answer, however many transactions it takes")
  func oneRecord() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let (call, caller) = try await world.begin(tokens, IssuerWorld.write)
    for name in ["a", "b", "c"] {
      _ = try await world.issuer.createContact(
        TwoTenants.person("\(name)@shop.example"), check: KeapV1.check, by: caller)
    }
    let (refused, by) = try await world.begin(tokens, IssuerWorld.write)
    await #expect(throws: ContactFault.notFound) { try await world.issuer.deleteContact(99, by: by) }
    world.issuer.record(call, status: 201)
    world.issuer.record(refused, status: 404)
    world.issuer.record(refused, status: 500)
    try await world.issuer.recordUsage()
    #expect(
      try await world.records() == [
        "POST /crm/rest/v1/contacts 201 203.0.113.1", "POST /crm/rest/v1/contacts 404 203.0.113.1",
      ])
  }

  @Test("P34: a read is written down within a second, without anybody asking; a kill loses no more than that")
  func readWithinASecond() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let maintenance = Task { await world.issuer.runMaintenance() }
    try await world.call(tokens)
    let answered = world.time.now
    while try await world.records().isEmpty {
      if let next = world.time.untilNextDeadline { world.time.advance(by: next) }
      await Task.yield()
    }
    #expect(world.time.now - answered <= .seconds(1))
    while world.time.untilNextDeadline == nil { await Task.yield() }
    try await world.call(tokens)
    #expect(try await world.records().count == 1, "lost where the process is killed now")
    maintenance.cancel()
    await maintenance.value
    #expect(try await world.records().count == 2, "a server that is told to stop writes down what it has")
  }

  @Test("P34: where calls cannot be written down, reads are refused before memory is full, and counted once it goes on")
  func bounded() async throws {
    let database = BreakableDatabase(try SQLite.inMemory())
    let world = try await IssuerWorld(database: database)
    let ann = try await world.signIn()
    let tokens = try await world.tokens(world.app, session: ann)
    try await world.call(tokens)
    let entry = CallEntry(
      grant: 1, at: world.time.now, shape: IssuerWorld.read, address: "203.0.113.1", status: 200)
    for _ in 1..<CallLog.most { world.issuer.calls.add(entry) }
    database.setDown(true)
    await #expect(throws: StoreError.self) { try await world.issuer.recordUsage() }
    database.setDown(false)
    await #expect(throws: AccessRefusal.unavailable(retryAfter: 5)) { try await world.begin(tokens) }
    try await world.issuer.recordUsage()
    try await world.call(tokens)
    #expect(try await world.issuer.approvals(of: ann).first?.calls == Int64(CallLog.most) + 1)
  }

  @Test("P34: calls are forgotten after ninety days, a few at a time, with their counts, and later ones are counted")
  func sweeping() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let (tokens, id) = try await world.tokensAndGrant(ann)
    for _ in 0..<700 { try await world.call(tokens) }
    try await world.issuer.recordUsage()
    world.time.advance(by: Issuer.callsKept)
    #expect(try await !world.issuer.sweepCalls(), "they are ninety days old, and kept")
    #expect(try await world.records().count == 700)
    world.time.advance(by: .days(1))
    #expect(try await world.issuer.sweepCalls(steps: 1), "there are more than one step takes")
    #expect(try await world.records().count == 200)
    #expect(try await !world.issuer.sweepCalls())
    #expect(try await world.records().isEmpty)

    let later = try await world.tokens(world.app, session: try await world.signIn())
    for _ in 0..<3 { try await world.call(later) }
    try await world.issuer.recordUsage()
    let session = try await world.signIn()
    let counts = try await world.issuer.approvals(of: session).map(\.calls)
    #expect(counts == [3, 700], "an approval's own count stays")
    let old = try #require(try await world.issuer.activity(of: id, CallFilter(), for: session))
    #expect(old.matching == 0 && old.calls.isEmpty && old.shapes.isEmpty && old.addresses.isEmpty)
    let new = try await world.issuer.activity(of: try world.grantID(later), CallFilter(), for: session)
    #expect(new?.matching == 3)
  }

  @Test("P34: no more calls are kept than shall be: whole days go, the oldest first, and never today")
  func mostCalls() async throws {
    let world = try await IssuerWorld()
    try await world.issuer.setOwner(true, email: world.user.email, tenant: world.tenant.name)
    var tokens = try await world.tokens(world.app)
    let id = try world.grantID(tokens)
    for count in [3, 4, 5] {
      world.time.advance(by: .days(1))
      tokens = try await world.refresh(tokens, world.app)
      for _ in 0..<count { try await world.call(tokens) }
    }
    try await world.issuer.recordUsage()
    #expect(try await !world.issuer.sweepCalls(keeping: 12))
    #expect(try await world.records().count == 12)
    /// What a list, an approval's last days and the page of the tenant's owner tell.
    func told() async throws -> [Int64] {
      let ann = try await world.signIn()
      let activity = try #require(try await world.issuer.activity(of: id, CallFilter(), for: ann))
      let use = try #require(try await world.issuer.appUse(inTenant: world.tenant.id, for: ann))
      #expect(activity.matching == Int64(activity.calls.count) && activity.approval.calls == 12)
      let days = activity.approval.days.map(\.calls), apps = use.apps.map(\.calls)
      return [activity.matching, days.reduce(0, +), apps.reduce(0, +)]
    }
    #expect(try await told() == [12, 12, 12])
    #expect(try await world.issuer.sweepCalls(steps: 0, keeping: 11), "there is a day to delete")
    #expect(try await told() == [9, 9, 9], "a day that is given up is told no more, though its rows are there")
    #expect(try await world.records().count == 12)
    #expect(try await !world.issuer.sweepCalls(keeping: 11))
    #expect(try await world.records().count == 9)
    #expect(try await !world.issuer.sweepCalls(keeping: 1))
    #expect(try await told() == [5, 5, 5])
    #expect(try await world.records().count == 5)
    try await world.call(tokens)
    try await world.issuer.recordUsage()
    #expect(try await world.records().count == 6, "later calls are recorded as ever")
  }

  @Test(
    "P21: after a clock that stepped forward and was set right, calls are recorded in the order of their grant's time")
  func clockStep() async throws {
    let world = try await IssuerWorld()
    let ann = try await world.signIn()
    let (tokens, id) = try await world.tokensAndGrant(ann)
    world.time.stepWall(by: .hours(2))
    try await world.call(tokens)
    try await world.issuer.recordUsage()
    let ahead = world.time.now
    world.time.setWallRight()
    try await world.call(tokens, from: "203.0.113.2")
    let activity = try #require(try await world.issuer.activity(of: id, CallFilter(), for: ann))
    #expect(activity.calls.map(\.address) == ["203.0.113.2", "203.0.113.1"])
    #expect(activity.calls.map(\.at) == [ahead, ahead])
    #expect(activity.approval.days.last?.calls == 2)
  }

  @Test("grants of before have numbers of their own")
  func ofBefore() async throws {
    let world = try await IssuerWorld()
    for _ in 0..<3 { _ = try await world.tokens(world.app) }
    let numbers = try await world.database.write { db in
      for statement in [
        "DROP INDEX grants_by_number", "DROP INDEX grants_by_tenant", "ALTER TABLE grants DROP COLUMN number",
        "ALTER TABLE memberships DROP COLUMN is_owner", "DROP TABLE calls", "DROP TABLE call_days",
        "DROP TABLE call_shapes", "DROP TABLE call_progress",
      ] { try db.execute(statement) }
      for statement in IssuerSchema.calls.statements { try db.execute(statement) }
      try IssuerSchema.calls.rewrite?(db) { _ in }
      return try db.rows("SELECT number FROM grants ORDER BY number").map { try $0["number"] as Int }
    }
    #expect(numbers == [1, 2, 3])
    #expect(await world.refusal(try await world.tokens(world.app)) == nil)
  }
}

extension IssuerWorld {
  func tokensAndGrant(_ session: Session) async throws -> (TokenResponse, String) {
    let tokens = try await tokens(app, session: session)
    return (tokens, try grantID(tokens))
  }
}
