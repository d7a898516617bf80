import Contacts
import Store
import TestKit
import Testing

@testable import Issuer

/// The lists that tags make: filters, orders, and pages to the end.
@Suite struct TagListTests {
  @Test(
    "pages by token and by offset cover each list once, in every order", arguments: TagList.allCases, [false, true])
  func pages(list: TagList, isDescending: Bool) async throws {
    let (world, subject) = try await filled(seed: 11)
    for order in [TagOrder.id] + list.orders {
      var query = TagQuery()
      (query.order, query.page.isDescending) = (order, isDescending)
      let all = try await world.entries(list, subject, query).ids
      #expect(Set(all).count == all.count && all.count >= 9, "\(order)")
      query.page.limit = 2
      var (byToken, byOffset): ([Int64], [Int64]) = ([], [])
      repeat {
        let page = try await world.entries(list, subject, query)
        #expect(page.total == all.count)
        byToken += page.ids
        query.page.token = page.next
      } while query.page.token != nil && byToken.count <= all.count
      #expect(byToken == all, "\(order)")
      for offset in stride(from: 0, through: all.count, by: 2) {
        query.page.offset = offset
        byOffset += try await world.entries(list, subject, query).ids
      }
      #expect(byOffset == all, "\(order)")
      query.page.token = "nonsense"
      await #expect(throws: ContactFault.self) { try await world.entries(list, subject, query) }
      query.page.token = order.isText ? "NyBpNw" : "NyB0YW5u"
      await #expect(throws: ContactFault.self, "a place in a list of another kind") {
        try await world.entries(list, subject, query)
      }
      query.page.token = nil
      query.page.isCounted = false
      #expect(try await world.entries(list, subject, query).total == nil)
    }
  }

  @Test("tags and categories are filtered by what Keap filters by")
  func filters() async throws {
    let world = try await TagWorld()
    let segments = try await world.category("Segments", "All").id
    world.time.advance(by: .seconds(10))
    let vip = try await world.tag("VIP", "Best", category: segments)
    world.time.advance(by: .seconds(10))
    let new = try await world.tag("New")
    for (filter, tags) in [
      (TagFilter.text(.name, " vip "), [vip.id]), (.text(.name, "vi"), []), (.text(.name, "x' OR '1'='1"), []),
      (.text(.description, "Best"), [vip.id]), (.text(.description, nil), [new.id]),
      (.category(segments), [vip.id]), (.category(nil), [new.id]), (.category(999), []),
      (.ids([new.id, 999, vip.id]), [vip.id, new.id]), (.from(.created, new.createdAt), [new.id]),
      (.until(.created, vip.createdAt), [vip.id]), (.from(.updated, vip.updatedAt), [vip.id, new.id]),
      (.until(.updated, vip.updatedAt - 1), []),
    ] as [(TagFilter, [Int64])] {
      var query = TagQuery()
      query.filters = [filter]
      let page = try await world.issuer.tags(matching: query, by: world.caller)
      #expect(page.records.map(\.id) == tags && page.total == tags.count, "\(filter)")
    }
    for (filter, count) in [
      (TagFilter.text(.name, "SEGMENTS"), 1), (.text(.name, nil), 0), (.text(.description, nil), 0),
      (.from(.created, vip.createdAt), 0), (.until(.updated, vip.createdAt), 1),
    ] as [(TagFilter, Int)] {
      var query = TagQuery()
      query.filters = [filter]
      #expect(try await world.issuer.tagCategories(matching: query, by: world.caller).total == count, "\(filter)")
    }
    var both = TagQuery()
    both.filters = [.text(.name, "vip"), .category(nil)]
    #expect(try await world.issuer.tags(matching: both, by: world.caller).total == 0, "filters hold together")
  }

  @Test("what a tag is applied to, and what is applied to it, is filtered by what Keap filters by")
  func appliedFilters() async throws {
    let world = try await TagWorld()
    let (ann, bob) = (try await world.contact("Ann", "Ample"), try await world.contact("Bob"))
    var phone = ContactChange()
    phone.phones = .set([PhoneNumber("555")])
    let nobody = try await world.issuer.createContact(phone, check: KeapV1.check, by: world.caller).id
    let segments = try await world.category("Segments").id
    let (bolt, nuts) = (try await world.company("Bolt"), try await world.company("Nuts", email: "Info@nuts.example"))
    let (vip, new) = (try await world.tag("VIP", "Best", category: segments), try await world.tag("New"))
    var times: [Int64] = []
    for contact in [ann, bob, nobody] {
      world.time.advance(by: .seconds(10))
      times.append(world.time.now.milliseconds)
      _ = try await world.issuer.applyTags([vip.id], toContact: contact, by: world.caller)
    }
    _ = try await world.issuer.applyTags([new.id], toContact: ann, by: world.caller)
    for company in [bolt, nuts] { try await world.issuer.applyTag(vip.id, toCompany: company, by: world.caller) }
    for (filter, contacts) in [
      (TagFilter.text(.givenName, "ANN"), [ann]), (.text(.familyName, "ample"), [ann]),
      (.text(.familyName, nil), [bob, nobody]), (.text(.givenName, nil), [nobody]), (.text(.email, nil), [nobody]),
      (.text(.email, "BOB@shop.example"), [bob]), (.text(.email, " "), []), (.from(.applied, times[1]), [bob, nobody]),
      (.until(.applied, times[1]), [ann, bob]), (.from(.applied, times[2] + 1), []),
    ] as [(TagFilter, [Int64])] {
      var query = TagQuery()
      query.filters = [filter]
      let page = try await world.issuer.contacts(withTag: vip.id, matching: query, by: world.caller)
      #expect(page.records.map(\.record.id) == contacts && page.total == contacts.count, "\(filter)")
    }
    for (filter, tags) in [
      (TagFilter.text(.name, "vip"), [vip.id]), (.text(.description, nil), [new.id]), (.category(segments), [vip.id]),
      (.category(nil), [new.id]), (.until(.applied, times[0]), [vip.id]), (.from(.applied, times[2]), [new.id]),
      (.until(.created, times[0]), [vip.id, new.id]), (.from(.updated, times[0]), []),
    ] as [(TagFilter, [Int64])] {
      var query = TagQuery()
      query.filters = [filter]
      let page = try await world.issuer.tags(of: .contacts, ann, matching: query, by: world.caller)
      #expect(page.records.map(\.record.id) == tags && page.total == tags.count, "\(filter)")
    }
    for (filter, companies) in [
      (TagFilter.text(.companyName, "BOLT"), [bolt]), (.text(.companyName, "b"), []), (.text(.email, nil), [bolt]),
      (.text(.email, "INFO@nuts.example"), [nuts]), (.text(.email, "a@b.example"), []), (.text(.email, " "), []),
      (.from(.applied, times[2]), [bolt, nuts]), (.until(.applied, times[1]), []),
    ] as [(TagFilter, [Int64])] {
      var query = TagQuery()
      query.filters = [filter]
      let page = try await world.issuer.companies(withTag: vip.id, matching: query, by: world.caller)
      #expect(page.records.map(\.record.id) == companies && page.total == companies.count, "\(filter)")
    }
  }

  @Test("a page of contacts asks once for their tags, and every list goes through an index")
  func plans() async throws {
    let store = ExplainingDatabase(try SQLite.inMemory())
    let world = try await TagWorld(store)
    var subject = TagSubject()
    subject.tag = try await world.tag("VIP").id
    for number in 0..<3 {
      subject.contact = try await world.contact("p\(number)")
      subject.company = try await world.company("Company \(number)")
      _ = try await world.issuer.applyTags([subject.tag], toContact: subject.contact, by: world.caller)
      try await world.issuer.applyTag(subject.tag, toCompany: subject.company, by: world.caller)
    }
    _ = store.takeLines()
    #expect(try await world.issuer.contacts(matching: ContactQuery(), by: world.caller).records.count == 3)
    #expect(store.takeLines().filter { $0.contains("contact_tags") }.count == 1)
    for list in TagList.allCases {
      for order in [TagOrder.id] + list.orders {
        var query = TagQuery()
        (query.order, query.page.limit) = (order, 1)
        query.page.token = try await world.entries(list, subject, query).next
        _ = try await world.entries(list, subject, query)
        let whole = store.takeLines().filter { line in
          // The tags and categories of a tenant are the list itself.
          line.hasPrefix("SCAN") || list != .tags && list != .categories && line.hasSuffix("(tenant_id=?)")
        }
        #expect(whole.isEmpty, "\(list), \(order)")
      }
    }
    try await world.issuer.removeTag(subject.tag, fromContacts: [subject.contact], by: world.caller)
    try await world.issuer.deleteTag(subject.tag, by: world.caller)
    #expect(store.takeLines().allSatisfy { !$0.hasPrefix("SCAN") })
  }

  /// Tags in categories, and contacts and companies that have them, drawn by a seed; many share a name and a time.
  private func filled(seed: UInt64) async throws -> (TagWorld, TagSubject) {
    var random = SeededGenerator(seed: seed)
    let world = try await TagWorld()
    var subject = TagSubject()
    var (tags, categories): ([Int64], [Int64]) = ([], [])
    for number in 0..<9 {
      if Bool.random(using: &random) { world.time.advance(by: .seconds(1)) }
      let category = try await world.category("Category \(Bool.random(using: &random) ? "a" : "b") \(number)").id
      categories.append(category)
      let chosen = Bool.random(using: &random) ? categories.randomElement(using: &random) : nil
      tags.append(try await world.tag("Tag \(9 - number)", category: chosen).id)
    }
    for number in 0..<9 {
      if Bool.random(using: &random) { world.time.advance(by: .seconds(1)) }
      subject.contact = try await world.contact(
        "p\(number)", Bool.random(using: &random) ? "Family \(number % 2)" : nil)
      subject.company = try await world.company(
        "Company \(9 - number)", email: number % 3 == 0 ? nil : "info@bolt\(number % 2).example")
      subject.tag = tags[0]
      _ = try await world.issuer.applyTags(
        number == 8 ? tags : [tags[0]], toContact: subject.contact, by: world.caller)
      for tag in number == 8 ? tags : [tags[0]] {
        try await world.issuer.applyTag(tag, toCompany: subject.company, by: world.caller)
      }
    }
    return (world, subject)
  }
}

/// Whose list it is.
private struct TagSubject {
  var tag: Int64 = 0
  var contact: Int64 = 0
  var company: Int64 = 0
}

extension TagWorld {
  /// A page of any of the lists: its numbers, its total and its next token.
  @discardableResult
  fileprivate func entries(
    _ list: TagList, _ subject: TagSubject, _ query: TagQuery
  ) async throws -> (ids: [Int64], total: Int?, next: String?) {
    switch list {
    case .tags:
      let page = try await issuer.tags(matching: query, by: caller)
      return (page.records.map(\.id), page.total, page.nextPageToken)
    case .categories:
      let page = try await issuer.tagCategories(matching: query, by: caller)
      return (page.records.map(\.id), page.total, page.nextPageToken)
    case .applied:
      let page = try await issuer.tags(of: .contacts, subject.contact, matching: query, by: caller)
      let company = try await issuer.tags(of: .companies, subject.company, matching: query, by: caller)
      #expect(company.records.map(\.record) == page.records.map(\.record))
      return (page.records.map(\.record.id), page.total, page.nextPageToken)
    case .contacts:
      let page = try await issuer.contacts(withTag: subject.tag, matching: query, by: caller)
      return (page.records.map(\.record.id), page.total, page.nextPageToken)
    case .companies:
      let page = try await issuer.companies(withTag: subject.tag, matching: query, by: caller)
      return (page.records.map(\.record.id), page.total, page.nextPageToken)
    }
  }
}
