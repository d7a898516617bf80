import Foundation
import Testing

@testable import Wire

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
}
