import Testing
import Wire

@testable import Issuer

/// How a day of a rehearsal is judged, from what was seen alone.
@Suite struct DayReportTests {
  private static let begin = Timestamp(seconds: 1_795_435_200)

  private func refresh(
    _ seconds: Int64, _ brought: Sighting.Brought = .current, _ fault: Fault? = nil, _ status: Int = 200
  ) -> Sighting {
    Sighting(
      place: .token, at: Self.begin + .seconds(seconds), brought: brought, fault: fault, status: status,
      number: Int(seconds))
  }

  private func call(_ seconds: Int64, _ status: Int = 200, _ fault: Fault? = nil) -> Sighting {
    Sighting(
      place: .api, at: Self.begin + .seconds(seconds), brought: .nothing, fault: fault, status: status, number: 0)
  }

  private func report(_ day: RehearsalDay, _ visits: [Sighting], refreshes: Int = 3) -> DayReport {
    DayReport(day, visits, refreshes: refreshes)
  }

  @Test(
    "a quiet day is held by one who refreshes, untried by one who does not, and failed by one who refreshes all the time"
  )
  func quiet() {
    #expect(report(.quiet, [refresh(60), refresh(120)]).verdict == .held)
    #expect(report(.quiet, [call(1)]).verdict == .untried)
    #expect(report(.quiet, []).verdict == .untried)
    let often = report(.quiet, (1...9).map { refresh($0 * 20) })
    #expect(often.findings == [.refreshedTooOften(9)] && often.verdict == .failed)
  }

  @Test(
    "a day on which something passes is held by one who comes back",
    arguments: [RehearsalDay.failing, .html, .throttled])
  func comingBack(_ day: RehearsalDay) {
    let faults = (0..<2).map { refresh($0 * 30, .current, .failure(503), 503) }
    #expect(report(day, faults + [refresh(90)]).verdict == .held)
    #expect(report(day, faults).findings == [.gaveUp])
    #expect(report(day, [refresh(90)]).verdict == .untried)
    #expect(report(day, faults + [refresh(60, .dead, nil, 400)]).findings == [.gaveUp, .broughtNone(1)])
  }

  @Test("P27: a spent token is found, and so is one that another spent while it was on its way")
  func spent() {
    let slow = Fault.slow(.seconds(12))
    #expect(report(.slow, [refresh(0, .current, slow), refresh(60, .current, slow)]).verdict == .held)
    #expect(
      report(.slow, [refresh(0, .current, slow), refresh(11, .spent, slow, 400)]).findings == [.usedSpentTokens(1)])
    #expect(
      report(.slow, [refresh(0, .current, slow), refresh(0, .current, slow, 400)]).findings == [.usedSpentTokens(1)])
  }

  @Test("P27: who is left with a token worth nothing has lost the approval, however well the day was held")
  func lost() {
    let slow = Fault.slow(.seconds(12))
    #expect(report(.slow, [refresh(0, .current, slow), refresh(11, .spent, slow, 400)]).isLost)
    #expect(report(.slow, [refresh(0, .current, slow), refresh(11, .current, slow, 400)]).isLost)
    let other = [refresh(11, .spent, slow, 400), refresh(60, .current, slow)]
    #expect(!report(.slow, other).isLost, "another part of it has a token that works")
    #expect(report(.html, [refresh(0, .current, .page, 502), refresh(60, .dead, nil, 400)]).isLost)
    #expect(!report(.html, [refresh(0, .current, .page, 502)]).isLost, "it has only stopped asking")
    for fault in [Fault.drop, .cut, .empty] { #expect(report(.dropped, [refresh(0, .current, fault)]).isLost) }
    #expect(report(.revoked, [call(0, 401)]).isLost && !report(.revoked, []).isLost)
    #expect(!report(.quiet, []).isLost)
  }

  @Test("who asks in vain is forgiven three times, and told of more", arguments: [RehearsalDay.dropped, .revoked])
  func inVain(_ day: RehearsalDay) {
    let first = refresh(
      0, day == .dropped ? .current : .dead, day == .dropped ? .drop : nil, day == .dropped ? 200 : 400)
    let brought = day == .dropped ? Sighting.Brought.spent : .dead
    func after(_ count: Int64) -> [Sighting] { [first] + (0..<count).map { refresh(60 * ($0 + 1), brought, nil, 400) } }
    let free: Int64 = day == .dropped ? 3 : 2
    #expect(report(day, after(free)).verdict == .held)
    #expect(report(day, after(free + 1)).findings == [.keptAsking(4)])
    #expect(report(day, []).verdict == .untried)
    let calls = (0..<11).map { call($0 * 60, 401) }
    #expect(report(day, after(1) + calls).findings == [.keptCalling(11)])
  }

  @Test("who comes to the token endpoint more than ten times within a minute hammers it")
  func hammering() {
    let fault = Fault.failure(503)
    func visits(_ step: Int64) -> [Sighting] {
      (0..<11).map { refresh($0 * step, .current, fault, 503) } + [refresh(300)]
    }
    #expect(report(.failing, visits(6)).verdict == .held)
    let hammered = report(.failing, visits(5))
    #expect(hammered.findings == [.hammered(11)] && hammered.mostInMinute == 11)
  }

  @Test("who is told to wait and comes again is forgiven once")
  func waiting() {
    let fault = Fault.throttled(retryAfter: 10)
    let waits = [refresh(0, .current, fault, 429), refresh(10, .current, fault, 429), refresh(20)]
    #expect(report(.throttled, waits).verdict == .held)
    let early = [
      refresh(0, .current, fault, 429), call(1, 429, fault), call(2, 429, fault), call(3, 429, fault), refresh(20),
    ]
    #expect(report(.throttled, early).findings == [.ignoredWait(2)])
    #expect(report(.throttled, Array(early.prefix(3)) + [refresh(20)]).verdict == .held)
  }
}
