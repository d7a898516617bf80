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
    #expect(query.page.limit == 5 && query.page.offset == 10 && query.order == .updated && query.page.isDescending)
    #expect(query.properties == ["custom_fields", "job_title"])
    let plain = try ContactQuery(v1: [])
    #expect(plain == ContactQuery() && plain.page.limit == 1000 && plain.order == .id)
  }

  @Test func `v2's parameters become a query`() throws {
    let query = try ContactQuery(v2: [
      ("filter", "email==x@y.zz;given_name==Mar*"), ("order_by", "id desc"), ("page_size", "5"), ("page_token", "abc"),
      ("fields", "id,given_name"),
    ])
    #expect(query.filters == [.text(.email, "x@y.zz", isPrefix: false), .text(.givenName, "Mar", isPrefix: true)])
    #expect(query.order == .id && query.page.isDescending && query.page.limit == 5 && query.page.token == "abc")
    #expect(query.properties == ["id", "given_name"])
    #expect(try ContactQuery(v2: [("order_by", "update_time"), ("page_size", "0")]).page.limit == 1000)
  }

  @Test func `an empty parameter says nothing`() throws {
    let names = ["email", "given_name", "since", "until", "limit", "offset", "order", "order_direction"]
    #expect(try ContactQuery(v1: (names + ["optional_properties"]).map { ($0, "") }) == ContactQuery())
    let plain = try ContactQuery(v2: [])
    #expect(
      try ContactQuery(v2: ["filter", "order_by", "page_size", "page_token", "fields"].map { ($0, "") }) == plain)
    #expect(!plain.page.isCounted && plain.page.limit == 1000 && plain.properties == nil)
  }

  @Test(arguments: [
    ("company_id==123", [ContactFilter.company(123)]), ("ids==1,2,3", [.ids([1, 2, 3])]),
    ("contact_ids==4", [.ids([4])]), ("email==a*b@x.zz", [.text(.email, "a*b@x.zz", isPrefix: false)]),
    ("contact_id>5;contact_id<=9", [.id(.above, 5), .id(.atMost, 9)]), ("contact_id==5", [.ids([5])]),
    ("start_update_time==2026-01-01T00:00:00.000Z", [.updatedFrom(1_767_225_600_000)]),
    ("end_update_time==2026-01-01T01:00:00+01:00", [.updatedUntil(1_767_225_600_000)]), ("", []),
  ]) func `a v2 filter is read`(text: String, filters: [ContactFilter]) throws {
    #expect(try ContactQuery(v2: [("filter", text)]).filters == filters)
  }

  @Test(arguments: [
    ("city==New  YORK", "BILLING.locality", SearchCondition.Test.compares(.equal, "new york")),
    ("city==Chan*", "BILLING.locality", .startsWith("chan")), ("state==Ar*", "BILLING.region", .startsWith("ar")),
    ("website==https://Example*", "website", .startsWith("https://example")),
    ("billing_address_line1==1 Main St*", "BILLING.line1", .compares(.equal, "1 main st*")),
    ("shipping_address_region==Arizona", "SHIPPING.region", .compares(.equal, "arizona")),
    ("other_address_postal_code==85001", "OTHER.postal_code", .compares(.equal, "85001")),
    ("other_address_country_code==usa", "OTHER.country_code", .compares(.equal, "usa")),
  ]) func `a v2 filter by a place or site is read`(text: String, field: String, test: SearchCondition.Test) throws {
    let filters = try ContactQuery(v2: [("filter", text)]).filters
    #expect(filters == [.search(SearchCondition([SearchField(name: field)], test))])
  }

  @Test func `a telephone number is looked for in the slots that are named`() throws {
    let query = try ContactQuery(v2: [("filter", "phone_fields==PHONE1, phone3;phone_number==+1 (602) 555-1234")])
    let fields = [SearchField.phone(.phone1), .phone(.phone3)]
    #expect(query.filters == [.search(SearchCondition(fields, .compares(.equal, "16025551234")))])
    #expect(throws: ContactRefusal("filter: phone_number and phone_fields need each other")) {
      try ContactQuery(v2: [("filter", "phone_number==6025551234")])
    }
  }

  @Test func `any other name may be that of a custom field, and a lead source names nobody`() throws {
    let filters = try ContactQuery(v2: [("filter", "Score0>=5;lead_source_name==Google*")]).filters
    guard case .custom(let term)? = filters.first else {
      Issue.record("not left to the tenant's fields")
      return
    }
    #expect(filters.count == 2 && filters.last == .nobody)
    #expect(throws: ContactRefusal("filter: Score0 is not a field to filter by")) {
      try CustomFieldModel().search(term)
    }
  }

  @Test(arguments: [
    ("filter", "email"), ("filter", "email=x"), ("filter", "email>x"), ("filter", "city!=Rome"),
    ("filter", "billing_address_line1>=1"), ("filter", "phone_number==602 555 1234"),
    ("filter", "phone_fields==PHONE1"),
    ("filter", "phone_number==602*;phone_fields==PHONE1"), ("filter", "phone_number==x;phone_fields==PHONE1"),
    ("filter", "phone_number==6;phone_fields==FAX1"),
    ("filter", "company_id==x"), ("filter", "ids==1,x"), ("filter", "start_update_time==soon"), ("order_by", "name"),
    ("order_by", "id up"), ("filter", "contact_id!=5"), ("page_size", "1001"), ("page_size", "-1"), ("page_size", "x"),
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
