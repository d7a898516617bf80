import Contacts
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// Two contacts that are made one.
@Suite struct MergeTests {
  @Test("the first keeps what it has and takes what it lacks, and all that hangs off the other")
  func takesAll() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    var second = TwoTenants.person("second@shop.example")
    second[.familyName] = .set("Ample")
    second.phones = .set([PhoneNumber("602 555 1234")])
    let (ann, other, third) = (
      try await two.contact(), try await issuer.createContact(second, check: KeapV2.check, by: caller),
      try await two.contact("third@shop.example")
    )
    let note = try await issuer.createNote(.with { $0.title = .set("Call") }, of: other.id, check: { _ in }, by: caller)
    let task = try await issuer.createTask(
      .with { ($0.title, $0.contactID) = (.set("Call"), .set(other.id)) }, userName: "user_id", check: { _ in },
      by: caller)
    let world = TagWorld(two)
    let (both, one) = (try await world.tag("Both").id, try await world.tag("One").id)
    _ = try await issuer.applyTag(both, toContacts: [ann.id, other.id], by: caller)
    _ = try await issuer.applyTag(one, toContacts: [other.id], by: caller)
    let type = try await issuer.createContactLinkType(.init(name: "Friend", mostLinks: 1), by: caller)
    _ = try await issuer.linkContacts(ContactPair(first: other.id, second: third.id, typeID: type.id), by: caller)
    two.world.time.advance(by: .seconds(5))

    let merged = try await issuer.mergeContact(other.id, into: ann.id, by: caller)
    #expect(merged.id == ann.id && merged.createdAt == ann.createdAt)
    #expect(merged.updatedAt == two.world.time.now.milliseconds)
    #expect(merged.contact[.givenName] == "Ann" && merged.contact[.familyName] == "Ample")
    #expect(merged.contact.emails.map(\.email) == ["ann@shop.example", "second@shop.example"])
    #expect(merged.tagIDs == [both, one].sorted())
    #expect(merged.links.map { $0.end(across: ann.id) } == [third.id])
    #expect(try await issuer.contact(ann.id, by: caller) == merged)
    await #expect(throws: ContactFault.notFound) { try await issuer.contact(other.id, by: caller) }
    let moved = try await issuer.note(note.id, by: caller)
    #expect(moved.note.contactID == ann.id && moved.updatedAt == merged.updatedAt)
    #expect(try await issuer.task(task.id, by: caller).task.contactID == ann.id)
    let found = try await issuer.contacts(
      matching: try ContactQuery(v2: [("filter", "phone_number==6025551234;phone_fields==PHONE1")]), by: caller)
    #expect(found.records.map(\.id) == [ann.id])
  }

  @Test("P43: what found the other finds the first, and each key points at one contact")
  func keys() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let elder = try await two.contact("elder@shop.example")
    // The first has no address of its own yet; a younger contact has the other's too, and so has an older one by now.
    var nameless = ContactChange()
    nameless.phones = .set([PhoneNumber("1")])
    nameless[.givenName] = .set("Ann")
    let ann = try await issuer.createContact(nameless, check: KeapV1.check, by: caller)
    var other = TwoTenants.person("ann@shop.example")
    other[.familyName] = .set("Ample")
    let old = try await issuer.createContact(other, check: KeapV1.check, by: caller)
    var young = other
    young[.givenName] = .set("Anna")
    let anna = try await issuer.createContact(young, check: KeapV1.check, by: caller)
    var moved = ContactChange()
    moved.emails = .set([EmailAddress("ann@shop.example")])
    _ = try await issuer.updateContact(elder.id, moved, as: .replace, check: KeapV2.check, by: caller)
    let merged = try await issuer.mergeContact(old.id, into: ann.id, by: caller)
    #expect(merged.contact[.familyName] == "Ample")
    for rule in MatchRule.allCases {
      let found = try await issuer.upsertContact(other, match: rule, check: KeapV1.check, by: caller)
      #expect(found.record.id == ann.id && found.outcome == .unchanged, "\(rule)")
    }
    let byName = try await issuer.upsertContact(young, match: .emailAndName, check: KeapV1.check, by: caller)
    #expect(byName.record.id == anna.id)
    // One key, one contact; none points at what is gone.
    let rows = try await two.world.database.read { try $0.rows("SELECT contact_id FROM match_keys") }
    #expect(try rows.allSatisfy { [elder.id, ann.id, anna.id].contains(try $0["contact_id"]) })
  }

  @Test("P43: a contact remembers a hundred that it was, and no more")
  func mostMerged() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let ann = try await two.contact()
    var isFull = false
    for number in 1...MergedContact.most + 1 where !isFull {
      let other = try await issuer.createContact(
        TwoTenants.person("n\(number)@shop.example"), check: KeapV1.check, by: caller)
      do { _ = try await issuer.mergeContact(other.id, into: ann.id, by: caller) } catch {
        guard case .conflict = error else { throw error }
        isFull = true
        #expect(number >= MergedContact.most, "\(number)")
      }
    }
    #expect(isFull)
    let last = try await issuer.upsertContact(
      TwoTenants.person("n\(MergedContact.most - 1)@shop.example"), match: .email, check: KeapV2.check, by: caller)
    #expect(last.record.id == ann.id)
    // What is not merged is still there.
    #expect(try await issuer.contacts(matching: ContactQuery(), by: caller).total == 2)
  }

  @Test("P43: two who each know one of the two go on finding the first, and neither drives the other's address out")
  func bothAddresses() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    var theirs = TwoTenants.person("second@shop.example", company: "Bolt")
    theirs[.givenName] = .set("Anna")
    let (ann, other) = (
      try await two.contact(), try await issuer.createContact(theirs, check: KeapV1.check, by: caller)
    )
    _ = try await issuer.mergeContact(other.id, into: ann.id, by: caller)
    for rule in [MatchRule.emailAndNameAndCompany, .emailAndName, .emailAndName, .email, .email] {
      for change in [theirs, TwoTenants.person("ann@shop.example", company: "Bolt")] {
        let found = try await issuer.upsertContact(change, match: rule, check: KeapV2.check, by: caller)
        #expect(found.record.id == ann.id, "\(rule)")
        #expect(found.record.contact.emails.map(\.email) == ["ann@shop.example", "second@shop.example"], "\(rule)")
      }
      // What the rule compares was found, and is not laid over the first.
      #expect(try await issuer.contact(ann.id, by: caller).contact[.givenName] == "Ann", "\(rule)")
    }
    // The other's address with the first's name is the first, too.
    let mixed = TwoTenants.person("second@shop.example", company: "Bolt")
    let found = try await issuer.upsertContact(mixed, match: .emailAndNameAndCompany, check: KeapV2.check, by: caller)
    #expect(found.record.id == ann.id && found.outcome == .unchanged)
    // Whoever knows the first alone may need the slot, and the other's address goes to another one.
    var more = TwoTenants.person("ann@shop.example")
    more.emails = .set([EmailAddress("ann@shop.example"), EmailAddress("b@shop.example", field: .email2)])
    _ = try await issuer.upsertContact(more, match: .email, check: KeapV2.check, by: caller)
    let last = try await issuer.upsertContact(theirs, match: .email, check: KeapV2.check, by: caller).record
    #expect(last.id == ann.id)
    #expect(last.contact.emails.map(\.email) == ["ann@shop.example", "b@shop.example", "second@shop.example"])
    #expect(try await issuer.contacts(matching: ContactQuery(), by: caller).total == 1)
  }

  @Test("P43: an address without a free slot is in a note, finds the first, and takes the slot that becomes free")
  func fullSlots() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    var full = TwoTenants.person("ann@shop.example")
    let emails = [
      EmailAddress("ann@shop.example"), EmailAddress("b@shop.example", field: .email2),
      EmailAddress("c@shop.example", field: .email3),
    ]
    full.emails = .set(emails)
    let ann = try await issuer.createContact(full, check: KeapV2.check, by: caller)
    var theirs = TwoTenants.person("second@shop.example")
    theirs.emails = .set([
      EmailAddress("second@shop.example", optInReason: "form"), EmailAddress("c@shop.example", field: .email2),
      EmailAddress("d@shop.example", field: .email3),
    ])
    let other = try await issuer.createContact(theirs, check: KeapV2.check, by: caller)
    let merged = try await issuer.mergeContact(other.id, into: ann.id, by: caller)
    #expect(merged.contact.emails.map(\.email) == emails.map(\.email))
    let notes = try await issuer.notes(matching: NoteQuery(), of: ann.id, by: caller).records
    #expect(notes.map(\.note.text) == ["second@shop.example\nd@shop.example"])
    theirs[.jobTitle] = .set("Buyer")
    let found = try await issuer.upsertContact(theirs, match: .email, check: KeapV2.check, by: caller).record
    #expect(found.id == ann.id && found.contact[.jobTitle] == "Buyer")
    #expect(found.contact.emails.map(\.email) == emails.map(\.email))
    #expect(try await issuer.emailStatus("second@shop.example", by: caller).status == .singleOptIn, "its yes counts on")
    var fewer = ContactChange()
    fewer.emails = .set(Array(emails.prefix(2)))
    _ = try await issuer.updateContact(ann.id, fewer, as: .replace, check: KeapV2.check, by: caller)
    theirs.emails = .set([EmailAddress("second@shop.example")])
    let placed = try await issuer.upsertContact(theirs, match: .email, check: KeapV2.check, by: caller).record
    #expect(placed.id == ann.id)
    #expect(placed.contact.emails.map(\.email) == ["ann@shop.example", "b@shop.example", "second@shop.example"])
  }

  @Test("P43: what a merge brought ends with its address, or when the first is deleted, and passes on then")
  func mergedKeysEnd() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    func found(_ email: String) async throws -> Int64 {
      let person = TwoTenants.person(email)
      return try await issuer.upsertContact(person, match: .email, check: KeapV2.check, by: caller).record.id
    }
    func merged() async throws -> (first: Int64, heir: Int64) {
      let (first, other) = (try await two.contact(), try await two.contact("second@shop.example"))
      let heir = try await two.contact("second@shop.example")
      _ = try await issuer.mergeContact(other.id, into: first.id, by: caller)
      #expect(try await found("second@shop.example") == first.id)
      return (first.id, heir.id)
    }
    let (ann, heir) = try await merged()
    var moved = ContactChange()
    moved.emails = .set([EmailAddress("ann@shop.example")])
    _ = try await issuer.updateContact(ann, moved, as: .replace, check: KeapV2.check, by: caller)
    #expect(try await found("second@shop.example") == heir)
    for id in [ann, heir] { try await issuer.deleteContact(id, by: caller) }
    let (again, next) = try await merged()
    try await issuer.deleteContact(again, by: caller)
    #expect(try await found("second@shop.example") == next)
    try await issuer.deleteContact(next, by: caller)
    #expect(try await two.world.database.read { try $0.rows("SELECT * FROM match_keys") }.isEmpty)
    // The one that the other was merged into inherits, too, as far as nobody older does.
    let (third, fourth) = (try await two.contact("second@shop.example"), try await two.contact("second@shop.example"))
    let first = try await two.contact()
    _ = try await issuer.mergeContact(fourth.id, into: first.id, by: caller)
    #expect(try await found("second@shop.example") == third.id)
    try await issuer.deleteContact(third.id, by: caller)
    #expect(try await found("second@shop.example") == first.id)
  }

  @Test("P43: who was merged into one that is merged finds the last, and renaming loses nobody")
  func chain() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    var ids: [Int64] = []
    let emails = ["a@shop.example", "b@shop.example", "c@shop.example"]
    for email in emails { ids.append(try await two.contact(email).id) }
    _ = try await issuer.mergeContact(ids[2], into: ids[1], by: caller)
    _ = try await issuer.mergeContact(ids[1], into: ids[0], by: caller)
    var renamed = ContactChange()
    renamed[.givenName] = .set("Zoe")
    _ = try await issuer.updateContact(ids[0], renamed, as: .merge, check: KeapV2.check, by: caller)
    for email in emails.dropFirst() {
      for name in ["Ann", "Zoe"] {
        var person = TwoTenants.person(email)
        person[.givenName] = .set(name)
        for rule in [MatchRule.emailAndName, .emailAndNameAndCompany] {
          let found = try await issuer.upsertContact(person, match: rule, check: KeapV2.check, by: caller)
          #expect(found.record.id == ids[0] && found.outcome == .unchanged, "\(email) \(name) \(rule)")
        }
      }
      let person = TwoTenants.person(email)
      let found = try await issuer.upsertContact(person, match: .email, check: KeapV2.check, by: caller)
      #expect(found.record.id == ids[0])
      _ = try await issuer.updateContact(ids[0], renamed, as: .merge, check: KeapV2.check, by: caller)
    }
    #expect(Set(try await issuer.contact(ids[0], by: caller).contact.emails.compactMap(\.email)) == Set(emails))
  }

  @Test("P43: a key that a third has stays there")
  func heirs() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let third = try await two.contact("third@shop.example", company: "Bolt")
    var nobody = ContactChange()
    nobody.phones = .set([PhoneNumber("1")])
    nobody[.givenName] = .set("Ann")
    let empty = try await issuer.createContact(nobody, check: KeapV1.check, by: caller)
    let twin = try await two.contact("third@shop.example", company: "Bolt")
    _ = try await issuer.mergeContact(twin.id, into: empty.id, by: caller)
    let again = TwoTenants.person("third@shop.example", company: "Bolt")
    for rule in MatchRule.allCases {
      #expect(try await issuer.upsertContact(again, match: rule, check: KeapV1.check, by: caller).record.id == third.id)
    }
  }

  @Test("P44: a no stays a no when its contact is merged")
  func consent() async throws {
    let two = try await TwoTenants()
    let (ann, other) = (try await two.contact(), try await two.contact("second@shop.example"))
    for email in ["second@shop.example", "ann@shop.example"] {
      let change = EmailStatusChange(optsIn: email.hasPrefix("ann"), reason: "r")
      _ = try await two.issuer.changeEmailStatus(of: email, change, by: two.caller)
    }
    let merged = try await two.issuer.mergeContact(other.id, into: ann.id, by: two.caller)
    #expect(merged.contact.emails.map(\.status) == [.singleOptIn, .manual])
  }

  @Test("what cannot be merged is left as it is")
  func refusals() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let (ann, ben, cy) = (
      try await two.contact(), try await two.contact("ben@shop.example"), try await two.contact("cy@shop.example")
    )
    let dan = try await two.contact("dan@shop.example")
    let type = try await issuer.createContactLinkType(.init(name: "Spouse", mostLinks: 1), by: caller)
    for (first, second) in [(ann.id, ben.id), (cy.id, dan.id)] {
      _ = try await issuer.linkContacts(ContactPair(first: first, second: second, typeID: type.id), by: caller)
    }
    let before = try await two.world.fieldState()
    await #expect(throws: ContactFault.invalid("duplicate_contact_id must be another contact")) {
      try await issuer.mergeContact(ann.id, into: ann.id, by: caller)
    }
    await #expect(throws: ContactFault.notFound) { try await issuer.mergeContact(99, into: ann.id, by: caller) }
    await #expect(throws: ContactFault.self) { try await issuer.mergeContact(cy.id, into: ann.id, by: caller) }
    #expect(try await two.world.fieldState() == before)
    // Two who are linked with each other may be one.
    let merged = try await issuer.mergeContact(ben.id, into: ann.id, by: caller)
    #expect(merged.links.isEmpty)
  }

  @Test("P42: contacts of another tenant are not merged or linked, and what they have is not moved")
  func tenants() async throws {
    let two = try await TwoTenants()
    let (issuer, caller, other) = (two.issuer, two.caller, two.other)
    var theirs: [Int64] = []
    for email in ["a@bolt.example", "b@bolt.example"] {
      theirs.append(try await issuer.createContact(TwoTenants.person(email), check: KeapV1.check, by: other).id)
    }
    let (ann, ben) = (try await two.contact(), try await two.contact("ben@shop.example"))
    // Both tenants' contacts have the same numbers.
    #expect(theirs == [ann.id, ben.id])
    let note = try await issuer.createNote(.with { $0.title = .set("N") }, of: theirs[1], check: { _ in }, by: other)
    _ = try await issuer.mergeContact(ben.id, into: ann.id, by: caller)
    #expect(try await issuer.contact(theirs[1], by: other).contact.email == "b@bolt.example")
    #expect(try await issuer.note(note.id, by: other).note.contactID == theirs[1])
    let third = try await two.contact("cy@shop.example")
    await #expect(throws: ContactFault.notFound) { try await issuer.mergeContact(third.id, into: theirs[0], by: other) }
    let type = try await issuer.createContactLinkType(.init(name: "Friend", mostLinks: 5), by: caller)
    let pair = ContactPair(first: theirs[0], second: theirs[1], typeID: type.id)
    await #expect(throws: ContactFault.missing(.linkType)) { try await issuer.linkContacts(pair, by: other) }
    await #expect(throws: ContactFault.notFound) {
      try await issuer.linkContacts(ContactPair(first: ann.id, second: ben.id, typeID: type.id), by: caller)
    }
    #expect(try await issuer.contactLinkTypes(matching: ContactLinkTypeQuery(), by: other).records.isEmpty)
    await #expect(throws: ContactFault.missing(.linkType)) {
      try await issuer.deleteContactLinkType(type.id, by: other)
    }
  }

  @Test("no note that was taken is lost to a merge that goes on meanwhile")
  func notesMeanwhile() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let (ann, other) = (try await two.contact(), try await two.contact("second@shop.example"))
    let taken = try await withThrowingTaskGroup(of: Int64?.self) { group in
      for number in 0..<40 {
        group.addTask {
          if number == 20 { _ = try await issuer.mergeContact(other.id, into: ann.id, by: caller) }
          do {
            return try await issuer.createNote(
              .with { $0.title = .set("\(number)") }, of: other.id, check: { _ in }, by: caller
            ).id
          } catch ContactFault.notFound { return nil }
        }
      }
      return try await group.reduce(into: Set<Int64>()) { if let id = $1 { $0.insert(id) } }
    }
    let notes = try await issuer.notes(matching: NoteQuery(), of: ann.id, by: caller)
    #expect(Set(notes.records.map(\.id)) == taken)
  }

  @Test("a writer who read a contact before it was merged does not undo the merge")
  func writersMeanwhile() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let (ann, other) = (try await two.contact(), try await two.contact("second@shop.example"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          if number == 10 { _ = try await issuer.mergeContact(other.id, into: ann.id, by: caller) }
          var change = ContactChange()
          change[.jobTitle] = .set("\(number)")
          for id in [ann.id, other.id] {
            do {
              _ = try await issuer.updateContact(id, change, as: .replace, check: KeapV2.check, by: caller)
            } catch ContactFault.notFound {}
          }
        }
      }
      try await group.waitForAll()
    }
    let merged = try await issuer.contact(ann.id, by: caller)
    #expect(merged.contact.emails.map(\.email) == ["ann@shop.example", "second@shop.example"])
    #expect(try await issuer.contacts(matching: ContactQuery(), by: caller).total == 1)
  }
}
