import Testing
import Wire

@testable import Issuer

@Suite struct FaultTests {
  @Test("P27: a fault is spelt in one way, and what is none is refused")
  func spelling() {
    let known: [(String, Fault)] = [
      ("drop", .drop), ("cut", .cut), ("empty", .empty), ("slow=12s", .slow(.seconds(12))),
      ("slow=1m", .slow(.minutes(1))),
      ("skew=10m", .skew(.minutes(10))), ("503", .failure(503)), ("500", .failure(500)), ("html", .page),
      ("429", .throttled(retryAfter: nil)), ("429=30s", .throttled(retryAfter: 30)),
    ]
    for (text, fault) in known {
      #expect(Fault(text) == fault, "\(text)")
      #expect(Fault(fault.description) == fault, "\(text)")
    }
    #expect(Fault.throttled(retryAfter: 30).description == "429=30s")
    for text in [
      "", "Drop", "drop=1s", "slow", "slow=", "slow=12", "slow=0s", "slow=-1s", "slow=61s", "slow=24h",
      "slow=99999999999999999999h",
      "499", "600", "404", "503=1s", "429=", "drop ", "cut,drop",
    ] {
      #expect(Fault(text) == nil, "\(text)")
    }
  }

  @Test("P27: what is answered in place of an act is told from what worsens its answer")
  func carriedOut() {
    for fault in [Fault.drop, .cut, .empty, .slow(.seconds(1)), .skew(.seconds(1))] { #expect(fault.isCarriedOut) }
    for fault in [Fault.failure(503), .page, .throttled(retryAfter: nil)] { #expect(!fault.isCarriedOut) }
  }

  @Test("P27: a schedule has each so-many-th request go wrong, or all in the first part of a span")
  func schedule() throws {
    let schedule = try FaultSchedule("token drop every 3, token slow=12s 2m of 1h, api 429")
    let noon = Timestamp(seconds: 1_795_435_200)
    let past = noon + .minutes(30)
    #expect((1...6).map { _ in schedule.fault(at: .token, now: past) } == [nil, nil, .drop, nil, nil, .drop])
    #expect(schedule.fault(at: .token, now: noon) == .slow(.seconds(12)))
    #expect(schedule.fault(at: .token, now: noon + .minutes(2) - .milliseconds(1)) == .slow(.seconds(12)))
    #expect(schedule.fault(at: .token, now: noon) == .drop, "the first rule that is due")
    #expect(schedule.fault(at: .token, now: noon + .minutes(2)) == nil)
    for _ in 0..<3 { #expect(schedule.fault(at: .api, now: past) == .throttled(retryAfter: nil)) }
  }

  @Test(
    "a rule that cannot be read is named",
    arguments: [
      "", "token", "pages drop", "token lose", "token drop every", "token drop every 0", "token drop 2m",
      "token drop 2m of",
      "token drop 1h of 1h", "token drop 2m in 1h", "token drop every 2 3",
    ])
  func unreadable(_ rule: String) {
    let fault = #expect(throws: FaultSchedule.Unreadable.self) { try FaultSchedule(rule) }
    #expect(fault?.rule == rule)
    #expect(throws: FaultSchedule.Unreadable.self) { try FaultSchedule("token drop, \(rule.isEmpty ? "x" : rule)") }
  }
}
