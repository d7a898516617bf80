import Contacts
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct RepeatTests {
  @Test("P45: a request that is sent again is answered byte for byte and not carried out again")
  func again() async throws {
    let batch = try await UpsertWorld()
    let people = (0..<5).map { UpsertWorld.person("p\($0)@shop.example", "P\($0)") }
    let first = try await batch.send(people, key: "nightly-1")
    let id = try #require(try JSON.parse(first.body)["results"]?[0]?["id"]?.string.flatMap { Int64($0) })
    // What others do meanwhile is not undone.
    try await batch.world.issuer.deleteContact(id, by: batch.caller)
    let stored = try await batch.stored()
    batch.world.time.advance(by: .hours(23))
    let second = try await batch.send(people, key: "nightly-1")
    #expect(second.body == first.body)
    #expect(second.status == first.status)
    #expect((first.isRepeat, second.isRepeat) == (false, true))
    #expect(try await batch.stored() == stored)
  }

  @Test("P45: a key with another body is refused for a day, and is free again then")
  func otherBody() async throws {
    let batch = try await UpsertWorld()
    _ = try await batch.send([UpsertWorld.person("ann@shop.example")], key: "k")
    let other = [UpsertWorld.person("bea@shop.example")]
    for pause in [Duration.zero, .hours(24) - .milliseconds(1)] {
      batch.world.time.advance(by: pause)
      await #expect(throws: ContactFault.keyTaken) { try await batch.send(other, key: "k") }
    }
    #expect(try await batch.contactCount == 1)
    batch.world.time.advance(by: .milliseconds(1))
    #expect(try await !batch.send(other, key: "k").isRepeat)
    #expect(try await batch.contactCount == 2)
    batch.world.time.advance(by: .hours(24))
    try await batch.world.issuer.sweep()
    #expect(try await batch.stored()["kept_answers"]?.isEmpty == true)
  }

  @Test("P45: each approval has keys of its own, and what ended one ends its answers")
  func keysOfAGrant() async throws {
    let batch = try await UpsertWorld()
    let other = try await UpsertWorld.caller(in: batch.world)
    let ann = [UpsertWorld.person("ann@shop.example")]
    _ = try await batch.send(ann, key: "k")
    #expect(try await !batch.send(ann, key: "k", by: other).isRepeat)
    #expect(try await batch.send([UpsertWorld.person("bea@shop.example")], key: "l", by: other).isRepeat == false)
    let session = try await batch.world.signIn()
    _ = try await batch.world.issuer.revokeApproval(
      batch.caller.grantID, by: session, csrf: session.csrf.exposed)
    await #expect(throws: ContactFault.accessEnded) { try await batch.send(ann, key: "k") }
  }

  @Test("P45: an answer without room is refused before anything is written, and one that was promised stays its day")
  func room() async throws {
    let batch = try await UpsertWorld()
    let ann = [UpsertWorld.person("ann@shop.example")], bea = [UpsertWorld.person("bea@shop.example")]
    let first = try await batch.send(ann, key: "k")
    batch.world.time.advance(by: .hours(1))
    func fill(_ what: String) async throws {
      try await batch.world.database.write { db in try db.execute("UPDATE kept_totals SET \(what)") }
    }
    let (grant, tenant) = (KeptRoom.ofGrant, KeptRoom.ofTenant)
    for full in ["answers = \(grant.answers)", "answers = 1, bytes = \(grant.bytes - first.body.count + 1)"] {
      try await fill(full)
      let stored = try await batch.stored()
      do {
        _ = try await batch.send(bea, key: "l")
        Issue.record("\(full)")
      } catch ContactFault.tooMany(_, retryAfter: let seconds) {
        #expect(seconds == 23 * 3600)
      }
      #expect(try await batch.stored() == stored)
      #expect(try await batch.send(ann, key: "k").isRepeat)
    }
    // Room for exactly one more, and for the tenant's other approvals, until the tenant has no more.
    try await fill("answers = \(grant.answers - 1), bytes = 1")
    #expect(try await !batch.send(bea, key: "l").isRepeat)
    let other = try await UpsertWorld.caller(in: batch.world)
    #expect(try await !batch.send(ann, key: "k", by: other).isRepeat)
    for (answers, bytes) in [(tenant.answers, 0), (1, tenant.bytes)] {
      let third = [UInt8](repeating: 9, count: GrantID.byteCount), id = batch.caller.tenantID
      try await batch.world.database.write { db in
        try db.execute("DELETE FROM kept_totals WHERE grant_id = $1", third)
        try db.execute("INSERT INTO kept_totals VALUES ($1, $2, $3, $4)", third, id, answers, bytes)
      }
      do {
        _ = try await batch.send(bea, key: "m", by: other)
        Issue.record("\(answers) and \(bytes) bytes")
      } catch ContactFault.tooMany(let message, retryAfter: _) {
        #expect(message.contains("this tenant"))
      }
    }
    try await batch.world.database.write { db in try db.execute("DELETE FROM kept_totals WHERE bytes > 99999") }
    try await fill("answers = \(grant.answers), bytes = 1")
    batch.world.time.advance(by: .hours(24))
    #expect(try await !batch.send(bea, key: "m").isRepeat)
  }

  @Test("P45: what is counted as kept is what is kept", arguments: UInt64(1)...10)
  func counted(seed: UInt64) async throws {
    var dice = SeededGenerator(seed: seed)
    let batch = try await UpsertWorld(seed: seed)
    let callers = [batch.caller, try await UpsertWorld.caller(in: batch.world)]
    for _ in 0..<60 {
      switch Int.random(in: 0..<10, using: &dice) {
      case 0..<6:
        let number = Int.random(in: 0..<5, using: &dice)
        let people = (0...number).map { UpsertWorld.person("p\($0)@shop.example") }
        _ = try await batch.send(people, key: "k\(number)", by: callers.randomElement(using: &dice))
      case 6..<9: batch.world.time.advance(by: .hours(Int64.random(in: 1...13, using: &dice)))
      default: try await batch.world.issuer.sweep()
      }
      let (kept, counted) = try await batch.world.database.read { db in
        (
          try db.rows(
            "SELECT grant_id, COUNT(*) AS answers, SUM(LENGTH(body)) AS bytes FROM kept_answers GROUP BY grant_id"),
          try db.rows("SELECT grant_id, answers, bytes FROM kept_totals WHERE answers <> 0")
        )
      }
      func rooms(_ rows: [Row]) throws -> [GrantID: KeptRoom] {
        Dictionary(uniqueKeysWithValues: try rows.map { row in (try row["grant_id"], try KeptRoom(row)) })
      }
      #expect(try rooms(kept) == rooms(counted))
    }
  }

  @Test("P45: a request is refused while the same is carried out, and carried out once however often it is sent")
  func inFlight() async throws {
    let requests = RequestsUnderWay()
    let grant = GrantID(.seeded(1)), other = GrantID(.seeded(2))
    let request = try #require(RepeatableRequest(key: "k", target: "PUT /v1/contacts", body: [1]))
    let another = try #require(RepeatableRequest(key: "k", target: "PUT /v1/contacts", body: [2]))
    try requests.enter(request, of: grant)
    #expect(throws: ContactFault.keyInUse) { try requests.enter(request, of: grant) }
    #expect(throws: ContactFault.keyTaken) { try requests.enter(another, of: grant) }
    try requests.enter(another, of: other)
    requests.leave(request, of: grant)
    try requests.enter(another, of: grant)

    let folder = try TemporaryFolder()
    let batch = try await UpsertWorld(database: SQLite(path: folder.file("issuer.sqlite")))
    let people = (0..<50).map { UpsertWorld.person("p\($0)@shop.example") }
    let carriedOut = await withTaskGroup(of: Bool?.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            return try await !batch.send(people, key: "k").isRepeat
          } catch ContactFault.keyInUse {
            return false
          } catch {
            return nil
          }
        }
      }
      return await group.reduce(into: [Bool?]()) { $0.append($1) }
    }
    #expect(carriedOut.count { $0 == true } == 1)
    #expect(!carriedOut.contains(nil))
    #expect(try await batch.contactCount == 50)
  }

  @Test("P45: what cannot be remembered is not written, and what was not written is not remembered")
  func together() async throws {
    let batch = try await UpsertWorld()
    try await batch.world.database.write { db in
      try db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON kept_answers BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    }
    let ann = [UpsertWorld.person("ann@shop.example")]
    await #expect(throws: ContactFault.self) { try await batch.send(ann, key: "k") }
    #expect(try await batch.contactCount == 0)
    try await batch.world.database.write { db in
      try db.execute("DROP TRIGGER full")
      try db.execute("CREATE TRIGGER full BEFORE INSERT ON contacts BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    }
    await #expect(throws: ContactFault.self) { try await batch.send(ann, key: "k") }
    #expect(try await batch.stored()["kept_answers"]?.isEmpty == true)
    try await batch.world.database.write { db in try db.execute("DROP TRIGGER full") }
    #expect(try await !batch.send(ann, key: "k").isRepeat)
    #expect(try await batch.contactCount == 1)
  }

  @Test("P45: a key is visible ASCII and not too long")
  func keys() {
    for key in ["", "a b", "ä", "a\n", String(repeating: "k", count: 256)] {
      #expect(RepeatableRequest(key: key, target: "", body: []) == nil, "\(key)")
    }
    #expect(RepeatableRequest(key: "\"7a2f-!\"", target: "", body: []) != nil)
  }
}
