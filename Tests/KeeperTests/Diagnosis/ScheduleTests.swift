import KeeperKit
import Operator
import Store
import Testing

@testable import Keeper
@testable import Wire

/// When a connection is refreshed by itself, and until when nothing of it is sent.
struct ScheduleTests {
  private func schedule(_ evidence: Evidence) -> Schedule {
    Schedule(Schedule.Terms(evidence.row, client: evidence.client), at: evidence.moment)
  }

  @Test("K16: what is well is due by the lifetime of its access token, and nothing keeps it waiting")
  func well() throws {
    let evidence = Evidence.well(), access = try #require(evidence.row.access)
    #expect(schedule(evidence).dueAt == RefreshPolicy.due("shop", from: access.from, until: access.until))
    #expect(schedule(evidence).restsUntil == nil)
  }

  @Test("K17: a wall clock that was set back behind its beginning by more than a minute makes it due at once")
  func setBack() {
    let due = schedule(.well()).dueAt
    #expect(schedule(.well(after: .seconds(-60))).dueAt == due)
    for step in [Duration.seconds(-61), .days(-30)] {
      let evidence = Evidence.well(after: step)
      #expect(schedule(evidence).dueAt == evidence.moment.now, "\(step)")
    }
  }

  @Test("K13: where a lost answer may end the grant, the access token is used up first, unless it is of no more use")
  func usedUpFirst() throws {
    let doubtful = Evidence.well { $0.row.intent = .lost }, until = try #require(doubtful.row.access?.until)
    let terms = Schedule.Terms(doubtful.row, client: doubtful.client)
    #expect(schedule(doubtful).dueAt == until && schedule(doubtful).restsUntil == until)
    #expect(terms.rest(at: doubtful.moment.now, forced: false) == until)
    #expect(terms.rest(at: doubtful.moment.now, forced: true) == nil)
    #expect(terms.rest(at: until, forced: false) == nil)
    let tolerant = Evidence.well {
      $0.row.intent = .lost
      $0.client.provider.toleratesRetry = true
    }
    #expect(schedule(tolerant).restsUntil == nil)
  }

  @Test("K13, K19: of the pause after a failure and that wait the longer one counts")
  func longer() {
    for (pause, isLonger) in [(Duration.hours(1), false), (.hours(30), true)] {
      let evidence = Evidence.well {
        $0.row.intent = .lost
        $0.row = $0.row.failed(.throttled, for: pause, at: $0.moment.now)
      }
      let end = isLonger ? evidence.row.retryAt : evidence.row.access?.until
      #expect(schedule(evidence).restsUntil == end && schedule(evidence).dueAt == end)
    }
  }

  @Test("K13, K17, K19: a wall clock that was set back behind their beginning ends the pause and that wait")
  func setBackEndsWaits() {
    for change: @Sendable (inout Connection) -> Void in [
      { $0.intent = .lost }, { $0 = $0.failed(.throttled, for: .hours(1), at: Evidence.start) },
    ] {
      #expect(schedule(.well(after: .minutes(1)) { change(&$0.row) }).restsUntil != nil)
      let evidence = Evidence.well(after: .days(-30)) { change(&$0.row) }
      #expect(schedule(evidence).restsUntil == nil && schedule(evidence).dueAt == evidence.moment.now)
      #expect(Schedule.Terms(evidence.row, client: evidence.client).rest(at: evidence.moment.now, forced: false) == nil)
    }
  }

  @Test("K9: a claim keeps it waiting for as long as it lasts, and one that is over does not")
  func claimed() {
    let claimed = Evidence.well(after: .hours(23)) { $0.row.lease = Lease(holder: "p2", from: $0.moment.uptime) }
    #expect(schedule(claimed).dueAt == claimed.moment.now + Lease.length)
    let over = Evidence.well(after: .hours(23)) {
      $0.row.lease = Lease(holder: "p2", until: $0.moment.uptime.milliseconds)
    }
    #expect(schedule(over) == schedule(.well(after: .hours(23))))
  }

  @Test("what somebody has to do something about first is not refreshed by itself")
  func obstacles() {
    let changes: [@Sendable (inout Evidence) -> Void] = [
      { $0.row.state = .needsApproval }, { $0.row.state = .disconnected }, { $0.row.refresh = nil },
      { $0.row.access = nil }, { $0.row.quarantine = .since($0.moment) },
      { $0.client.stopped = .refused(words: "401") },
    ]
    for change in changes {
      let schedule = schedule(.well(change))
      #expect(schedule.dueAt == nil && schedule.restsUntil == nil)
    }
  }

  enum Past: CaseIterable { case well, paused, inDoubt }

  @Test(
    "K13, K17: memory, status and the claim have one answer to when it is refreshed, also by a clock that was set back",
    arguments: Past.allCases, [Duration.zero, .days(-30)])
  func agreement(_ past: Past, _ step: Duration) async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.time.advance(by: .hours(1))
    switch past {
    case .well: break
    case .paused:
      world.provider.next(.body(429, "", retryAfter: "3600"))
      _ = await world.refresher().refresh("shop", .due())
    case .inDoubt:
      world.provider.next(.noAnswer("cut"))
      _ = await world.refresher().refresh("shop", .due())
      world.time.advance(by: .minutes(4))
    }
    world.time.stepWall(by: step)
    let memory = try await world.store().loadConnection("shop"), keeper = world.keeper()
    let client = try await keeper.desk.client("app")
    let schedule = Schedule(Schedule.Terms(memory.connection, client: client), at: world.clock.moment)
    #expect(schedule.dueAt != nil && (schedule.restsUntil == nil) == (past == .well || step < .zero))
    #expect(memory.dueAt == schedule.dueAt)
    #expect(try await keeper.desk.status("shop").nextRefreshAt == schedule.dueAt?.milliseconds)
    switch try await world.store().claim("shop", seen: 1, forced: false) {
    case .claimed: #expect(schedule.restsUntil == nil)
    case .resting(_, let until): #expect(until == schedule.restsUntil)
    case let other: Issue.record("\(other)")
    }
  }
}
