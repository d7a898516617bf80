import Contacts
import TestKit
import Testing

@Suite struct OptOutTests {
  private func contact(_ status: OptStatus, email: String = "ann@example.org") -> Contact {
    var contact = Contact()
    contact.emails = [EmailAddress(email, status: status)]
    return contact
  }

  private func reason(_ reason: String, email: String = "ann@example.org") -> ContactChange {
    var change = ContactChange()
    change.emails = .set([EmailAddress(email, optInReason: reason)])
    return change
  }

  @Test("P44 an opt-out is never undone by an upsert with a reason", arguments: OptStatus.allCases.filter(\.isOptOut))
  func upsertWithReason(status: OptStatus) {
    let before = contact(status)
    var whole = ContactChange()
    whole[.optInReason] = .set("asked again")
    for change in [reason("asked again"), reason("asked again", email: "ANN@example.org"), whole] {
      let after = change.applied(to: before, as: .upsert)
      #expect(after.emails[0].status == status)
      #expect(after.emails[0].optInReason == nil)
    }
  }

  @Test("P44 a reason that comes with the address of a merged contact opts in nobody else", arguments: [true, false])
  func reasonByMergedAddress(hasFreeSlot: Bool) throws {
    var contact = Contact()
    contact.emails = [EmailAddress("ann@example.org"), EmailAddress("b@example.org", field: .email2)]
    if !hasFreeSlot { contact.emails.append(EmailAddress("c@example.org", field: .email3)) }
    contact.merged = [MergedContact(email: "old@example.org")]
    var change = ContactChange()
    change.emails = .set([EmailAddress("old@example.org")])
    change[.optInReason] = .set("signed up")
    let key = try #require(change.matchKey(.email))
    let after = change.placed(on: contact, foundBy: key).applied(to: contact, as: .upsert)
    #expect(after.emails.prefix(contact.emails.count) == contact.emails[...])
    #expect(after[.optInReason] == nil)
    let signedUp = EmailAddress("old@example.org", field: .email3, optInReason: "signed up", status: .singleOptIn)
    #expect(after.emails.dropFirst(contact.emails.count) == (hasFreeSlot ? [signedUp] : []))
    // A reason that an address has of its own is not replaced by that of the whole.
    change.emails = .set([EmailAddress("old@example.org", optInReason: "its own")])
    let placed = change.placed(on: contact, foundBy: key).emails.value
    #expect(placed?.map(\.optInReason) == (hasFreeSlot ? ["its own"] : nil))
  }

  @Test("P44 no row of upserts undoes an opt-out, wherever the address goes in between", arguments: seeds)
  func upsertsInARow(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var contact = random.contact()
    let optOuts = contact.emails.compactMap { item in item.email.map { ($0, contact.status(of: $0)) } }
      .filter(\.1.isOptOut)
    for _ in 0..<6 {
      var change = random.contactChange()
      if random.chance(50) { change[.optInReason] = .set(random.text()) }
      contact = change.applied(to: contact, as: .upsert)
      for (email, status) in optOuts { #expect(contact.status(of: email) == status, "\(email)") }
      for item in contact.emails { #expect(item.status ?? .nonMarketable == contact.status(of: item.email ?? "")) }
    }
  }

  @Test("P44 an address that said no is known again when it comes back")
  func comesBack() {
    var change = ContactChange()
    change.emails = .set([EmailAddress("new@example.org")])
    let moved = change.applied(to: contact(.spam), as: .upsert)
    #expect(moved.emails == [EmailAddress("new@example.org")])
    #expect(moved.knownStatuses == ["ann@example.org": .spam])
    let back = reason("asked again").applied(to: moved, as: .upsert)
    #expect(back.emails == [EmailAddress("ann@example.org", status: .spam)])
    #expect(back.knownStatuses.isEmpty)
  }

  @Test("P44 creating a contact opts nobody in whom the tenant knows to have opted out")
  func createKnowsOptOuts() {
    var known = Contact()
    known.knownStatuses = ["ann@example.org": .manual]
    let created = reason("asked again", email: "Ann@example.org").applied(to: known, as: .create)
    #expect(created.emails == [EmailAddress("Ann@example.org", status: .manual)])
  }

  @Test func `a new reason opts in an address that was never asked`() {
    for status in [OptStatus.nonMarketable, .unengagedNonMarketable, .unengagedMarketable] {
      #expect(reason("form").applied(to: contact(status), as: .upsert).emails[0].status == .singleOptIn)
    }
    #expect(reason("form").applied(to: contact(.confirmed), as: .upsert).emails[0].status == .confirmed)
  }

  @Test func `a PATCH with a new reason lifts a manual opt-out and no other`() {
    for status in OptStatus.allCases.filter(\.isOptOut) {
      let after = reason("asked again").applied(to: contact(status), as: .merge).emails[0].status
      #expect(after == (status == .manual ? .singleOptIn : status))
    }
  }

  @Test func `a reason that was read and is written back opts nobody in`() {
    var before = contact(.manual)
    before.emails[0].optInReason = "form"
    before[.optInReason] = "form"
    var change = reason("form")
    change[.optInReason] = .set("form")
    for act in [ContactAct.merge, .replace] { #expect(change.applied(to: before, as: act) == before) }
  }

  @Test("P44 a reason follows its address from slot to slot, and goes when it is cleared") func reasonFollows() {
    var before = contact(.singleOptIn)
    before.emails[0].optInReason = "form"
    var change = ContactChange()
    change.emails = .set([EmailAddress("new@example.org"), EmailAddress("ANN@example.org", field: .email2)])
    for act in [ContactAct.upsert, .merge, .replace] {
      #expect(change.applied(to: before, as: act).emails.map(\.optInReason) == [nil, "form"], "\(act)")
    }
    for field in [EmailAddress.Slot.email1, .email3] {
      for act in [ContactAct.upsert, .merge, .replace] {
        change.emails = .set([EmailAddress("ann@example.org", field: field)])
        #expect(change.applied(to: before, as: act).emails.last?.optInReason == "form", "\(act)")
        change.emails = .set([EmailAddress("ann@example.org", field: field, optInReason: "")])
        #expect(change.applied(to: before, as: act).emails.last?.optInReason == nil, "\(act)")
      }
    }
  }

  @Test func `a status follows its address from slot to slot`() {
    var change = ContactChange()
    change.emails = .set([EmailAddress("new@example.org"), EmailAddress("ann@example.org", field: .email2)])
    for act in [ContactAct.upsert, .merge, .replace] {
      let after = change.applied(to: contact(.listUnsubscribe), as: act)
      #expect(after.emails.map(\.status) == [nil, .listUnsubscribe])
    }
  }

  @Test func `who may be written to`() {
    let marketable: [OptStatus] = [.unengagedMarketable, .singleOptIn, .doubleOptIn, .confirmed]
    #expect(OptStatus.allCases.filter(\.isMarketable) == marketable)
    #expect(!OptStatus.nonMarketable.isOptOut)
    #expect(OptStatus.allCases.filter(\.isOptOut).count == 11)
  }
}
