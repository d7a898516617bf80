import Foundation
import KeeperKit
import OAuth
import Store
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// K15, K18, K21: what operators are told, when, and how often.
struct AlertTests {
  @Test("K15: needs approval is alerted exactly once, and its end exactly once, over two processes and many looks")
  func onceEach() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    await desk.look(times: 3, every: .minutes(1))
    #expect(desk.ears.lines().isEmpty)
    try await desk.refuse()
    await desk.look(times: 20, every: .minutes(7))
    #expect(desk.ears.lines() == ["began needs_approval"])
    let requests = world.provider.requests.count
    try await world.connect(token: "r9", access: "a9")
    await desk.look(times: 20, every: .minutes(7))
    #expect(desk.ears.lines() == ["began needs_approval", "over needs_approval"])
    #expect(Set(desk.ears.heard().map(\.alert)).count == 1)
    #expect(Set(desk.ears.heard().map(\.id)).count == 2)
    #expect(world.provider.requests.count == requests)
  }

  @Test("K15: an approval that is refused again between two looks is a trouble of its own")
  func againAtOnce() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    await desk.look()
    try await world.connect(token: "r9", access: "a9")
    try await desk.refuse()
    await desk.look(times: 3, every: .minutes(1))
    #expect(Set(desk.ears.lines()) == ["began needs_approval", "over needs_approval"])
    #expect(desk.ears.heard().count == 3)
    #expect(Set(desk.ears.heard().map(\.alert)).count == 2)
  }

  @Test("K15: the alert says what happened and what to do, and holds no secret")
  func words() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    await desk.look()
    let notice = try #require(desk.ears.heard().first)
    #expect(notice.title == "shop needs a person to approve again")
    #expect(notice.what.contains("400 invalid_grant"))
    #expect(notice.nextStep?.contains("evergrant reconnect shop") == true)
    let text = notice.text + String(decoding: notice.json, as: UTF8.self)
    for secret in ["r1", "a1", "s3cr3t"] { #expect(!text.contains(secret), "\(secret)") }
    #expect(!"\(notice)".contains("/approve/"), "a link prints as a secret")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(notice.json)) as? [String: Any])
    #expect(json["type"] as? String == "alert.began")
    #expect((json["data"] as? [String: Any])?["subject"] as? String == "shop")
  }

  @Test("K18: 14, 7 and 1 days before a person is needed are each alerted once, and a refresh ends all of them once")
  func forecast() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await world.database.write {
      try $0.execute(
        "UPDATE clients SET stopped = $1 WHERE name = 'app'", ClientStop.refused(words: "401 invalid_client"))
    }
    let until = try #require(try await world.row().refresh?.until)
    var days: [String: Int64] = [:]
    while world.time.now < until {
      await desk.look()
      for notice in desk.ears.heard() where notice.kind.hasPrefix("person") {
        let left = (until - notice.at).milliseconds
        days[notice.kind] = (left + 3_600_000) / 86_400_000
      }
      world.time.advance(by: .hours(1))
    }
    #expect(days == ["person_needed_in_14_days": 14, "person_needed_in_7_days": 7, "person_needed_in_1_day": 1])
    #expect(desk.ears.lines().filter { $0.contains("person") }.count == 3)
    world.time.advance(by: .zero - .hours(2))
    try await world.database.write { try $0.execute("UPDATE clients SET stopped = NULL") }
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    await desk.look(times: 3, every: .minutes(1))
    #expect(desk.ears.lines().filter { $0.contains("person") }.count == 4)
    #expect(desk.ears.lines().filter { $0.contains("over person") }.count == 1)
  }

  @Test("K18: a grant that never lives so long is not warned of for ever")
  func shortWindow() async throws {
    let world = try await KeeperWorld { $0.refreshWindowDays = 7 }
    let desk = try await AlertDesk(world)
    try await world.connect()
    await desk.look(times: 10, every: .hours(2))
    #expect(desk.ears.lines().isEmpty)
  }

  @Test("K18: a grant that cannot be refreshed is warned of before its access token ends")
  func noRefreshToken() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    _ = try await world.store().adopt(
      TokenResponse(accessToken: Secret("a2"), expiresIn: 30 * 86_400, refreshToken: nil, scope: "full|acme.example"),
      as: "shop",
      client: try await world.keeper().desk.client("app"),
      identity: Identity(tenant: "acme.example", approver: "ann@example.org"), sentAt: world.time.now,
      replacingTenant: true)
    await desk.look(times: 15, every: .days(1))
    #expect(desk.ears.lines().isEmpty)
    await desk.look(times: 15, every: .days(1))
    #expect(desk.ears.lines() == [14, 7, 1].map { "began person_needed_in_\($0)_day\($0 == 1 ? "" : "s")" })
  }

  @Test("K21: a job that falls silent is alerted once, and over when it calls again", arguments: [true, false])
  func silence(_ hasCalled: Bool) async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect(lifetime: 31_536_000)
    let keeper = world.keeper()
    let key = try await keeper.desk.addKey(
      "nightly", connection: "shop", rules: [], handsOutTokens: false, expectedEvery: .hours(24))
    _ = try await keeper.desk.addKey("other", connection: "shop", rules: [], handsOutTokens: false)
    #expect(keeper.key(presented: key)?.expectedEvery == .hours(24))
    func call() async throws {
      let now = world.time.now
      try await world.database.write {
        try $0.execute("UPDATE api_keys SET last_used_at = $1 WHERE name = 'nightly'", now)
      }
    }
    if hasCalled {
      world.time.advance(by: .hours(20))
      try await call()
    }
    await desk.look(times: 23, every: .hours(1))
    #expect(desk.ears.lines().isEmpty)
    await desk.look(times: 50, every: .hours(1))
    #expect(desk.ears.lines() == ["began job_silent"])
    #expect(desk.ears.heard().first?.subject == "nightly")
    try await call()
    await desk.look(times: 3, every: .hours(1))
    #expect(desk.ears.lines() == ["began job_silent", "over job_silent"])
    await desk.look(times: 30, every: .hours(1))
    #expect(desk.ears.lines() == ["began job_silent", "over job_silent", "began job_silent"])
    try await keeper.desk.revokeKey("nightly")
    await desk.look(times: 3, every: .hours(1))
    #expect(desk.ears.heard().last?.what.contains("revoked") == true)
  }

  @Test("K21: a call that the keeper records ends the silence by itself")
  func recordedCall() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect(lifetime: 31_536_000)
    let keeper = world.keeper(clock: world.time.clock)
    _ = try await keeper.desk.addKey(
      "nightly", connection: "shop", rules: [], handsOutTokens: false, expectedEvery: .hours(10))
    world.time.advance(by: .hours(11))
    await desk.look()
    try await world.running(keeper) {
      keeper.record(
        CallRecord(
          key: "nightly", connection: "shop", method: "GET", path: "/", status: 200, at: world.time.now,
          duration: .zero))
      for _ in 0..<1000 {
        if try await keeper.desk.keys().first?.lastUsedAt != nil { break }
        await Task.yield()
        if let wait = world.time.untilNextDeadline { world.time.advance(by: max(wait, .milliseconds(1))) }
      }
    }
    await desk.look()
    #expect(desk.ears.lines() == ["began job_silent", "over job_silent"])
  }

  @Test(
    "a refresh that fails for a quarter of an hour is alerted while calls still go through, and again when they do not")
  func failingRefresh() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    world.time.advance(by: .hours(20))
    world.provider.next(.notSent("nothing listens there"))
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 14, every: .minutes(1))
    #expect(desk.ears.lines().isEmpty)
    await desk.look(times: 60, every: .minutes(1))
    #expect(desk.ears.lines() == ["began not_refreshed"])
    #expect(desk.ears.heard().first?.what.contains("nothing listens there") == true)
    world.time.advance(by: .hours(3))
    await desk.look(times: 10, every: .minutes(1))
    #expect(desk.ears.lines() == ["began not_refreshed", "began not_served"])
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 10, every: .minutes(1))
    #expect(desk.ears.lines() == ["began not_refreshed", "began not_served", "over not_served"])
  }

  enum Worse: CaseIterable { case setApart, stopped, sealed }

  @Test(
    "K15: a failing refresh is not called over while its connection is set apart, its client stopped or its token sealed",
    arguments: Worse.allCases)
  func worse(_ what: Worse) async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    world.provider.next(.notSent("nothing listens there"))
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 40, every: .minutes(1))
    #expect(desk.ears.lines() == ["began not_refreshed"])
    try await world.database.write { db in
      switch what {
      case .setApart:
        let cause = StaleCause.restored(backup: "old")
        try db.execute("UPDATE connections SET quarantine = $1, quarantined_at = 5", cause)
      case .stopped: try db.execute("UPDATE clients SET stopped = $1", ClientStop.refused(words: "401 invalid_client"))
      case .sealed: try db.execute("UPDATE connections SET access_token = x'00'")
      }
    }
    await desk.look(times: 10, every: .minutes(1))
    #expect(!desk.ears.lines().contains { $0.hasPrefix("over") }, "\(desk.ears.lines())")
    #expect(desk.ears.lines().count == 2)
  }

  @Test(
    "K15: the end of a failing refresh is told while its operator has paused the connection, and says that it is paused"
  )
  func overWhilePaused() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    world.provider.next(.notSent("nothing listens there"))
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 40, every: .minutes(1))
    try await world.keeper().desk.pause("shop")
    await desk.look(times: 3, every: .minutes(1))
    #expect(desk.ears.lines() == ["began not_refreshed"])
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 3, every: .minutes(1))
    #expect(desk.ears.lines() == ["began not_refreshed", "over not_refreshed"])
    #expect(desk.ears.heard().last?.what == "It is refreshed again; its operator lets no call through.")
  }

  @Test("a failure that heals by itself wakes nobody")
  func healed() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    world.time.advance(by: .hours(20))
    world.provider.next(.notSent("nothing listens there"))
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 10, every: .minutes(1))
    _ = await world.refresher().refresh("shop", .due())
    await desk.look(times: 60, every: .minutes(1))
    #expect(desk.ears.lines().isEmpty)
  }

  @Test("a refused client, a quarantine and a clock that differs are each alerted once and over once")
  func others() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    let changes: [(kind: String, begin: String, fact: any Storable, end: String)] = [
      (
        "client_refused", "UPDATE clients SET stopped = $1", ClientStop.refused(words: "401 invalid_client"),
        "UPDATE clients SET stopped = NULL"
      ),
      (
        "quarantined", "UPDATE connections SET quarantine = $1, quarantined_at = 5", StaleCause.restored(backup: "old"),
        "UPDATE connections SET quarantine = NULL, quarantined_at = NULL"
      ),
      (
        "clock_differs", "UPDATE connections SET clock_skew = $1", Int64(-60_000),
        "UPDATE connections SET clock_skew = 59000"
      ),
    ]
    for (kind, begin, fact, end) in changes {
      let before = desk.ears.lines().count
      try await world.database.write { try $0.execute(begin, fact) }
      await desk.look(times: 3, every: .minutes(1))
      try await world.database.write { try $0.execute(end) }
      await desk.look(times: 3, every: .minutes(1))
      #expect(Array(desk.ears.lines().dropFirst(before)) == ["began \(kind)", "over \(kind)"])
    }
  }
}
