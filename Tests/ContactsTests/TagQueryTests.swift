import Contacts
import Testing

@Suite struct TagQueryTests {
  @Test func `v1's parameters become a query`() throws {
    let query = try TagQuery(
      v1: [("name", "VIP"), ("category", "7"), ("limit", "5"), ("offset", "10"), ("access_token", "x")], of: .tags)
    #expect(query.filters == [.text(.name, "VIP"), .category(7)])
    #expect(query.page.limit == 5 && query.page.offset == 10 && query.page.isCounted)
    #expect(try TagQuery(v1: [("name", "VIP"), ("category", "x")], of: .contacts) == TagQuery(), "not its filters")
    #expect(try TagQuery(v1: [("name", ""), ("limit", ""), ("offset", "")], of: .tags) == TagQuery())
  }

  @Test func `v2's parameters become a query`() throws {
    let query = try TagQuery(
      v2: [
        ("filter", "name==my-tag; category_id==NONE;description==NONE;tag_ids==1, 2,3;"), ("order_by", "name desc"),
        ("page_size", "5"), ("page_token", "abc"),
      ], of: .tags)
    #expect(
      query.filters == [.text(.name, "my-tag"), .category(nil), .text(.description, nil), .ids([1, 2, 3])])
    #expect(query.order == .name && query.page.isDescending)
    #expect(query.page.limit == 5 && query.page.token == "abc" && !query.page.isCounted)
    let plain = try TagQuery(v2: [("filter", ""), ("order_by", ""), ("page_size", "0"), ("page_token", "")], of: .tags)
    #expect(plain.filters.isEmpty && plain.order == .id && plain.page == PageRequest(isCounted: false))
  }

  @Test(arguments: [
    (TagList.tags, "since_create_time==2026-01-01T00:00:00.000Z", TagFilter.from(.created, 1_767_225_600_000)),
    (.categories, "until_update_time==2026-01-01T01:00:00+01:00", .until(.updated, 1_767_225_600_000)),
    (.categories, "name==NONE", .text(.name, nil)), (.tags, "name==NONE", .text(.name, "NONE")),
    (.applied, "category_id==12", .category(12)),
    (.applied, "since_applied_time==2026-01-01", .from(.applied, 1_767_225_600_000)),
    (.contacts, "given_name==John", .text(.givenName, "John")),
    (.contacts, "family_name==a==b", .text(.familyName, "a==b")),
    (.contacts, "email==NONE", .text(.email, nil)), (.companies, "company_name==NONE", .text(.companyName, "NONE")),
    (.companies, "email==NONE", .text(.email, nil)),
    (.companies, "until_applied_time==2026-01-01", .until(.applied, 1_767_225_600_000)),
  ]) func `a filter is read as its list knows it`(list: TagList, text: String, filter: TagFilter) throws {
    #expect(try TagQuery(v2: [("filter", text)], of: list).filters == [filter])
  }

  @Test(arguments: [
    (TagList.tags, "filter", "name"), (.tags, "filter", "name=x"), (.tags, "filter", "name>x"),
    (.tags, "filter", "name=="), (.tags, "filter", "colour==x"), (.tags, "filter", "tag_ids==1,x"),
    (.tags, "filter", "tag_ids==1,,2"), (.tags, "filter", "category_id==none"),
    (.tags, "filter", "since_create_time==soon"), (.tags, "filter", "since_applied_time==2026-01-01"),
    (.categories, "filter", "category_id==1"), (.categories, "filter", "tag_ids==1"),
    (.applied, "filter", "tag_ids==1"), (.contacts, "filter", "name==x"), (.contacts, "filter", "company_name==x"),
    (.contacts, "filter", "since_create_time==2026-01-01"), (.companies, "filter", "given_name==x"),
    (.tags, "order_by", "id"), (.tags, "order_by", "applied_time"), (.tags, "order_by", "name up"),
    (.tags, "order_by", "name asc desc"), (.categories, "order_by", "category_id"), (.contacts, "order_by", "name"),
    (.companies, "order_by", "create_time"), (.tags, "page_size", "1001"), (.tags, "page_size", "-1"),
    (.tags, "page_size", "x"),
  ]) func `a v2 parameter that means nothing is refused`(list: TagList, name: String, value: String) {
    #expect(throws: ContactRefusal.self) { try TagQuery(v2: [(name, value)], of: list) }
  }

  @Test(arguments: [
    ("limit", "x"), ("limit", "1001"), ("offset", "-1"), ("offset", "99999999999"), ("category", "x"),
  ]) func `a v1 parameter that means nothing is refused`(name: String, value: String) {
    #expect(throws: ContactRefusal.self) { try TagQuery(v1: [(name, value)], of: .tags) }
  }

  @Test func `a filter has a limit`() throws {
    let ids = (1...1000).map(String.init).joined(separator: ",")
    #expect(try TagQuery(v2: [("filter", "tag_ids==" + ids)], of: .tags).filters.count == 1)
    #expect(throws: ContactRefusal.self) { try TagQuery(v2: [("filter", "tag_ids==0," + ids)], of: .tags) }
    let terms = Array(repeating: "name==x", count: 51).joined(separator: ";")
    #expect(throws: ContactRefusal.self) { try TagQuery(v2: [("filter", terms)], of: .tags) }
  }
}
