import Contacts
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct TagTests {
  @Test("a tag and its category read back as they were written, and say when")
  func readsBack() async throws {
    let world = try await TagWorld()
    let category = try await world.category("Segments", "For newsletters")
    #expect(category.name == "Segments" && category.description == "For newsletters")
    world.time.advance(by: .seconds(5))
    let tag = try await world.tag("VIP", category: category.id)
    #expect(tag.category == .init(id: category.id, name: category.name, description: category.description))
    #expect(tag.createdAt == category.createdAt + 5000 && tag.updatedAt == tag.createdAt)
    #expect(try await world.issuer.tag(tag.id, by: world.caller) == tag)
    #expect(try await world.issuer.tagCategory(category.id, by: world.caller) == category)
    #expect(tag.id != category.id, "numbers of a tenant are given once")
  }

  @Test("a change changes what it speaks of; one that says nothing new writes nothing")
  func changes() async throws {
    let world = try await TagWorld()
    let category = try await world.category("Segments")
    let tag = try await world.tag("VIP", "Best", category: category.id)
    world.time.advance(by: .seconds(1))
    let mark = try await world.database.changeMark()
    var change = TagChange()
    (change.name, change.category) = (.set("VIP"), .set(category.id))
    #expect(try await world.issuer.updateTag(tag.id, change, by: world.caller) == tag)
    #expect(try await world.database.changeMark() == mark)
    change = TagChange()
    change.category = .null
    let bare = try await world.issuer.updateTag(tag.id, change, by: world.caller)
    #expect(bare.name == "VIP" && bare.description == "Best" && bare.category == nil)
    #expect(bare.updatedAt == tag.updatedAt + 1000 && bare.createdAt == tag.createdAt)
    change = TagChange()
    change.description = .null
    change.name = .set("vip")
    let renamed = try await world.issuer.updateTag(tag.id, change, by: world.caller)
    #expect(renamed.name == "vip" && renamed.description == nil, "its own name in another spelling is free")
    change = TagChange()
    change.name = .set("Groups")
    #expect(try await world.issuer.updateTagCategory(category.id, change, by: world.caller).name == "Groups")
  }

  @Test("a name is unique among tags and among categories, in its normal form")
  func uniqueNames() async throws {
    let world = try await TagWorld()
    let tag = try await world.tag("Straße  1")
    let other = try await world.tag("Other")
    let category = try await world.category("straße 1")
    let second = try await world.category("Second")
    await #expect(throws: ContactFault.nameTaken(.tag)) { try await world.tag(" STRASSE 1") }
    await #expect(throws: ContactFault.nameTaken(.tagCategory)) { try await world.category("STRASSE 1") }
    var change = TagChange()
    change.name = .set("strasse 1")
    change.description = .set("x")
    await #expect(throws: ContactFault.nameTaken(.tag)) {
      try await world.issuer.updateTag(other.id, change, by: world.caller)
    }
    await #expect(throws: ContactFault.nameTaken(.tagCategory)) {
      try await world.issuer.updateTagCategory(second.id, change, by: world.caller)
    }
    #expect(try await world.issuer.tag(other.id, by: world.caller) == other)
    try await world.issuer.deleteTag(tag.id, by: world.caller)
    try await world.issuer.deleteTagCategory(category.id, by: world.caller)
    #expect(try await world.issuer.updateTag(other.id, change, by: world.caller).name == "strasse 1")
  }

  @Test("a name must be there, and a category must exist; nothing is half done")
  func refusals() async throws {
    let world = try await TagWorld()
    let tag = try await world.tag("VIP")
    var (nameless, uncategorised) = (TagChange(), TagChange())
    nameless.description = .set("x")
    (uncategorised.name, uncategorised.category) = (.set("New"), .set(tag.id))
    for change in [nameless, uncategorised] {
      await #expect(throws: ContactFault.self) { try await world.issuer.createTag(change, by: world.caller) }
    }
    await #expect(throws: ContactFault.self) { try await world.issuer.createTagCategory(nameless, by: world.caller) }
    nameless.name = .null
    for change in [nameless, uncategorised] {
      await #expect(throws: ContactFault.self) { try await world.issuer.updateTag(tag.id, change, by: world.caller) }
    }
    #expect(try await world.issuer.tags(matching: TagQuery(), by: world.caller).records == [tag])
    await #expect(throws: ContactFault.missing(.tag)) { try await world.issuer.deleteTag(999, by: world.caller) }
    await #expect(throws: ContactFault.missing(.tagCategory)) {
      try await world.issuer.deleteTagCategory(tag.id, by: world.caller)
    }
  }

  @Test("each pair is told what came of it; a tag that is there keeps its time")
  func outcomes() async throws {
    let world = try await TagWorld()
    let (ann, bob) = (try await world.contact("ann"), try await world.contact("bob"))
    let (tag, other) = (try await world.tag("VIP").id, try await world.tag("New").id)
    let applied = world.time.now.milliseconds
    #expect(
      try await world.issuer.applyTags([tag, 999, tag], toContact: ann, by: world.caller) == [
        .success, .tagNotFound, .duplicate,
      ])
    world.time.advance(by: .seconds(7))
    #expect(
      try await world.issuer.applyTag(tag, toContacts: [bob, 999, ann, tag], by: world.caller) == [
        .success, .contactNotFound, .duplicate, .contactNotFound,
      ])
    #expect(try await world.issuer.applyTags([tag], toContact: 999, by: world.caller) == [.contactNotFound])
    #expect(try await world.issuer.applyTag(999, toContacts: [ann], by: world.caller) == [.tagNotFound])
    #expect(try await world.issuer.applyTags([], toContact: ann, by: world.caller) == [])
    await #expect(throws: ContactFault.missing(.tag)) {
      try await world.issuer.applyKnownTag(999, toContacts: [ann], by: world.caller)
    }
    let holders = try await world.issuer.contacts(withTag: tag, matching: TagQuery(), by: world.caller)
    #expect(holders.records.map(\.record.id) == [ann, bob])
    #expect(holders.records.map(\.at) == [applied, applied + 7000])
    #expect(try await world.issuer.tags(of: .contacts, ann, matching: TagQuery(), by: world.caller).total == 1)
    #expect(try await world.issuer.contacts(withTag: other, matching: TagQuery(), by: world.caller).records.isEmpty)
  }

  @Test("what is not there is taken without harm")
  func removals() async throws {
    let world = try await TagWorld()
    let (ann, bob) = (try await world.contact("ann"), try await world.contact("bob"))
    let (tag, other) = (try await world.tag("VIP").id, try await world.tag("New").id)
    for id in [ann, bob] { _ = try await world.issuer.applyTags([tag, other], toContact: id, by: world.caller) }
    for _ in 0..<2 { try await world.issuer.removeTag(tag, fromContacts: [ann, 999], by: world.caller) }
    #expect(try await world.tagIDs(ann) == [other])
    #expect(try await world.tagIDs(bob) == [tag, other])
    for _ in 0..<2 { try await world.issuer.removeTags([other, 999], fromContact: ann, by: world.caller) }
    for _ in 0..<2 { try await world.issuer.removeTag(tag, fromContact: bob, by: world.caller) }
    #expect(try await world.tagIDs(ann) == [])
    #expect(try await world.tagIDs(bob) == [other])
    await #expect(throws: ContactFault.notFound) {
      try await world.issuer.removeTags([tag], fromContact: 999, by: world.caller)
    }
    await #expect(throws: ContactFault.missing(.tag)) {
      try await world.issuer.removeTag(999, fromContact: ann, by: world.caller)
    }
  }

  @Test("a contact has so many tags and no more, and the same for a company")
  func mostTags() async throws {
    let world = try await TagWorld()
    let (ann, company) = (try await world.contact("ann"), try await world.company("Bolt"))
    var tags: [Int64] = []
    for number in 0...TagBearer.mostTags { tags.append(try await world.tag("Tag \(number)").id) }
    let outcomes = try await world.issuer.applyTags(tags, toContact: ann, by: world.caller)
    #expect(outcomes.filter { $0 == .success }.count == TagBearer.mostTags)
    #expect(outcomes.last == .failure)
    #expect(try await world.issuer.applyTags(tags, toContact: ann, by: world.caller).last == .failure)
    #expect(try await world.tagIDs(ann) == Array(tags.dropLast()))
    for tag in tags.dropLast() { try await world.issuer.applyTag(tag, toCompany: company, by: world.caller) }
    try await world.issuer.applyTag(tags[0], toCompany: company, by: world.caller)
    await #expect(throws: ContactFault.self) {
      try await world.issuer.applyTag(tags[TagBearer.mostTags], toCompany: company, by: world.caller)
    }
  }

  @Test("a contact shows its tags wherever it is shown, and no write changes them")
  func shown() async throws {
    let world = try await TagWorld()
    let (ann, bob) = (try await world.contact("ann"), try await world.contact("bob"))
    let (tag, other) = (try await world.tag("VIP").id, try await world.tag("New").id)
    _ = try await world.issuer.applyTags([other, tag], toContact: ann, by: world.caller)
    let page = try await world.issuer.contacts(matching: ContactQuery(), by: world.caller)
    #expect(page.records.map(\.tagIDs) == [[tag, other], []])
    var change = ContactChange()
    change[.jobTitle] = .set("Buyer")
    let updated = try await world.issuer.updateContact(
      ann, change, as: .replace, check: KeapV2.check, by: world.caller)
    #expect(updated.tagIDs == [tag, other])
    change.emails = .set([EmailAddress("ann@shop.example")])
    let upserted = try await world.issuer.upsertContact(
      change, match: .email, check: KeapV1.check, by: world.caller)
    #expect(upserted.outcome == .unchanged && upserted.record.tagIDs == [tag, other])
    #expect(try await world.tagIDs(bob) == [])
  }

  @Test("companies have tags, too")
  func companies() async throws {
    let world = try await TagWorld()
    let (bolt, nuts) = (try await world.company("Bolt"), try await world.company("Nuts"))
    let tag = try await world.tag("VIP").id
    let applied = world.time.now.milliseconds
    for _ in 0..<2 {
      try await world.issuer.applyTag(tag, toCompany: bolt, by: world.caller)
      world.time.advance(by: .seconds(3))
    }
    let companies = try await world.issuer.companies(withTag: tag, matching: TagQuery(), by: world.caller)
    let record = try #require(try await world.issuer.company(bolt, by: world.caller))
    #expect(record.name == "Bolt" && record.tagIDs == [tag])
    #expect(companies.records == [Applied(record: record, at: applied)])
    let listed = try await world.issuer.companies(matching: CompanyQuery(), by: world.caller)
    #expect(listed.records.map(\.tagIDs) == [[tag], []])
    var change = CompanyChange()
    change.notes = .set("x")
    let changed = try await world.issuer.updateCompany(bolt, change, as: .replace, by: world.caller)
    #expect(changed.tagIDs == [tag], "no write changes them")
    let tags = try await world.issuer.tags(of: .companies, bolt, matching: TagQuery(), by: world.caller)
    #expect(tags.records.map(\.record.id) == [tag] && tags.records.map(\.at) == [applied])
    await #expect(throws: ContactFault.missing(.company)) {
      try await world.issuer.applyTag(tag, toCompany: 999, by: world.caller)
    }
    await #expect(throws: ContactFault.missing(.tag)) {
      try await world.issuer.applyTag(999, toCompany: bolt, by: world.caller)
    }
    for company in [bolt, bolt, nuts] {
      try await world.issuer.removeTag(tag, fromCompany: company, by: world.caller)
    }
    #expect(try await world.issuer.companies(withTag: tag, matching: TagQuery(), by: world.caller).total == 0)
  }

  @Test("deleting a tag, a category, a contact or a company leaves nothing that hung off it")
  func deletions() async throws {
    let world = try await TagWorld()
    let (ann, bob) = (try await world.contact("ann"), try await world.contact("bob"))
    let company = try await world.company("Bolt")
    let category = try await world.category("Segments").id
    let (tag, other) = (try await world.tag("VIP", category: category).id, try await world.tag("New").id)
    for id in [tag, other] {
      _ = try await world.issuer.applyTag(id, toContacts: [ann, bob], by: world.caller)
      try await world.issuer.applyTag(id, toCompany: company, by: world.caller)
    }
    #expect(try await world.appliedCount == 6)
    world.time.advance(by: .seconds(1))
    try await world.issuer.deleteTagCategory(category, by: world.caller)
    let bare = try await world.issuer.tag(tag, by: world.caller)
    #expect(bare.category == nil && bare.updatedAt == bare.createdAt + 1000)
    #expect(try await world.appliedCount == 6)
    try await world.issuer.deleteTag(tag, by: world.caller)
    #expect(try await world.appliedCount == 3)
    #expect(try await world.tagIDs(ann) == [other])
    try await world.issuer.deleteContact(ann, by: world.caller)
    #expect(try await world.appliedCount == 2)
    try await world.issuer.deleteCompany(company, by: world.caller)
    #expect(try await world.appliedCount == 1)
    try await world.issuer.deleteContact(bob, by: world.caller)
    #expect(try await world.appliedCount == 0)
    #expect(try await world.issuer.contacts(withTag: other, matching: TagQuery(), by: world.caller).total == 0)
  }

  @Test("a tag that arrives after the approval ended is not applied")
  func afterRevocation() async throws {
    let world = try await TagWorld()
    let (ann, tag) = (try await world.contact("ann"), try await world.tag("VIP").id)
    let now = world.time.now
    try await world.database.write { db in try db.execute("UPDATE grants SET revoked_at = $1", now) }
    await #expect(throws: ContactFault.accessEnded) {
      try await world.issuer.applyTag(tag, toContacts: [ann], by: world.caller)
    }
    await #expect(throws: ContactFault.accessEnded) { try await world.tag("Late") }
    #expect(try await world.appliedCount == 0)
  }
}
