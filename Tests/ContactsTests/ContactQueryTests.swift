import Contacts
import Testing

@Suite struct ContactQueryTests {
  @Test func `v1's parameters become a query`() throws {
    let query = try ContactQuery(v1: [
      ("email", "ann@example.org"), ("given_name", "Ann"), ("family_name", ""), ("limit", "5"), ("offset", "10"),
      ("order", "last_updated"), ("order_direction", "DESCENDING"), ("since", "2017-01-01T22:17:59.039Z"),
      ("optional_properties", "custom_fields,job_title"), ("access_token", "x"),
    ])
    #expect(
      query.filters == [
        .text(.email, "ann@example.org", isPrefix: false), .text(.givenName, "Ann", isPrefix: false),
        .updatedFrom(1_483_309_079_039),
      ])
    #expect(query.limit == 5 && query.offset == 10 && query.order == .updated && query.isDescending)
    #expect(query.properties == ["custom_fields", "job_title"])
    let plain = try ContactQuery(v1: [])
    #expect(plain == ContactQuery() && plain.limit == 1000 && plain.order == .id)
  }

  @Test func `v2's parameters become a query`() throws {
    let query = try ContactQuery(v2: [
      ("filter", "email==x@y.zz;given_name==Mar*"), ("order_by", "id desc"), ("page_size", "5"), ("page_token", "abc"),
      ("fields", "id,given_name"),
    ])
    #expect(query.filters == [.text(.email, "x@y.zz", isPrefix: false), .text(.givenName, "Mar", isPrefix: true)])
    #expect(query.order == .id && query.isDescending && query.limit == 5 && query.pageToken == "abc")
    #expect(query.properties == ["id", "given_name"])
    #expect(try ContactQuery(v2: [("order_by", "update_time"), ("page_size", "0")]).limit == 1000)
  }

  @Test(arguments: [
    ("company_id==123", [ContactFilter.company(123)]), ("ids==1,2,3", [.ids([1, 2, 3])]),
    ("contact_ids==4", [.ids([4])]),
    ("contact_id>5;contact_id<=9", [.id(.above, 5), .id(.atMost, 9)]), ("contact_id==5", [.ids([5])]),
    ("start_update_time==2026-01-01T00:00:00.000Z", [.updatedFrom(1_767_225_600_000)]),
    ("end_update_time==2026-01-01T01:00:00+01:00", [.updatedUntil(1_767_225_600_000)]), ("", []),
  ]) func `a v2 filter is read`(text: String, filters: [ContactFilter]) throws {
    #expect(try ContactQuery(v2: [("filter", text)]).filters == filters)
  }

  @Test(arguments: [
    ("filter", "email"), ("filter", "email=x"), ("filter", "email>x"), ("filter", "shoe_size==5"),
    ("filter", "company_id==x"), ("filter", "ids==1,x"), ("filter", "start_update_time==soon"), ("order_by", "name"),
    ("order_by", "id up"), ("order_by", ""), ("page_size", "1001"), ("page_size", "-1"), ("page_size", "x"),
    ("fields", "nope"),
  ]) func `a v2 parameter that means nothing is refused`(name: String, value: String) {
    #expect(throws: ContactRefusal.self) { try ContactQuery(v2: [(name, value)]) }
  }

  @Test(arguments: [
    ("limit", "x"), ("limit", "1001"), ("offset", "-1"), ("order", "age"), ("order_direction", "UP"), ("since", "soon"),
    ("optional_properties", "nope"),
  ]) func `a v1 parameter that means nothing is refused`(name: String, value: String) {
    #expect(throws: ContactRefusal.self) { try ContactQuery(v1: [(name, value)]) }
  }
}
