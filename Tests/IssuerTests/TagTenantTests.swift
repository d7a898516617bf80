import Contacts
import Testing

@testable import Issuer

/// Whose tags are whose.
@Suite struct TagTenantTests {
  @Test("P42: the tags of another tenant, and what they are applied to, are not there")
  func otherTenant() async throws {
    let world = try await TagWorld()
    // The numbers of both tenants begin at 1, so the same ones are somebody's in either.
    let other = try await world.inAnotherTenant()
    var ids: [(contact: Int64, company: Int64, category: Int64, tag: Int64)] = []
    for world in [world, other] {
      let category = try await world.category("Segments").id
      ids.append(
        (
          contact: try await world.contact("ann"), company: try await world.company("Bolt"), category: category,
          tag: try await world.tag("VIP", category: category).id
        ))
    }
    let (mine, theirs) = (ids[0], ids[1])
    #expect(mine == theirs, "names and numbers are a tenant's own")
    #expect(try await world.issuer.applyTags([mine.tag], toContact: mine.contact, by: world.caller) == [.success])
    try await world.issuer.applyTag(mine.tag, toCompany: mine.company, by: world.caller)
    #expect(try await other.tagIDs(theirs.contact) == [])
    #expect(try await other.issuer.contacts(withTag: theirs.tag, matching: TagQuery(), by: other.caller).total == 0)
    #expect(try await other.issuer.companies(withTag: theirs.tag, matching: TagQuery(), by: other.caller).total == 0)
    for bearer in [TagBearer.contacts, .companies] {
      let id = bearer == .contacts ? theirs.contact : theirs.company
      #expect(try await other.issuer.tags(of: bearer, id, matching: TagQuery(), by: other.caller).total == 0)
    }
    try await other.issuer.removeTag(theirs.tag, fromContacts: [theirs.contact], by: other.caller)
    try await other.issuer.removeTag(theirs.tag, fromCompany: theirs.company, by: other.caller)
    var change = TagChange()
    change.name = .set("Renamed")
    _ = try await other.issuer.updateTag(theirs.tag, change, by: other.caller)
    _ = try await other.issuer.updateTagCategory(theirs.category, change, by: other.caller)
    try await other.issuer.deleteTagCategory(theirs.category, by: other.caller)
    try await other.issuer.deleteTag(theirs.tag, by: other.caller)
    try await other.issuer.deleteContact(theirs.contact, by: other.caller)
    let kept = try await world.issuer.tag(mine.tag, by: world.caller)
    #expect(kept.name == "VIP" && kept.category?.name == "Segments")
    #expect(try await world.tagIDs(mine.contact) == [mine.tag])
    #expect(try await world.issuer.companies(withTag: mine.tag, matching: TagQuery(), by: world.caller).total == 1)
  }

  @Test("P42: a number that is another tenant's alone names nothing")
  func strangeNumbers() async throws {
    let world = try await TagWorld()
    let other = try await world.inAnotherTenant()
    let (ann, company) = (try await world.contact("ann"), try await world.company("Bolt"))
    let category = try await world.category("Segments").id
    let tag = try await world.tag("VIP", category: category).id
    _ = try await world.issuer.applyTag(tag, toContacts: [ann], by: world.caller)
    var change = TagChange()
    (change.name, change.category) = (.set("New"), .set(category))
    let stranger = other.caller
    await #expect(throws: ContactFault.missing(.tag)) { try await world.issuer.tag(tag, by: stranger) }
    await #expect(throws: ContactFault.missing(.tag)) { try await world.issuer.updateTag(tag, change, by: stranger) }
    await #expect(throws: ContactFault.missing(.tag)) { try await world.issuer.deleteTag(tag, by: stranger) }
    await #expect(throws: ContactFault.missing(.tagCategory)) {
      try await world.issuer.tagCategory(category, by: stranger)
    }
    await #expect(throws: ContactFault.missing(.tagCategory)) {
      try await world.issuer.updateTagCategory(category, change, by: stranger)
    }
    await #expect(throws: ContactFault.missing(.tagCategory)) {
      try await world.issuer.deleteTagCategory(category, by: stranger)
    }
    await #expect(throws: ContactFault.invalid("category.id: there is no tag category \(category)")) {
      try await world.issuer.createTag(change, by: stranger)
    }
    await #expect(throws: ContactFault.notFound) {
      try await world.issuer.tags(of: .contacts, ann, matching: TagQuery(), by: stranger)
    }
    await #expect(throws: ContactFault.missing(.company)) {
      try await world.issuer.tags(of: .companies, company, matching: TagQuery(), by: stranger)
    }
    await #expect(throws: ContactFault.missing(.tag)) {
      try await world.issuer.contacts(withTag: tag, matching: TagQuery(), by: stranger)
    }
    await #expect(throws: ContactFault.missing(.tag)) {
      try await world.issuer.removeTag(tag, fromContacts: [ann], by: stranger)
    }
    let theirs = try await other.tag("Own").id
    #expect(theirs == 1)
    #expect(try await world.issuer.applyTags([tag], toContact: theirs, by: stranger) == [.contactNotFound])
    #expect(try await world.issuer.applyTag(theirs, toContacts: [company], by: stranger) == [.contactNotFound])
    let contact = try await other.contact("zoe")
    #expect(try await world.issuer.applyTags([tag], toContact: contact, by: stranger) == [.tagNotFound])
    #expect(try await other.issuer.tags(matching: TagQuery(), by: stranger).records.map(\.id) == [theirs])
    #expect(try await other.issuer.tagCategories(matching: TagQuery(), by: stranger).records.isEmpty)
    #expect(try await world.appliedCount == 1)
  }
}
