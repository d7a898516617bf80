import Testing
import Wire

@Suite("Companies, as Keap's REST speaks of them")
struct CompanyAPITests {
  private static let v2: JSON = [
    "company_name": "Thryv", "notes": "Key client\nsince 2020", "website": "https://www.thryv.com", "suffix": "Jr",
    "title": "Dr.", "anniversary_date": "2015-06-20", "birth_date": "1985-03-15", "assistant_name": "Jane Doe",
    "assistant_phone": "555-123-4567", "billing_information": "NET 30", "contact_type": "Vendor", "first_name": "John",
    "job_title": "CEO", "last_name": "Smith", "middle_name": "Robert", "preferred_name": "Johnny",
    "referral_code": "REF2024ABC", "spouse_name": "Jane Smith",
    "email_address": ["email": "info@thryv.example", "field": "EMAIL1", "opt_in_reason": "web form"],
    "phone_number": [
      "number": "5551234567", "extension": "101", "type": "Work", "field": "PHONE2", "number_e164": "+15551234567",
    ],
    "fax_number": ["number": "5551234568", "type": "Work", "field": "FAX1"],
    "address": [
      "line1": "123 Main St", "line2": "Suite 100", "locality": "Phoenix", "region_code": "US-AZ",
      "country_code": "USA", "postal_code": "85001", "zip_code": "85001", "zip_four": "1234", "field": "SHIPPING",
    ],
  ]

  @Test("every field that v2 can write comes back, and null or an empty object clears one")
  func fieldsOfV2() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let user = String(try await api.user())
      var body = try #require(Self.v2.object)
      body["owner_id"] = .string(user)
      let colour = JSON.string(try await api.field(of: "companies"))
      body["custom_fields"] = [["id": colour, "content": "Red"]]
      let made = try await api.call("POST", "v2/companies", .object(body), 201)
      let id = try #require(made["id"]?.string)
      #expect(try await api.call("GET", "v2/companies/\(id)") == made)
      for (key, value) in body where value.object == nil { #expect(made[key] == value, "\(key)") }
      for key in ["phone_number", "fax_number"] { #expect(made[key] == body[key]) }
      for (key, value) in body["address"]?.object ?? [:] { #expect(made["address"]?[key] == value, "\(key)") }
      #expect(made["address"]?["region"] == "Arizona" && made["address"]?["country"]?.string?.isEmpty == false)
      #expect(
        made["email_address"] == [
          "email": "info@thryv.example", "field": "EMAIL1", "opt_in_reason": "web form", "is_opt_in": true,
          "email_opt_status": "SINGLE_OPT_IN",
        ])
      #expect(made["create_time"] == made["update_time"] && made["create_time"]?.string != nil)
      #expect(made["created_by"]?.string == user && made["last_updated_by"]?.string == user)

      let patched = try await api.call(
        "PATCH", "v2/companies/\(id)?update_mask=notes&update_mask=address",
        ["notes": .null, "address": ["locality": "Tucson"], "website": "https://other.example"])
      #expect(patched["notes"] == nil && patched["website"] == "https://www.thryv.com")
      #expect(patched["address"] == ["locality": "Tucson", "field": "BILLING"], "v2 replaces it")
      let emptied = try await api.call(
        "PATCH", "v2/companies/\(id)", ["address": [:], "phone_number": .null, "suffix": "", "custom_fields": []])
      for key in ["address", "phone_number", "suffix"] { #expect(emptied[key] == nil, "\(key)") }
      #expect(emptied["custom_fields"] == [["id": colour, "content": .null]] && emptied["title"] == "Dr.")
      let named = try await api.call(
        "POST", "v2/companies", ["company_name": "By name", "address": ["country": "France"]], 201)
      #expect(named["address"]?["country_code"] == "FRA")
      try await api.call("DELETE", "v2/companies/\(id)", nil, 204)
      try await api.refuse("GET", "v2/companies/\(id)", nil, 404, "Unable to find this Company")
      try await api.refuse("DELETE", "v2/companies/\(id)", nil, 404, "Unable to find this Company")
    }
  }

  @Test("v1 writes and reads its fields, lays parts over what is there, and takes what it once read")
  func fieldsOfV1() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let colour = try #require(Int64(try await api.field(of: "companies")))
      let body: JSON = [
        "company_name": "Thryv", "email_address": "info@thryv.example", "notes": "n", "website": "https://thryv.com",
        "opt_in_reason": "asked", "phone_number": ["number": "1", "extension": "2", "type": "Work"],
        "fax_number": ["number": "3", "type": "Work"], "custom_fields": [["id": .integer(colour), "content": "Red"]],
        "address": [
          "line1": "1 Main St", "line2": "B", "locality": "Phoenix", "region": "Arizona", "zip_code": "85001",
          "zip_four": "1234", "country_code": "USA",
        ],
      ]
      let made = try await api.call("POST", "v1/companies/", body, 201)
      let id = try #require(made["id"]?.integer)
      for (key, value) in try #require(body.object) where key != "opt_in_reason" {
        #expect(made[key] == value, "\(key)")
      }
      #expect(made["email_opted_in"] == true && made["email_status"] == "SingleOptIn")
      let plain = try await api.call("GET", "v1/companies/\(id)")
      for key in ["notes", "fax_number", "custom_fields"] { #expect(plain[key] == nil, "\(key)") }
      #expect(
        try await api.call(
          "GET", "v1/companies/\(id)?optional_properties=notes,fax_number&optional_properties=custom_fields")
          == made)
      try await api.refuse(
        "GET", "v1/companies/\(id)?optional_properties=age,notes", nil, 400,
        "The following optional-properties are unrecognized: age")
      var again = try #require(made.object)
      again["address"] = ["line2": "C"]
      again["notes"] = .null
      let patched = try await api.call("PATCH", "v1/companies/\(id)", .object(again))
      #expect(patched["address"]?["line1"] == "1 Main St" && patched["address"]?["line2"] == "C")
      #expect(patched["notes"] == nil && patched["website"] == made["website"])
      let shown = try await api.call("GET", "v2/companies/\(id)?fields=address")
      #expect(shown["address"]?["region_code"] == "US-AZ" && shown["phone_number"] == nil)
      #expect(shown["company_name"] == "Thryv" && shown["website"] == "https://thryv.com")
    }
  }

  @Test("v2's list is filtered by a field that the tenant defined")
  func customFilter() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let colour = try await api.field(of: "companies")
      for (name, content) in [("Acme", "Dark Red"), ("Bolt", "Blue")] {
        try await api.call(
          "POST", "v2/companies",
          ["company_name": .string(name), "custom_fields": [["id": .string(colour), "content": .string(content)]]], 201)
      }
      let found = try await api.call("GET", "v2/companies?filter=colour%3D%3Ddark%2A")
      #expect(found["companies"]?.array?.map { $0["company_name"] } == ["Acme"])
      try await api.refuse(
        "GET", "v2/companies?filter=colour%3E1", nil, 400, "filter: colour can only be compared with ==")
    }
  }

  @Test("lists take every parameter, empty ones too, and v2's end with an empty token")
  func lists() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      for (name, city) in [("Acme", "Chandler"), ("Bolt", "Chandler"), ("Acme Two", "Tucson")] {
        try await api.call(
          "POST", "v2/companies",
          [
            "company_name": .string(name), "email_address": ["email": .string("\(name.prefix(1))@b.example")],
            "address": ["locality": .string(city), "region_code": "US-AZ", "country_code": "USA"],
          ], 201)
      }
      let empty = "page_size=0&page_token=&filter=&order_by=&fields="
      let all = try await api.call("GET", "v2/companies?\(empty)")
      #expect(all["companies"]?.array?.map { $0["company_name"] } == ["Acme", "Bolt", "Acme Two"])
      #expect(all["next_page_token"] == "")
      let shown = all["companies"]?[0]?.object.map { $0.keys.sorted() }
      #expect(shown == ["company_name", "created_by", "id", "last_updated_by"])
      let asked = try await api.call("GET", "v2/companies?fields=address,create_time&page_size=1")
      #expect(asked["companies"]?[0]?["address"]?["locality"] == "Chandler")
      #expect(asked["companies"]?[0]?["create_time"] != nil && asked["companies"]?[0]?["email_address"] == nil)
      for (query, ids) in [
        ("filter=company_name%3D%3DACME", ["1"]), ("filter=name%3D%3Dacme%2A", ["1", "3"]),
        ("filter=email%3D%3DB%40b.example", ["2"]), ("filter=city%3D%3DChan%2A%3Bstate%3D%3DArizona", ["1", "2"]),
        ("filter=company_id%3E1&order_by=id%20desc", ["3", "2"]), ("filter=company_id%3C%3D1", ["1"]),
        ("filter=since_time%3D%3D2025-04-16T20:33:02.321Z%3B", ["1", "2", "3"]),
        ("filter=until_time%3D%3D2025-04-16T20:33:02.321Z", []), ("order_by=name", ["1", "3", "2"]),
        ("order_by=name%20desc", ["2", "3", "1"]), ("order_by=create_time%20DESC", ["3", "2", "1"]),
        ("order_by=email", ["1", "3", "2"]),
      ] as [(String, [String])] {
        let walked = try await api.walk("v2/companies?page_size=1&\(query)", "companies")
        #expect(walked.compactMap { $0["id"]?.string } == ids, "\(query)")
      }
      let page = try await api.call(
        "GET", "v1/companies?limit=2&offset=&order=name&order_direction=DESCENDING&company_name=")
      #expect(page["companies"]?.array?.map { $0["company_name"] } == ["Bolt", "Acme Two"])
      #expect(page["count"] == 3)
      #expect(
        page["next"]
          == "http://127.0.0.1:8443/crm/rest/v1/companies/?limit=2&offset=2&order=name&order_direction=DESCENDING"
      )
      let named = try await api.call("GET", "v1/companies?company_name=acme%20TWO")
      #expect(named["companies"]?[0]?["id"] == 3 && named["count"] == 1)
      for (order, ids) in [("id", [1, 2, 3]), ("date_created", [1, 2, 3]), ("email", [1, 3, 2])] as [(String, [Int64])]
      {
        let list = try await api.call("GET", "v1/companies?order=\(order)")
        #expect(list["companies"]?.array?.compactMap { $0["id"]?.integer } == ids, "\(order)")
      }
    }
  }

  @Test("a contact names its company by id or name, follows its new name, and is free when it is deleted")
  func ofContacts() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let first = try await api.contact("a@example.org", company: ["company_name": "Bolt"])
      let id = try #require(try await api.call("GET", "v1/contacts/\(first)")["company"]?["id"]?.integer)
      let second = try await api.contact("b@example.org", company: ["id": .integer(id)])
      try await api.call("PATCH", "v1/companies/\(id)", ["company_name": "Nuts  and Bolts"])
      for contact in [first, second] {
        let read = try await api.call("GET", "v2/contacts/\(contact)")
        #expect(read["company"] == ["id": .string(String(id)), "company_name": "Nuts and Bolts"])
      }
      try await api.call("DELETE", "v2/companies/\(id)", nil, 204)
      for contact in [first, second] {
        #expect(try await api.call("GET", "v2/contacts/\(contact)")["company"] == nil)
      }
      let list = try await api.call("GET", "v2/contacts?filter=company_id%3D%3D\(id)")
      #expect(list["contacts"] == [])
      try await api.refuse(
        "PATCH", "v1/contacts/\(first)", ["company": ["id": .integer(id)]], 400,
        "company.id: there is no company \(id)")
    }
  }

  @Test("what cannot stand is refused in a sentence, in both versions, and nothing of it is kept")
  func refused() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let id = try #require(try await api.call("POST", "v2/companies", ["company_name": "Bolt"], 201)["id"]?.string)
      try await api.call("POST", "v2/companies", ["company_name": "Nuts"], 201)
      let before = try await api.call("GET", "v2/companies/\(id)")
      let long = JSON.string(String(repeating: "x", count: 256))
      let bad: [(JSON, String)] = [
        (["company_name": 5], "company_name must be a string"),
        (["company_name": .null], "company_name must not be empty"),
        (["company_name": " "], "company_name must not be empty"),
        (["company_name": long], "company_name must be at most 255 characters"),
        (["notes": "a\u{1}b"], "notes must not have control characters"),
        (["website": true], "website must be a string"),
        (["assistant_phone": "1234567890123456"], "assistant_phone must be at most 15 characters"),
        (["birth_date": "soon"], "birth_date must be a date such as 1985-03-15"),
        (["owner_id": "x"], "owner_id must be a string of digits"), (["owner_id": "4"], "owner_id: there is no user 4"),
        (["address": "x"], "address must be an object"), (["address": ["line1": 5]], "address.line1 must be a string"),
        (["address": ["field": "HOME"]], "address.field must be one of BILLING, SHIPPING, OTHER"),
        (["address": ["country": "Atlantis"]], "address.country is not a country"),
        (["address": ["region_code": "US-AZ"]], "BILLING country_code is required if region is specified"),
        (["address": ["country_code": "XXX"]], "BILLING Country is invalid"),
        (["email_address": ["email": "nobody"]], "email_address has no @"),
        (
          ["phone_number": ["number": .string(String(repeating: "1", count: 41))]],
          "phone_number.number must be at most 40 characters"
        ),
        (["custom_fields": [:]], "custom_fields must be a list"),
        (["custom_fields": [["id": "x", "content": 1]]], "custom_fields[0].id must be a number"),
        (
          ["custom_fields": [["id": "4711", "content": "x"]]],
          "custom_fields: there is no custom field 4711 for companies"
        ),
        (
          ["custom_fields": [["id": 1, "content": 1], ["id": "1", "content": 2]]],
          "custom_fields[1].id: 1 is given twice"
        ),
      ]
      for (body, message) in bad {
        try await api.refuse("PATCH", "v2/companies/\(id)", body, 400, message)
        var whole = body.object ?? [:]
        if whole["company_name"] == nil { whole["company_name"] = "New" }
        try await api.refuse("POST", "v2/companies", .object(whole), 400, message)
      }
      try await api.refuse("POST", "v2/companies", [:], 400, "company_name is required")
      try await api.refuse("POST", "v1/companies", ["notes": "x"], 400, "company_name is required")
      try await api.refuse(
        "POST", "v1/companies", ["company_name": "x", "email_address": "@"], 400,
        "email_address has nothing before the @")
      try await api.refuse("PATCH", "v1/companies/\(id)", ["phone_number": "x"], 400, "phone_number must be an object")
      try await api.refuse(
        "PATCH", "v2/companies/\(id)?update_mask=age", [:], 400, "update_mask: age is not a property of a company")
      try await api.refuse(
        "GET", "v2/companies/\(id)?fields=age", nil, 400, "fields: age is not a property of a company")
      for version in ["v1", "v2"] {
        try await api.refuse(
          "PATCH", "\(version)/companies/\(id)", ["company_name": "NUTS", "notes": "x"], 409,
          "There is a Company with this name already")
        try await api.refuse("PATCH", "\(version)/companies/999", ["notes": "x"], 404, "Unable to find this Company")
        try await api.refuse("GET", "\(version)/companies/x", nil, 404, "Unable to find this Company")
      }
      for (query, message) in [
        ("filter=shoe_size%3D%3D5", "filter: shoe_size is not a field to filter by"),
        ("filter=company_name%3E5", "filter: company_name can only be compared with =="),
        ("filter=company_id%3D%3Dx", "filter: company_id must be a number"),
        ("filter=company_id%21%3D5", "filter: company_id cannot be compared with !="),
        ("filter=company_name", "filter: company_name is not of the form field==value"),
        ("filter=name%3D%3D%2Ax", "filter: name can have * at its end only"),
        ("filter=since_time%3D%3Dsoon", "filter: since_time must be a time such as 2017-01-01T22:17:59.039Z"),
        ("order_by=age", "order_by must be one of id, create_time, name, email, and asc or desc"),
        ("page_size=1001", "page_size must be a number from 0 to 1000"),
        ("page_token=x", "page_token is not one that this list gave"),
        ("order_by=name&page_token=MSB0AA", "page_token is not one that this list gave"),
      ] { try await api.refuse("GET", "v2/companies?\(query)", nil, 400, message) }
      for (query, message) in [
        ("limit=x", "limit must be a number from 0 to 1000"), ("offset=-1", "offset must be a number from 0"),
        ("order=age", "order must be one of id, date_created, name, email"),
        ("order_direction=UP", "order_direction must be ASCENDING or DESCENDING"),
      ] { try await api.refuse("GET", "v1/companies?\(query)", nil, 400, message) }
      #expect(try await api.call("GET", "v2/companies/\(id)") == before)
      #expect(try await api.call("GET", "v1/companies")["count"] == 2)
    }
  }
}
