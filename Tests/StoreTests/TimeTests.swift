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
}
