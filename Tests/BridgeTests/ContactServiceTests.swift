import Bridge
import Testing
import Wire
import XMLRPC

@Suite struct ContactServiceTests {
  @Test func `a contact is added, and its number comes back as an i4`() async throws {
    let world = BridgeWorld()
    let id = try await world.call(
      "ContactService.add",
      [
        "FirstName": "Ann", "LastName": "L<&é", "Email": "ann@example.org", "Phone1": "555", "Phone1Type": "Work",
        "StreetAddress1": "1 Way", "City": "Phoenix", "State": "az", "Country": "United States", "PostalCode": "85001",
        "Birthday": "19800102T00:00:00", "OwnerID": "7",
      ])
    #expect(id == 1001)
    #expect(
      world.rest.writes.first?.body == [
        "given_name": "Ann", "family_name": "L<&é", "birth_date": "1980-01-02", "owner_id": "7",
        "email_addresses": [["field": "EMAIL1", "email": "ann@example.org"]],
        "phone_numbers": [["field": "PHONE1", "number": "555", "type": "Work"]],
        "addresses": [
          [
            "field": "BILLING", "line1": "1 Way", "locality": "Phoenix", "region_code": "US-AZ", "country_code": "USA",
            "postal_code": "85001",
          ]
        ],
      ])
  }

  @Test func `REST's refusal is a fault with its words`() async throws {
    let fault = try await BridgeWorld().fault("ContactService.add", ["FirstName": "K"])
    #expect(fault?.code == 12)
    #expect(fault?.sentence.contains("must contain an e-mail address") == true)
  }

  @Test(
    arguments: [
      (["State": "AZ"], "send the country too"), (["State": "XX", "Country": "USA"], "no region of"),
      (["Country": "Nowhere"], "the name or the code of a country"), (["Birthday": "soon"], "a date such as"),
      (["OwnerID": "x"], "a whole number"), (["Phone1Type": "Work"], "beside what it belongs to"),
      (["FirstName": ["a": 1]], "cannot be a struct"),
    ] as [(XMLRPCValue, String)]
  ) func `what REST cannot say is a fault before anything is written`(data: XMLRPCValue, words: String) async throws {
    let world = BridgeWorld()
    world.rest.put(["given_name": "Ada"], at: 77)
    let fault = try await world.fault("ContactService.update", 77, data)
    #expect(fault?.code == 12)
    #expect(fault?.sentence.contains(words) == true, "\(fault?.sentence ?? "")")
    #expect(world.rest.writes.isEmpty)
  }

  @Test(
    arguments: [
      ("SSN", 8), ("Password", 8), ("Foo", 10), ("_Foo", 10), ("DateCreated", 8), ("Groups", 8), ("Id", 8),
    ] as [(String, Int32)])
  func `a field that REST has not, or does not take, is named`(name: String, code: Int32) async throws {
    let fault = try await BridgeWorld().fault("ContactService.update", 77, .structure([name: "1"]))
    #expect(fault?.code == code)
    #expect(fault?.sentence.contains("Contact.\(name)") == true)
  }

  @Test func `a contact is loaded with what it has, and the rest is left out`() async throws {
    let world = BridgeWorld()
    world.rest.define(("11", "Size", "TEXT"), ("12", "Born", "DATE"))
    world.rest.put(
      [
        "given_name": "Ada", "middle_name": "", "tag_ids": ["5", "8"], "create_time": "2026-11-23T21:00:00Z",
        "birth_date": "1985-03-15", "company": ["id": "9", "company_name": "Acme"],
        "addresses": [["field": "SHIPPING", "country_code": "USA", "region_code": "US-AZ"]],
        "custom_fields": [["id": "11", "content": "XL"], ["id": "12", "content": "2001-02-03"]],
      ], at: 77)
    let row = try await world.call(
      "ContactService.load", "77",
      [
        "Id", "FirstName", "MiddleName", "Email", "Groups", "DateCreated", "Birthday", "Company", "CompanyID", "State2",
        "Country2", "City2", "_Size", "_Born",
      ])
    let time = { (text: String) in WallTime(text).map(XMLRPCValue.dateTime) ?? .null }
    #expect(
      row == [
        "Id": 77, "FirstName": "Ada", "Groups": "5,8", "DateCreated": time("20261123T16:00:00"),
        "Birthday": time("19850315T00:00:00"), "Company": "Acme", "CompanyID": 9, "State2": "Arizona",
        "Country2": "United States", "_Size": "XL", "_Born": time("20010203T00:00:00"),
      ])
  }

  @Test func `who is not there is fault 5`() async throws {
    let world = BridgeWorld()
    #expect(try await world.fault("ContactService.load", 77, ["Id"])?.code == 5)
    #expect(try await world.fault("ContactService.update", 77, ["FirstName": "A"])?.code == 5)
    #expect(try await world.fault("ContactService.update", 77, ["Phone1": "1"])?.code == 5)
  }

  @Test func `contacts are found by e-mail, whatever its case`() async throws {
    let world = BridgeWorld()
    for id in Int64(1)...3 {
      world.rest.put(
        ["email_addresses": [["field": "EMAIL1", "email": id == 2 ? "b@example.org" : "Ann@example.org"]]], at: id)
    }
    #expect(
      try await world.call("ContactService.findByEmail", "ann@example.org", ["Id"]) == [["Id": 1], ["Id": 3]])
  }

  @Test func `P43 a contact that is there is changed and not doubled, and keeps its other slots`() async throws {
    let world = BridgeWorld()
    let emails: JSON = [
      ["field": "EMAIL1", "email": "ann@example.org"], ["field": "EMAIL2", "email": "old@example.org"],
    ]
    world.rest.put(["given_name": "Ann", "family_name": "Lee", "email_addresses": emails], at: 77)
    let data: XMLRPCValue = ["FirstName": "ann", "LastName": "LEE", "Email": "ANN@example.org", "Phone1": "5"]
    #expect(try await world.call("ContactService.addWithDupCheck", data, "EmailAndName") == 77)
    #expect(world.rest[77]?["email_addresses"]?[1]?["email"] == "old@example.org")
    #expect(world.rest[77]?["phone_numbers"]?[0]?["number"] == "5")
    #expect(
      try await world.call(
        "ContactService.addWithDupCheck", ["FirstName": "Bo", "Email": "ann@example.org"], "EmailAndName")
        == 1001)
    #expect(world.rest.writes.last?.values(of: "duplicate_option") == ["EmailAndName"])
    #expect(try await world.fault("ContactService.addWithDupCheck", data, "Name")?.code == 12)
  }

  @Test func `P43 of several contacts that match, the one is changed that REST takes, and keeps its other addresses`()
    async throws
  {
    let world = BridgeWorld()
    let emails = { (second: JSON) -> JSON in
      [["field": "EMAIL1", "email": "ann@example.org"], ["field": "EMAIL2", "email": second]]
    }
    for (id, name) in [(77, "Ann"), (78, "Ann"), (79, "Bo")] as [(Int64, JSON)] {
      world.rest.put(["given_name": name, "email_addresses": emails(.string("\(id)@example.org"))], at: id)
    }
    world.rest.state.withLock { $0.upserts = true }
    let before = (world.rest[77], world.rest[79])
    let data: XMLRPCValue = ["FirstName": "Ann", "Email": "ann@example.org", "JobTitle": "Chef"]
    #expect(try await world.call("ContactService.addWithDupCheck", data, "EmailAndName") == 78)
    #expect(world.rest[78]?["job_title"] == "Chef")
    #expect(world.rest[78]?["email_addresses"] == emails("78@example.org"))
    #expect(world.rest[77] == before.0 && world.rest[79] == before.1)
  }

  @Test func `P43 a company that is named by its number is compared by its name`() async throws {
    let world = BridgeWorld()
    world.rest.state.withLock { $0.companies[9] = "Acme" }
    world.rest.put(
      [
        "email_addresses": [["field": "EMAIL1", "email": "ann@example.org"]],
        "company": ["id": "9", "company_name": "Acme"],
      ], at: 77)
    let data: XMLRPCValue = ["Email": "ann@example.org", "CompanyID": 9, "JobTitle": "Chef"]
    #expect(try await world.call("ContactService.addWithDupCheck", data, "EmailAndNameAndCompany") == 77)
    #expect(world.rest.writes.map(\.method) == ["PATCH"])
  }

  @Test func `an address is no pattern: each character in it stands for itself`() async throws {
    let world = BridgeWorld()
    for (id, email) in ["50%off@example.org", "50soff@example.org", "~null~@example.org"].enumerated() {
      world.rest.put(["email_addresses": [["field": "EMAIL1", "email": .string(email)]]], at: Int64(id + 1))
    }
    #expect(try await world.call("ContactService.findByEmail", "50%off@example.org", ["Id"]) == [["Id": 1]])
    #expect(try await world.call("ContactService.findByEmail", "~null~@example.org", ["Id"]) == [["Id": 3]])
    #expect(
      try await world.call("ContactService.addWithDupCheck", ["Email": "50%OFF@example.org"], "Email") == 1)
    for none in ["", "a*@example.org"] as [XMLRPCValue] {
      #expect(try await world.fault("ContactService.findByEmail", none, ["Id"])?.code == 12)
    }
  }

  @Test func `P46 of calls at once that add one contact, one adds it`() async throws {
    let world = BridgeWorld()
    let ids = try await withThrowingTaskGroup(of: XMLRPCValue.self) { group in
      for _ in 0..<10 {
        group.addTask { try await world.call("ContactService.addWithDupCheck", ["Email": "a@example.org"], "Email") }
      }
      return try await group.reduce(into: Set<XMLRPCValue>()) { $0.insert($1) }
    }
    #expect(ids == [1001])
  }

  @Test func `a company is found by its name, and added where there is none`() async throws {
    let world = BridgeWorld()
    world.rest.put(["given_name": "Ada"], at: 77)
    world.rest.state.withLock { $0.companies[9] = "Acme" }
    try await world.call("ContactService.update", 77, ["Company": "Acme"])
    #expect(world.rest[77]?["company"] == ["id": "9"])
    try await world.call("ContactService.update", 77, ["Company": "New"])
    #expect(world.rest[77]?["company"] == ["id": "1001"])
    world.rest.state.withLock { $0.companies[10] = "Acme" }
    #expect(try await world.fault("ContactService.update", 77, ["Company": "Acme"])?.code == 12)
    try await world.call("ContactService.update", 77, ["Company": "Acme", "CompanyID": 10])
    #expect(world.rest[77]?["company"] == ["id": "10"])
    for none in ["", "0", 0, .null] as [XMLRPCValue] {
      try await world.call("ContactService.update", 77, ["Company": "New", "CompanyID": none])
      #expect(world.rest[77]?["company"] == ["id": "1001"], "\(none)")
    }
    try await world.call("ContactService.update", 77, ["Company": "", "CompanyID": 0])
    #expect(world.rest[77]?["company"]?.object == nil)
  }

  @Test func `what can be told to be refused adds no company, and REST's own refusal names the new one`() async throws {
    let world = BridgeWorld()
    #expect(try await world.fault("ContactService.update", 77, ["Company": "New"])?.code == 5)
    #expect(try await world.fault("ContactService.add", ["Company": "New", "State": "AZ"])?.code == 12)
    #expect(world.rest.writes.isEmpty)
    // Somebody else may have found the company by now, so it is not deleted again.
    let fault = try await world.fault("ContactService.add", ["FirstName": "K", "Company": "New"])
    #expect(fault?.code == 12)
    #expect(fault?.sentence.hasSuffix("The company 1001, which this call added, is still there.") == true)
    #expect(world.rest.writes.map(\.method) == ["POST", "POST"])
    let again = try await world.fault("ContactService.add", ["FirstName": "K", "Company": "New"])
    #expect(again?.code == 12 && again?.sentence.contains("company") == false)
    #expect(world.rest.state.withLock { $0.companies } == [1001: "New"])
  }

  @Test func `a new company stays where the contact may have been written, and this is said`() async throws {
    let world = BridgeWorld(), data: XMLRPCValue = ["Email": "ann@example.org", "Company": "New"]
    world.rest.script("POST", "/crm/rest/v2/contacts", BridgeAnswer(status: 500, json: ["message": "Oh"]))
    let fault = try await world.fault("ContactService.add", data)
    #expect(fault?.code == 3)
    #expect(fault?.sentence.contains("unknown. The company 1001, which this call added, is still there.") == true)
    world.rest.state.withLock { state in
      state.companies = [:]
      state.scripts = [:]
      state.silence = "POST /crm/rest/v2/contacts"
    }
    let left = await #expect(throws: LeftBehind.self) { try await world.call("ContactService.add", data) }
    #expect(left?.cause is ScriptedREST.Silence && left?.words.contains("The company 1002") == true)
    #expect(world.rest.state.withLock { $0.companies } == [1002: "New"])
  }

  @Test(
    arguments: [
      ("SUCCESS", true, nil), ("DUPLICATE", false, nil), ("CONTACT_NOT_FOUND", nil, 5), ("NO_PERMISSION", nil, 14),
      ("FAILURE", nil, 3),
    ] as [(String, XMLRPCValue?, Int32?)])
  func `a tag is applied`(word: String, value: XMLRPCValue?, code: Int32?) async throws {
    let world = BridgeWorld()
    world.rest.script(
      "POST", "/crm/rest/v2/tags/5/contacts:applyTags",
      BridgeAnswer(status: 200, json: ["results": ["77": .string(word)]]))
    if let value { #expect(try await world.call("ContactService.addToGroup", 77, 5) == value) }
    if let code { #expect(try await world.fault("ContactService.addToGroup", 77, 5)?.code == code) }
    #expect(world.rest.writes.first?.body == ["contact_ids": ["77"]])
  }

  @Test func `a tag is taken off, contacts are merged and linked`() async throws {
    let world = BridgeWorld()
    world.rest.script("POST", "/crm/rest/v2/tags/5/contacts:removeTags", BridgeAnswer(status: 204))
    world.rest.script("POST", "/crm/rest/v2/contacts:merge", BridgeAnswer(status: 200, json: ["id": "77"]))
    world.rest.script("POST", "/crm/rest/v2/contacts:link", BridgeAnswer(status: 201, json: [:]))
    #expect(try await world.call("ContactService.removeFromGroup", 77, 5) == true)
    #expect(try await world.call("ContactService.merge", 77, 78) == true)
    #expect(try await world.call("ContactService.linkContacts", 77, 78, 2) == true)
    #expect(
      world.rest.writes.map(\.body) == [
        ["contact_ids": ["77"]], ["contact_id": "77", "duplicate_contact_id": "78"],
        ["contact1_id": "77", "contact2_id": "78", "link_type_id": "2"],
      ])
  }
}
