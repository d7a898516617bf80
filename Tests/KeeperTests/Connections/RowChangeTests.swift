import Store
import Testing

@testable import Keeper
@testable import Wire

/// The small changes of a row, which an operator, the API or a restored backup makes: each changes what it is about alone.
@Suite("Changes of a row")
struct RowChangeTests {
  /// A row with everything in it that a change could touch.
  private func full() -> Connection {
    var row = Rows.held()
    row.intent = Rows.intent("r1", by: "dead")
    row.lease = Rows.lease("dead")
    row.spare = Connection.Spare(sealed: [1], fingerprint: [2])
    (row.failures, row.retryAt, row.retryFrom) = (2, Rows.now + .minutes(1), Rows.now)
    row.trouble = .unreachable(because: "gone")
    row.quarantine = Connection.Quarantine(cause: .noWitness, at: Rows.now, uptime: 1)
    return row
  }

  /// The row, changed by hand.
  private func full(_ change: (inout Connection) -> Void) -> Connection {
    var row = full()
    change(&row)
    return row
  }

  @Test("K7: a grant is switched off since the first answer that says so, keeps what it holds, and gets its doubt back")
  func suspended() throws {
    var found = Rows.held()
    found.intent = Rows.intent("r1", by: "dead")
    let claim = try Rows.claim(found)
    let flying = found.claimed(claim.presented, under: claim.lease, at: Rows.now)
    let off = flying.suspended(
      words: "access_denied", of: claim, for: .minutes(5), by: "p1", clockSkew: .seconds(5), Rows.moment)
    #expect(off.suspendedAt == Rows.now && off.trouble == .suspended(words: "access_denied"))
    #expect(off.state == .active && off.access == found.access && off.refresh == found.refresh)
    #expect(off.intent == found.intent && off.lease == nil && off.clockSkew == .seconds(5))
    #expect(off.retryAt == Rows.now + .minutes(5) && off.failures == 1)

    var again = flying
    again.suspendedAt = Rows.now - .hours(3)
    let still = again.suspended(
      words: "access_denied", of: claim, for: .minutes(5), by: "p1", clockSkew: .zero, Rows.moment)
    #expect(still.suspendedAt == Rows.now - .hours(3))
  }

  @Test("K3: a second answer to the same token is kept beside the first, and changes nothing of it")
  func spare() {
    let spare = Connection.Spare(sealed: [7], fingerprint: [8])
    #expect(full().keeping(spare) == full { $0.spare = spare })
  }

  @Test("K23: what the API says of a token that nobody can renew is the row's trouble until the API takes it again")
  func heard() {
    #expect(full().heard(isTaken: false) == full { $0.trouble = .accessRefused })
    #expect(full().heard(isTaken: false).heard(isTaken: true) == full { $0.trouble = nil })
  }

  @Test("K19: an operator ends the pause after a failure, and none that the provider has asked for")
  func pauses() {
    #expect(full().withoutPause() == full { $0.retryAt = nil })
    let throttled = full { $0.trouble = .throttled }
    #expect(throttled.withoutPause() == throttled)
    #expect(Rows.held().withoutPause() == Rows.held())
    #expect(full().paused(since: Rows.now) == full { $0.pausedAt = Rows.now })
    #expect(full().paused(since: Rows.now).paused(since: nil) == full())
  }

  @Test("K13: where the process on record never comes back, the doubt stays and waits for nobody")
  func nobody() {
    #expect(full().waitingForNobody() == full { $0.intent?.process = "" })
    #expect(Rows.held().waitingForNobody().intent == nil)
  }

  @Test("K28: what a check saw refused is on record until a newer offer comes")
  func checks() {
    #expect(full().checkRefused(at: Rows.now) == full { $0.quarantine?.refusedAt = Rows.now })
    #expect(full().checkRefused(at: Rows.now).offeredNewer() == full())
    #expect(Rows.held().checkRefused(at: Rows.now).quarantine == nil)
  }

  @Test("K1, K28: a restored row keeps a later pause, and a doubt about the very token that it holds")
  func decisions() {
    var other = Rows.held()
    other.intent = Rows.intent("r1", by: "later")
    other.pausedAt = Rows.now
    let kept = full().keepingDecisions(of: other)
    #expect(
      kept
        == full {
          $0.intent = other.intent
          $0.pausedAt = Rows.now
        })

    other.intent = Rows.intent("r2", by: "later")
    other.pausedAt = nil
    let paused = full { $0.pausedAt = Rows.now - .hours(1) }
    #expect(paused.keepingDecisions(of: other) == paused, "another token's doubt, and no pause")
  }

  @Test("K9: the lease of a process that is gone goes, and its doubt stays")
  func lease() {
    #expect(full().withoutLease == full { $0.lease = nil })
  }
}
