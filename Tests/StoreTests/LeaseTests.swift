import Testing
import Wire

@testable import Store

/// A lease on the machine's own clock, by whoever looks at it.
struct LeaseTests {
  @Test("K9: twice a lease may be left to who looked before it began; more means that the machine was started anew")
  func leaseOfBefore() {
    let lease = Lease(holder: "p", from: uptime(1_000_000)), length = Lease.length.milliseconds
    #expect(lease.until == 1_000_000 + length)
    #expect(lease.remaining(at: uptime(1_000_000 - length)) == Lease.length * 2)
    #expect(!lease.isOver(at: uptime(1_000_000 - length)))
    #expect(lease.remaining(at: uptime(1_000_000 - length - 1)) == .zero)
    #expect(lease.isOver(at: uptime(1_000_000 - length - 1)))
    #expect(lease.remaining(at: uptime(lease.until - 1)) == .milliseconds(1))
    #expect(lease.remaining(at: uptime(lease.until + 5)) == .zero)
  }

  private func uptime(_ milliseconds: Int64) -> Uptime { Uptime(boot: "a", milliseconds: milliseconds) }
}
