import Contacts
import Store
import TestKit
import Testing

@testable import Issuer

@Suite struct ContactLinkTests {
  @Test("a link is shown at both ends, made once, and ends from either side")
  func links() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let (ann, ben) = (try await two.contact().id, try await two.contact("ben@shop.example").id)
    let type = try await issuer.createContactLinkType(.init(name: "Spouse", mostLinks: 1), by: caller)
    let pair = ContactPair(first: ann, second: ben, typeID: type.id)
    let back = ContactPair(first: ben, second: ann, typeID: type.id)
    let link = try await issuer.linkContacts(pair, by: caller)
    #expect(link.pair == pair && link.typeName == "Spouse")
    #expect(try await issuer.linkContacts(pair, by: caller) == link)
    #expect(try await issuer.linkContacts(back, by: caller) == link, "which of them comes first makes no other link")
    for contact in [ann, ben] {
      #expect(try await issuer.contactLinks(of: contact, by: caller) == [link])
      #expect(try await issuer.contact(contact, by: caller).links == [link])
    }
    try await issuer.unlinkContacts(back, by: caller)
    await #expect(throws: ContactFault.missing(.link)) { try await issuer.unlinkContacts(pair, by: caller) }
    #expect(try await issuer.contactLinks(of: ann, by: caller).isEmpty)
    await #expect(throws: ContactFault.invalid("A contact cannot be linked with itself")) {
      try await issuer.linkContacts(ContactPair(first: ann, second: ann, typeID: type.id), by: caller)
    }
  }

  @Test("a contact has no more links of a type than the type allows, and none at all to whoever is gone")
  func bounds() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    var ids: [Int64] = []
    for number in 0..<4 { ids.append(try await two.contact("p\(number)@shop.example").id) }
    let type = try await issuer.createContactLinkType(.init(name: "Friend", mostLinks: 2), by: caller)
    func link(_ first: Int, _ second: Int) async throws {
      let pair = ContactPair(first: ids[first], second: ids[second], typeID: type.id)
      _ = try await issuer.linkContacts(pair, by: caller)
    }
    try await link(0, 1)
    try await link(2, 0)
    for (first, second) in [(0, 3), (3, 0)] {
      await #expect(throws: ContactFault.self) { try await link(first, second) }
    }
    #expect(try await issuer.contactLinks(of: ids[3], by: caller).isEmpty)
    await #expect(throws: ContactFault.self) {
      try await issuer.updateContactLinkType(type.id, .init(mostLinks: 1), by: caller)
    }
    await #expect(throws: ContactFault.self) { try await issuer.deleteContactLinkType(type.id, by: caller) }
    try await issuer.deleteContact(ids[1], by: caller)
    let fewer = try await issuer.updateContactLinkType(type.id, .init(name: "Buddy", mostLinks: 1), by: caller)
    #expect(fewer.name == "Buddy" && fewer.mostLinks == 1)
    #expect(try await issuer.contactLinks(of: ids[0], by: caller).map(\.typeName) == ["Buddy"])
    try await issuer.deleteContact(ids[2], by: caller)
    try await issuer.deleteContactLinkType(type.id, by: caller)
    #expect(try await issuer.contact(ids[0], by: caller).links.isEmpty)
  }

  @Test("as many links at once as a type allows are made, and no more")
  func race() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    let ann = try await two.contact().id
    let type = try await issuer.createContactLinkType(.init(name: "Friend", mostLinks: 3), by: caller)
    var ids: [Int64] = []
    for number in 0..<12 { ids.append(try await two.contact("p\(number)@shop.example").id) }
    let made = await withTaskGroup(of: Bool.self) { group in
      for id in ids {
        group.addTask {
          (try? await issuer.linkContacts(ContactPair(first: id, second: ann, typeID: type.id), by: caller)) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(made == 3)
    #expect(try await issuer.contactLinks(of: ann, by: caller).count == 3)
  }

  @Test("types are listed by name, number of links and age, and a name is there once")
  func types() async throws {
    let two = try await TwoTenants()
    let (issuer, caller) = (two.issuer, two.caller)
    for (name, most) in [("Spouse", 1), ("friend", 9), ("Child", 5)] {
      _ = try await issuer.createContactLinkType(.init(name: name, mostLinks: Int64(most)), by: caller)
      two.world.time.advance(by: .seconds(1))
    }
    await #expect(throws: ContactFault.nameTaken(.linkType)) {
      try await issuer.createContactLinkType(.init(name: "FRIEND", mostLinks: 1), by: caller)
    }
    for (order, names) in [
      ("name", ["Child", "friend", "Spouse"]), ("max_links desc", ["friend", "Child", "Spouse"]),
      ("create_time", ["Spouse", "friend", "Child"]),
    ] {
      var query = try ContactLinkTypeQuery(v2: [("order_by", order), ("page_size", "2")])
      let walked = try await TwoTenants.walk { token in
        query.page.token = token
        return try await issuer.contactLinkTypes(matching: query, by: caller)
      }
      #expect(walked.records.map(\.name) == names && walked.pages == 2)
    }
    let query = try ContactLinkTypeQuery(v2: [("filter", "name==SPOUSE")])
    #expect(try await issuer.contactLinkTypes(matching: query, by: caller).records.map(\.name) == ["Spouse"])
  }
}
