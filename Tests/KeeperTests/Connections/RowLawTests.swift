import Store
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// What each event makes of a row, without a store: the same laws that the storage acts keep, by their pure rules.
@Suite("Rows")
struct RowLawTests {
  @Test(
    "K1: a claim is on record with lease and intent, and a doubt about the same token began when it first was presented"
  )
  func claimed() {
    var row = Rows.held()
    let fresh = row.claimed(Array("r1".utf8), under: Rows.lease(), at: Rows.now)
    #expect(fresh.lease == Rows.lease())
    #expect(fresh.intent == Rows.intent("r1", by: "p1"))

    let earlier = Rows.now - .hours(3)
    row.intent = Rows.intent("r1", by: "dead", at: earlier)
    let again = row.claimed(Array("r1".utf8), under: Rows.lease(), at: Rows.now)
    #expect(again.intent?.at == earlier && again.intent?.process == "p1")

    row.intent = Rows.intent("spare", by: "dead", at: earlier)
    #expect(row.claimed(Array("r1".utf8), under: Rows.lease(), at: Rows.now).intent?.at == Rows.now)
  }

  @Test("K3: an answer that lands ends everything that was about the token before, and nothing else")
  func landed() throws {
    var row = Rows.held()
    row.pausedAt = Rows.now
    row.spare = Connection.Spare(sealed: [1], fingerprint: [2])
    (row.failures, row.retryAt, row.trouble) = (4, Rows.now, .unreachable(because: "gone"))
    (row.suspendedAt, row.refused) = (Rows.now, 5)
    let claim = try Rows.claim(row)
    row = row.claimed(claim.presented, under: claim.lease, at: Rows.now)
    let landed = row.landed(
      Rows.tokens("a2", refresh: "r2"), of: Rows.received(claim, refresh: "r2"), isProof: true, Rows.moment)
    #expect((landed.epoch, landed.generation, landed.version) == (1, 2, 2))
    #expect(landed.access == Rows.access("a2"))
    #expect(landed.refresh?.fingerprint == Array("r2".utf8) && landed.spent == Array("r1".utf8))
    #expect(landed.refresh?.until == Rows.now + .days(180))
    #expect(landed.intent == nil && landed.lease == nil && landed.spare == nil)
    #expect(landed.failures == 0 && landed.retryAt == nil && landed.trouble == nil)
    #expect(landed.suspendedAt == nil && landed.refused == nil)
    #expect(landed.proven == row.touched)
    #expect(landed.clockSkew == .seconds(5))
    #expect(landed.pausedAt == Rows.now && landed.tenant == "acme.example" && landed.approver == "ann@example.org")
  }

  @Test("K3: the lease of a later flight outlives the landing of an earlier one")
  func laterLease() throws {
    var row = Rows.held()
    let claim = try Rows.claim(row)
    let later = Lease(holder: "p1", from: Rows.moment.uptime + .seconds(90))
    row.lease = later
    let landed = row.landed(
      Rows.tokens("a2", refresh: "r2"), of: Rows.received(claim, refresh: "r2"), isProof: true, Rows.moment)
    #expect(landed.lease == later)
  }

  @Test("K6: an answer without a refresh token keeps the one that is held, and moves its end")
  func sameToken() throws {
    let row = Rows.held(), claim = try Rows.claim(row)
    let landed = row.landed(
      Rows.tokens("a2", refresh: nil), of: Rows.received(claim, refresh: nil), isProof: false, Rows.moment)
    #expect(landed.refresh?.fingerprint == Array("r1".utf8) && landed.refresh?.generation == 1)
    #expect(landed.refresh?.until == Rows.now + .days(180) && landed.spent == nil)
    #expect(landed.proven == row.proven)
  }

  @Test("K1: a flight that comes to nothing gives back the doubt that it found, and no other's")
  func putOff() throws {
    var found = Rows.held()
    found.intent = Rows.intent("r1", by: "dead")
    let claim = try Rows.claim(found)
    let flying = found.claimed(claim.presented, under: claim.lease, at: Rows.now)
    let put = flying.putOff(.throttled, of: claim, for: .minutes(1), by: "p1", at: Rows.now)
    #expect(put.intent == found.intent && put.lease == nil)
    #expect(put.failures == 1 && put.trouble == .throttled)
    #expect(put.retryAt == Rows.now + .minutes(1) && put.retryFrom == Rows.now)

    var taken = flying
    taken.intent = Rows.intent("r1", by: "p2")
    taken.lease = Lease(holder: "p2", from: Rows.moment.uptime)
    let other = taken.putOff(.throttled, of: claim, for: .minutes(1), by: "p1", at: Rows.now)
    #expect(other.intent == taken.intent && other.lease == taken.lease)

    var anew = flying
    anew.epoch = 2
    #expect(anew.withDoubt(of: claim, by: "p1").intent == anew.intent)
    var moved = flying
    moved.refresh = Rows.refresh("r2")
    #expect(moved.withDoubt(of: claim, by: "p1").intent == moved.intent)
  }

  @Test("K7: a refusal that may be the client's doing keeps doubt and spare, and a plain one ends both")
  func refused() throws {
    var found = Rows.held()
    found.intent = Rows.intent("r1", by: "dead")
    found.spare = Connection.Spare(sealed: [1], fingerprint: [2])
    (found.suspendedAt, found.retryAt) = (Rows.now, Rows.now)
    let claim = try Rows.claim(found)
    let flying = found.claimed(claim.presented, under: claim.lease, at: Rows.now)
    let loss = Loss.refused(words: "invalid_grant")

    let doubted = flying.refused(loss, ambiguous: true, of: claim, by: "p1")
    #expect(doubted.state == .needsApproval && doubted.loss == loss && doubted.version == 2)
    #expect(doubted.intent == found.intent && doubted.spare == found.spare && doubted.refused == found.touched)
    #expect(doubted.lease == nil && doubted.suspendedAt == nil && doubted.retryAt == nil)
    let revived = doubted.revived()
    #expect(revived.state == .active && revived.loss == nil && revived.refused == nil && revived.version == 3)
    #expect(revived.intent == found.intent && revived.spare == found.spare)

    let plain = flying.refused(loss, ambiguous: false, of: claim, by: "p1")
    #expect(plain.state == .needsApproval && plain.intent == nil && plain.spare == nil && plain.refused == nil)
    #expect(plain.refresh == found.refresh)
  }

  @Test("K3: in the epoch of a new approval nothing of the old one is left")
  func adopted() {
    var row = Rows.held()
    row.loss = .refused(words: "gone")
    row.state = .needsApproval
    (row.intent, row.lease) = (Rows.intent("r1", by: "dead"), Rows.lease("dead"))
    row.spare = Connection.Spare(sealed: [1], fingerprint: [2])
    (row.spent, row.refused, row.suspendedAt) = ([9], 5, Rows.now)
    (row.failures, row.retryAt, row.trouble) = (2, Rows.now, .throttled)
    row.quarantine = Connection.Quarantine(cause: .noWitness, at: Rows.now, uptime: 1)
    row.pausedAt = Rows.now
    let identity = Identity(tenant: "other.example", approver: "bob@example.org")
    let adopted = row.adopted(
      Rows.tokens("a9", refresh: "r9"), epoch: 5, client: "app", identity: identity, scope: "read", isProof: false,
      refreshedAt: Rows.now)
    #expect(adopted.state == .active && adopted.loss == nil)
    #expect((adopted.epoch, adopted.generation, adopted.version) == (5, 2, 2))
    #expect(adopted.intent == nil && adopted.lease == nil && adopted.spare == nil && adopted.spent == nil)
    #expect(adopted.failures == 0 && adopted.retryAt == nil && adopted.trouble == nil)
    #expect(adopted.refused == nil && adopted.suspendedAt == nil && adopted.quarantine == nil)
    #expect(adopted.tenant == "other.example" && adopted.approver == "bob@example.org" && adopted.scope == "read")
    #expect(adopted.proven == row.proven && adopted.pausedAt == row.pausedAt)
    let byOther = row.adopted(
      Rows.tokens("a9", refresh: "r9"), epoch: 5, client: "other", identity: identity, scope: nil, isProof: false,
      refreshedAt: nil)
    #expect(byOther.proven == nil && byOther.refreshedAt == row.refreshedAt)
  }

  @Test("a grant that is given up leaves name, owner and pause, and no token")
  func forgotten() {
    var row = Rows.held()
    row.pausedAt = Rows.now
    let forgotten = row.forgotten(epoch: 4)
    #expect(forgotten.state == .disconnected && forgotten.epoch == 4 && forgotten.version == 2)
    #expect(forgotten.access == nil && forgotten.refresh == nil && forgotten.spare == nil && forgotten.spent == nil)
    #expect(forgotten.tenant == row.tenant && forgotten.approver == row.approver && forgotten.pausedAt == row.pausedAt)
  }

  @Test("K28: the operator's word for the stored tokens passes over what is offered, and says that it was presented")
  func liftedOverOffers() {
    let row = Rows.held().setApart(.noWitness, Rows.moment)
    let offer = Offer(
      connection: "shop", epoch: 1, generation: 3, access: Rows.access("a3"), refresh: Rows.refresh("r3", generation: 3)
    )
    let lifted = row.lifted(adopting: nil, beside: [offer], isTrusted: true, by: "p1")
    #expect(lifted.quarantine == nil && lifted.epoch == 2 && lifted.refresh?.fingerprint == Array("r1".utf8))
    #expect(lifted.intent?.fingerprint == Array("r1".utf8) && lifted.intent?.at == offer.access.from)
    #expect(lifted.intent?.process == "p1")

    let older = Offer(
      connection: "shop", epoch: 1, generation: 1, access: Rows.access("a1"), refresh: Rows.refresh("r1"))
    let alone = row.lifted(adopting: nil, beside: [older], isTrusted: true, by: "p1")
    #expect(alone.epoch == 1 && alone.intent == nil)
  }

  @Test("K28, K1: an offer that is taken brings its own tokens, and a doubt stays with the token that it is about")
  func liftedWithOffer() {
    var row = Rows.held().setApart(.behindSpent, Rows.moment)
    row.intent = Rows.intent("r1", by: "dead")
    row.spare = Connection.Spare(sealed: [1], fingerprint: [2])
    row.spent = [3]
    let offer = Offer(
      connection: "shop", epoch: 2, generation: 5, access: Rows.access("a5"), refresh: Rows.refresh("r5", generation: 5)
    )
    let lifted = row.lifted(adopting: offer, beside: [offer], isTrusted: false, by: "p1")
    #expect((lifted.epoch, lifted.generation) == (2, 5) && lifted.refresh == offer.refresh)
    #expect(lifted.intent == nil && lifted.spare == nil && lifted.spent == nil && lifted.quarantine == nil)

    row.intent = Rows.intent("r5", by: "dead")
    #expect(row.lifted(adopting: offer, beside: [offer], isTrusted: false, by: "p1").intent?.process == "dead")
    #expect(row.lifted(adopting: offer, beside: [offer], isTrusted: true, by: "p1").intent?.process == "p1")
  }

  @Test(
    "K3, K28: on every way through approvals, answers, failures and restores no count of a row goes back",
    arguments: 0..<40)
  func walks(seed: Int) throws {
    var dice = SeededGenerator(seed: UInt64(seed))
    var row = Rows.held()
    for step in 0..<60 {
      let before = row
      let claim = try Rows.claim(row)
      row.touched += 1
      switch Int.random(in: 0..<8, using: &dice) {
      case 0: row = row.claimed(claim.presented, under: claim.lease, at: Rows.now)
      case 1 where row.refresh != nil && row.state == .active:
        row = row.landed(
          Rows.tokens("a\(step)", refresh: Bool.random(using: &dice) ? "r\(step)" : nil),
          of: Rows.received(claim, refresh: nil), isProof: true, Rows.moment)
      case 2: row = row.putOff(.throttled, of: claim, for: .seconds(1), by: "p1", at: Rows.now)
      case 3 where row.state == .active:
        row = row.refused(.refused(words: ""), ambiguous: Bool.random(using: &dice), of: claim, by: "p1")
      case 4:
        row = row.adopted(
          Rows.tokens("a\(step)", refresh: "r\(step)"), epoch: row.epoch + 1, client: "app",
          identity: Identity(tenant: nil, approver: nil), scope: nil, isProof: true, refreshedAt: Rows.now)
      case 5: row = row.forgotten(epoch: row.epoch + 1)
      case 6 where row.state == .active: row = row.setApart(.behindMemory, Rows.moment)
      case 7 where row.quarantine != nil:
        let offer = Offer(
          connection: "shop", epoch: row.epoch, generation: row.generation + 1, access: Rows.access("a"),
          refresh: Rows.refresh("o\(step)"))
        row = row.lifted(
          adopting: Bool.random(using: &dice) ? offer : nil, beside: [offer], isTrusted: true, by: "p1")
      default: break
      }
      #expect((row.epoch, row.generation) >= (before.epoch, before.generation))
      #expect(row.version >= before.version)
      #expect(row.state != .disconnected || (row.access == nil && row.refresh == nil && row.spare == nil))
      #expect(row.state == .active || row.quarantine == nil || before.quarantine != nil)
      #expect(row.name == "shop")
    }
  }
}
