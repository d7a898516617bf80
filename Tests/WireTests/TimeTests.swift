import Foundation
import Testing

@testable import Store

/// A machine's own clock, before and after a restart.
struct TimeTests {
  private func moment(_ milliseconds: Int64, _ boot: String = "a") -> Uptime {
    Uptime(boot: boot, milliseconds: milliseconds)
  }

  @Test("K9: a moment is within a span of an earlier one of the same boot, and never of another's")
  func within() {
    let earlier = moment(1000)
    for (later, isWithin) in [(999, false), (1000, true), (1001, true), (1499, true), (1500, false), (9000, false)] {
      #expect(moment(Int64(later)).isWithin(.milliseconds(500), of: earlier) == isWithin, "\(later)")
      #expect(!moment(Int64(later), "b").isWithin(.milliseconds(500), of: earlier), "\(later) of another boot")
    }
  }

  @Test("K9: moments of one boot differ by what has passed between them")
  func spans() {
    #expect(moment(1500) - moment(1000) == .milliseconds(500))
    #expect(moment(1000) - moment(1500) == .milliseconds(-500))
    #expect(moment(1000, "b") + .milliseconds(500) == moment(1500, "b"))
  }

  @Test("K9: twice a lease may be left to who looked before it began; more means that the machine was started anew")
  func leaseOfBefore() {
    let lease = Lease(holder: "p", from: moment(1_000_000)), length = Lease.length.milliseconds
    #expect(lease.until == 1_000_000 + length)
    #expect(lease.remaining(at: moment(1_000_000 - length)) == Lease.length * 2)
    #expect(!lease.isOver(at: moment(1_000_000 - length)))
    #expect(lease.remaining(at: moment(1_000_000 - length - 1)) == .zero)
    #expect(lease.isOver(at: moment(1_000_000 - length - 1)))
    #expect(lease.remaining(at: moment(lease.until - 1)) == .milliseconds(1))
    #expect(lease.remaining(at: moment(lease.until + 5)) == .zero)
  }

  /// Milliseconds since boot as the kernel tells them, counted through suspend, to the hundredth of a second.
  private func kernel() throws -> Int64 {
    let text = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
    return Int64((try #require(text.split(separator: " ").first.flatMap { Double($0) }) * 1000).rounded())
  }

  @Test(
    "K9: the system's clock since boot is the kernel's, under its name of the boot, and the wall clock goes with it")
  func system() throws {
    let before = try kernel(), uptime = WallClock.system.uptime(), after = try kernel()
    #expect((before - 10...after + 10).contains(uptime.milliseconds))
    #expect(uptime.boot == WallClock.system.uptime().boot && !uptime.boot.isEmpty)
    let early = Date().timeIntervalSince1970, now = WallClock.system.now(), late = Date().timeIntervalSince1970
    #expect((Int64(early * 1000) - 1...Int64(late * 1000) + 1).contains(now.milliseconds))
  }

  @Test("a span is told in the unit that says most, rounded down, and a moment by how far off it is")
  func words() {
    for (seconds, words) in [
      (0, "0 s"), (1, "1 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_799, "47 h"),
      (172_800, "2 days"), (3_888_000, "45 days"),
    ] {
      #expect(Duration.seconds(seconds).readable == words)
      #expect(Duration.seconds(-seconds).readable == words)
    }
    let now = Timestamp(seconds: 1_795_449_600)
    for (milliseconds, words) in [
      (0, "now"), (999, "now"), (-999, "now"), (1000, "in 1 s"), (-1000, "1 s ago"), (10_800_000, "in 3 h"),
      (-1_200_000, "20 min ago"),
    ] as [(Int64, String)] {
      let moment = now + .milliseconds(milliseconds)
      #expect(moment.distance(from: now) == words)
      #expect(moment.readable(from: now) == "\(moment.readable) (\(words))")
    }
    #expect(now.readable == "2026-11-23 16:00:00 UTC")
    #expect((now + .milliseconds(1500)) - now == .milliseconds(1500) && now - .seconds(1) < now)
    #expect(Duration.milliseconds(-1500).milliseconds == -1500 && Duration.minutes(2) == .seconds(120))
    #expect(Duration.hours(2) == .minutes(120) && Duration.days(2) == .hours(48))
  }
}
