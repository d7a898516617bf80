import Bridge
import Contacts
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import NetworkKit
import OAuth
import TestKit
import Testing
import Wire
import XMLRPC

@testable import Outbound
@testable import Web

@Suite("The issuer in Keap's XML-RPC") struct XMLRPCTests {
  private static let zoe: XMLRPCValue = [
    "FirstName": "Zoë", "LastName": "Young", "Email": "zoe@example.org", "Phone1": "602-555-0100", "Phone1Type": "Work",
    "StreetAddress1": "1 Main St", "City": "Phoenix", "State": "AZ", "Country": "USA", "PostalCode": "85001",
    "Birthday": "19800102T00:00:00", "Company": "Acme & Co", "ContactType": "Customer",
  ]

  @Test("a contact is added, loaded, changed, found and deleted, and REST shows the same contact")
  func contact() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let id = try await calls.contact(Self.zoe)
      let path = "v2/contacts/\(id)"
      let made = try await calls.rest.call("GET", path)
      #expect(made["given_name"] == "Zoë" && made["birth_date"] == "1980-01-02")
      #expect(made["company"]?["company_name"] == "Acme & Co")
      #expect(made["addresses"]?[0]?["region_code"] == "US-AZ" && made["addresses"]?[0]?["country_code"] == "USA")

      let day = try #require(WallTime("19800102T00:00:00"))
      try await calls.expect(
        [
          "Id": .int(id), "FirstName": "Zoë", "State": "Arizona", "Phone1Type": "Work", "Birthday": .dateTime(day),
          "Company": "Acme & Co",
        ], "ContactService.load", .int(id),
        ["Id", "FirstName", "MiddleName", "State", "Phone1Type", "Birthday", "Company", "Leadsource", "Groups"])

      try await calls.expect(
        .int(id), "ContactService.update", .string("\(id)"),
        ["Phone1": "602-555-0199", "City": "Tucson", "EmailAddress2": "z@example.org", "ContactType": ""])
      let changed = try await calls.rest.call("GET", path)
      #expect(changed["phone_numbers"]?[0]?["number"] == "602-555-0199")
      #expect(changed["phone_numbers"]?[0]?["type"] == "Work", "what is not named stays")
      #expect(changed["addresses"]?[0]?["line1"] == "1 Main St" && changed["addresses"]?[0]?["locality"] == "Tucson")
      #expect(changed["email_addresses"]?.array?.compactMap { $0["email"] } == ["zoe@example.org", "z@example.org"])
      #expect(changed["contact_type"] == nil && changed["family_name"] == "Young")

      try await calls.expect(
        [["Id": .int(id), "LastName": "Young"]], "ContactService.findByEmail", "ZOE@example.org", ["Id", "LastName"])
      try await calls.expect([], "ContactService.findByEmail", "nobody@example.org", ["Id"])
      try await calls.expect(
        .int(id), "ContactService.addWithDupCheck", ["Email": "Zoe@example.org", "JobTitle": "Chef"], "Email")
      #expect(try await calls.rest.call("GET", path)["job_title"] == "Chef")

      let other = try await calls.contact(["FirstName": "Zoe", "Phone1": "1"])
      try await calls.expect(true, "ContactService.merge", .int(id), .int(other))
      try await calls.refuse(5, "RecordNotFound", "ContactService.load", .int(other), ["Id"])
      try await calls.expect(true, "DataService.delete", "Contact", .int(id))
      try await calls.rest.call("GET", path, nil, 404)
    }
  }

  @Test("P43 of contacts with one address addWithDupCheck takes the one that REST takes, which need not be the oldest")
  func duplicates() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let older = try await calls.contact(["Email": "old@example.org"])
      let holder = try await calls.contact([
        "Email": "zoe@example.org", "EmailAddress2": "z@example.org", "Phone2": "602-555-0102",
      ])
      try await calls.expect(.int(older), "ContactService.update", .int(older), ["Email": "zoe@example.org"])
      let asked = try await calls.rest.call(
        "POST", "v2/contacts?duplicate_option=Email",
        ["email_addresses": [["email": "zoe@example.org", "field": "EMAIL1"]]])
      #expect(asked["id"] == .string("\(holder)"))
      try await calls.expect(
        .int(holder), "ContactService.addWithDupCheck", ["Email": "zoe@example.org", "Phone1": "602-555-0101"], "Email")
      let changed = try await calls.rest.call("GET", "v2/contacts/\(holder)")
      #expect(changed["phone_numbers"]?.array?.count == 2 && changed["email_addresses"]?.array?.count == 2)
      #expect(try await calls.rest.call("GET", "v2/contacts/\(older)")["phone_numbers"]?.array?.isEmpty != false)
    }
  }

  @Test("an address with a percent sign is looked for as it stands, and a refusal names the company that stays")
  func literally() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let id = try await calls.contact(["Email": "50%off@example.org"])
      _ = try await calls.contact(["Email": "50soff@example.org"])
      try await calls.expect([["Id": .int(id)]], "ContactService.findByEmail", "50%off@example.org", ["Id"])
      try await calls.expect(.int(id), "ContactService.addWithDupCheck", ["Email": "50%Off@example.org"], "Email")
      for said in ["which this call added, is still there", "e-mail address"] {
        try await calls.refuse(12, said, "ContactService.add", ["FirstName": "A", "Company": "New & Co"])
      }
      #expect(try await calls.rest.call("GET", "v2/companies")["companies"]?.array?.count == 1)
    }
  }

  @Test("tables are queried with conditions, orders and pages, and counted")
  func query() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      var ids: [Int32] = []
      for number in 0..<5 {
        ids.append(
          try await calls.contact([
            "FirstName": .string(number % 2 == 0 ? "Even" : "Odd"), "LastName": .string("N\(9 - number)"),
            "Email": .string("c\(number)@example.org"), "Phone1": .string("602-555-010\(number)"),
          ]))
      }
      func query(_ conditions: XMLRPCValue, _ more: XMLRPCValue...) async throws -> String {
        try await calls.answer("DataService.query", with: ["Contact", 10, 0, conditions, ["Id"]] + more)
      }
      func rows(_ places: Int...) -> String {
        XMLRPCCalls.text(.value(.array(places.map { ["Id": .int(ids[$0])] })))
      }
      #expect(try await query(["FirstName": "Ev%"]) == rows(0, 2, 4))
      #expect(try await query(["FirstName": "Even"], "Id", false) == rows(4, 2, 0))
      #expect(try await query(["FirstName": "Odd"], "LastName", true) == rows(3, 1))
      #expect(try await query(["Email": "%3@example.org"]) == rows(3))
      #expect(try await query(["Phone1": "602-555-0102"]) == rows(2))
      #expect(try await query(["Id": [.int(ids[1]), .int(ids[4])]]) == rows(1, 4))
      #expect(try await query(["Id": .string("~>~ \(ids[2])")]) == rows(3, 4))
      #expect(try await query(["LastUpdated": "~>=~ 2000-01-01 00:00:00"]) == rows(0, 1, 2, 3, 4))
      try await calls.expect(3, "DataService.count", "Contact", ["FirstName": "even"])
      for page in 0..<3 {
        let expected = XMLRPCValue.array(ids.dropFirst(page * 2).prefix(2).map { ["Id": .int($0)] })
        try await calls.expect(expected, "DataService.query", "Contact", 2, .int(Int32(page)), ["Id": "%"], ["Id"])
      }
      try await calls.expect(
        [["Id": .int(ids[1])]], "DataService.findByField", "Contact", 5, 0, "Email", "c1@example.org", ["Id"])
    }
  }

  @Test("tags are put on contacts and taken off, and listed from both ends")
  func tags() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let id = try await calls.contact(Self.zoe)
      let category = try await calls.number("DataService.add", "ContactGroupCategory", ["CategoryName": "Ranks"])
      let tag = try await calls.number(
        "DataService.add", "ContactGroup", ["GroupName": "VIP", "GroupCategoryId": .int(category)])
      try await calls.expect(true, "ContactService.addToGroup", .int(id), .int(tag))
      try await calls.expect(false, "ContactService.addToGroup", .int(id), .int(tag))
      try await calls.expect(
        ["Groups": .string("\(tag)")], "ContactService.load", .int(id), ["Groups"])
      try await calls.expect(
        [["GroupId": .int(tag), "ContactGroup": "VIP"]], "DataService.query", "ContactGroupAssign", 10, 0,
        ["ContactId": .int(id)], ["GroupId", "ContactGroup"])
      try await calls.expect(
        [["ContactId": .int(id), "Contact.Email": "zoe@example.org"]], "DataService.query", "ContactGroupAssign", 10, 0,
        ["GroupId": .int(tag)], ["ContactId", "Contact.Email"], "DateCreated", true)
      try await calls.expect(
        [["Id": .int(tag), "GroupCategoryId": .int(category)]], "DataService.query", "ContactGroup", 10, 0,
        ["GroupName": "vip"], ["Id", "GroupCategoryId"])
      try await calls.refuse(5, "no contact 4711", "ContactService.addToGroup", 4711, .int(tag))
      try await calls.refuse(5, "RecordNotFound", "ContactService.addToGroup", .int(id), 4711)
      try await calls.expect(true, "ContactService.removeFromGroup", .int(id), .int(tag))
      #expect(try await calls.rest.call("GET", "v2/contacts/\(id)")["tag_ids"] == [])
    }
  }

  @Test("a custom field is defined, written, read, found by, and told among those of all kinds of records")
  func customFields() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let field = try await calls.number("DataService.addCustomField", "Contact", "Shoe size", "WholeNumber", 0)
      // REST filters by a place of its own under this name, and not by the field.
      _ = try await calls.number("DataService.addCustomField", "Contact", "City", "Text", 0)
      let task = try await calls.number("DataService.addCustomField", "Task/Appt/Note", "Shoe size", "Text", 0)
      let id = try await calls.contact(["Email": "z@example.org", "_Shoesize": 41, "_City": "Bonn"])
      _ = try await calls.contact(["Email": "b@example.org", "_Shoesize": 39])
      try await calls.expect(
        ["_Shoesize": 41, "_City": "Bonn"], "ContactService.load", .int(id), ["_Shoesize", "_City"])
      for conditions: XMLRPCValue in [["_Shoesize": 41], ["_ShoeSize": "~>~ 40"], ["_City": "Bonn"]] {
        try await calls.expect([["Id": .int(id)]], "DataService.query", "Contact", 5, 0, conditions, ["Id"])
      }
      try await calls.expect(
        [["Id": .int(field), "FormId": -1], ["Id": .int(task), "FormId": -5]], "DataService.query", "DataFormField", 10,
        0, ["Label": "Shoe size"], ["Id", "FormId"])
    }
  }

  @Test("companies are found by a custom field, and what it is called is changed, until it is deleted")
  func companyFields() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let field = try await calls.number("DataService.addCustomField", "Company", "Size", "WholeNumber", 0)
      let contacts = try await calls.number("DataService.addCustomField", "Contact", "Size", "WholeNumber", 0)
      let id = try await calls.number("DataService.add", "Company", ["Company": "Acme", "_Size": 41])
      _ = try await calls.number("DataService.add", "Company", ["Company": "Other", "_Size": 39])
      for conditions: XMLRPCValue in [["_Size": 41], ["_Size": "~>~ 40"], ["_Size": "4%"]] {
        try await calls.expect([["Id": .int(id)]], "DataService.query", "Company", 5, 0, conditions, ["Id"])
      }
      try await calls.expect(.int(field), "DataService.update", "DataFormField", .int(field), ["Label": "People"])
      try await calls.expect(true, "DataService.updateCustomField", .int(field), ["Label": "Heads"])
      try await calls.refuse(7, "cannot change", "DataService.update", "DataFormField", .int(contacts), ["Label": "A"])
      try await calls.expect(
        [["Id": .int(field)]], "DataService.query", "DataFormField", 5, 0, ["Label": "Heads"], ["Id"])
      try await calls.expect(true, "DataService.delete", "DataFormField", .int(field))
      try await calls.expect(true, "DataService.delete", "DataFormField", .int(contacts))
      try await calls.expect([], "DataService.query", "DataFormField", 5, 0, [:], ["Id"])
    }
  }

  /// What the bridge knows of REST has to be what this REST takes.
  @Test(
    "every field, filter and order of a table is one that the issuer's REST takes",
    arguments: ["Contact", "Company", "ContactGroup", "ContactGroupCategory", "ContactAction", "User"])
  func agreement(name: String) async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let table = try #require(BridgeTable.named(name))
      let fields = table.sources.flatMap(\.fields).filter(\.isReadable)
      let names = XMLRPCValue.array(fields.map { .string($0.name) })
      func query(_ conditions: XMLRPCValue, _ more: XMLRPCValue...) async throws {
        let text = try await calls.answer(
          "DataService.query", with: [.string(name), 1000, 0, conditions, names] + more)
        #expect(!text.contains("faultCode"), "\(conditions) \(more): \(text)")
      }
      try await query([:])
      for field in fields {
        if field.order != nil { try await query([:], .string(field.name), false) }
        let values: [XMLRPCValue] =
          switch field.filter {
          case nil: []
          case .number: [1, "~>~ 1", "~<=~ 1", [1, 2]]
          case .ids: [1, [1, 2]]
          case .period: ["~>=~ 2026-01-01 00:00:00", "~<~ 2026-01-01 00:00:00"]
          case .exact, .wider: field.kind == .country ? ["USA"] : ["1", "1%"]
          }
        for value in values { try await query(.structure([field.name: value])) }
      }
    }
  }

  @Test("updates of one contact that come at once undo nothing of each other")
  func turns() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let id = try await calls.contact(["Email": "zoe@example.org"])
      let values = (1...5).map { ("Phone\($0)", "60255501\($0)0") } + [("EmailAddress2", "a@b.example")]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (name, value) in values {
          group.addTask {
            try await calls.expect(.int(id), "ContactService.update", .int(id), .structure([name: .string(value)]))
          }
        }
        try await group.waitForAll()
      }
      let contact = try await calls.rest.call("GET", "v2/contacts/\(id)")
      let numbers = contact["phone_numbers"]?.array?.compactMap { $0["number"]?.string }.sorted()
      #expect(numbers == values.prefix(5).map(\.1))
      #expect(contact["email_addresses"]?.array?.count == 2)
    }
  }

  @Test("what cannot be done is a fault with its number, and nothing is written")
  func faults() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      for body in ["", "<methodCall>", "{}", "<!DOCTYPE a><methodCall/>"] {
        let answer = try await calls.post(body)
        #expect(answer.status == 200)
        #expect(answer.text.contains(XMLRPCCalls.code(0)) && answer.text.contains("Failed to parse XML-RPC request: "))
      }
      try await calls.refuse(0, "No method matching arguments: string, int", "ContactService.load", 7)
      try await calls.refuse(0, "No such handler", "ContactService.fly")
      try await calls.refuse(3, "is not carried over", "ContactService.addToCampaign", 7, 7)
      try await calls.refuse(5, "RecordNotFound", "ContactService.load", 7, ["Id"])
      try await calls.refuse(5, "RecordNotFound", "ContactService.update", 7, ["Phone1": "1"])
      try await calls.refuse(9, "No table found: Nothing", "DataService.query", "Nothing", 1, 0, [:], ["Id"])
      try await calls.refuse(10, "No field found: Contact.Foo", "ContactService.add", ["Foo": "1"])
      try await calls.refuse(10, "No field found: Contact._Foo", "ContactService.load", 7, ["_Foo"])
      try await calls.refuse(12, "e-mail address, phone number or address", "ContactService.add", ["FirstName": "A"])
      try await calls.refuse(12, "EMAIL1", "ContactService.add", ["Email": "nobody"])
      try await calls.refuse(12, "limit must be", "DataService.query", "Contact", 0, 0, [:], ["Id"])
      #expect(try await calls.rest.call("GET", "v2/contacts")["contacts"] == [])
      let long = try await calls.post(String(repeating: " ", count: Bridge.mostBytes + 1))
      #expect(long.status == 413)
      #expect(long.text == "{\"message\":\"The request body is too long\"}")
    }
  }

  @Test("P33 a token is taken where REST takes it, at each of Keap's paths, and a stranger gets REST's own 401")
  func callers() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world)
      let token = calls.rest.token.exposed, body = XMLRPCCalls.body("DataService.getUserInfo", [])
      let missing = try await world.api("GET", "/crm/rest/v2/contacts", nil)
      let invalid = try await world.api("GET", "/crm/rest/v2/contacts", Secret("eva_bad"))
      for path in Bridge.paths.flatMap({ [$0, $0 + "/"] }) {
        for (headers, query, status) in [
          ([("Authorization", "Bearer " + token)], "", 200), ([("X-Keap-API-Key", token)], "", 200),
          ([], "?access_token=" + token, 200), ([("Authorization", "Bearer " + token)], "?access_token=" + token, 400),
        ] as [([(name: String, value: String)], String, Int)] {
          let answer = try await calls.post(body, to: path + query, headers: headers)
          #expect(answer.status == status, "\(path): \(answer.text)")
          #expect(answer.text.contains("ann@example.org") == (status == 200))
        }
        let none = try await calls.post(body, to: path, headers: [])
        #expect(none.status == 401 && none.text == missing.text, "\(path)")
        #expect(none[header: "WWW-Authenticate"] == missing[header: "WWW-Authenticate"])
        let bad = try await calls.post("no call", to: path, headers: [("Authorization", "Bearer eva_bad")])
        #expect(bad.status == 401 && bad.text == invalid.text, "\(path)")
        #expect(bad[header: "WWW-Authenticate"] == invalid[header: "WWW-Authenticate"])
        #expect(try await world.api("GET", path, nil).status == 401, "a stranger does not learn what is there")
        let got = try await world.api("GET", path, calls.rest.token)
        #expect(got.status == 405 && got[header: "Allow"]?.contains("POST") == true)
      }
    }
  }

  @Test("P30 after a revocation the next call in XML-RPC is 401, at each of its paths")
  func revoked() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), calls = try await XMLRPCCalls(world)
      let id = try await calls.contact(["Email": "zoe@example.org"])
      let grant = try await world.issuer.authenticate(calls.rest.token).grantID
      try await ann.signIn("ann@example.org")
      let account = try await ann.get("/account")
      let ended = try await ann.post("/account/revoke", [("approval", grant), ("csrf", account.hidden("csrf") ?? "")])
      #expect(ended.status == 303)
      let rest = try await world.api("GET", "/crm/rest/v2/contacts", calls.rest.token)
      for path in Bridge.paths {
        let answer = try await calls.post(XMLRPCCalls.body("ContactService.load", [.int(id), ["Id"]]), to: path)
        #expect(answer.status == 401 && answer.text == rest.text, "\(path): \(answer.text)")
        #expect(answer[header: "WWW-Authenticate"] == "Bearer error=\"invalid_token\"")
      }
    }
  }

  @Test("P30 a token that ends while a call in XML-RPC is answered ends the call with REST's own 401")
  func ended() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await XMLRPCCalls(world).rest.token
      let rest = Router(context: SiteContext.self)
      rest.get("/crm/rest/v2/contacts/{id}") { _, _ in TokenRefused(.expiredToken).response }
      let door = KeapXMLRPC(rest: rest.buildResponder())
      let source = ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: .silent)
      var context = SiteContext(source: source)
      context.caller = try await world.issuer.authenticate(token)
      let call = context
      let head = HTTPRequest(
        method: .post, scheme: nil, authority: nil, path: "/crm/xmlrpc",
        headerFields: [.authorization: "Bearer \(token.exposed)"])
      let body = ByteBuffer(string: XMLRPCCalls.body("ContactService.load", [7, ["Id"]]))
      let refused = await #expect(throws: TokenRefused.self) {
        try await door.answer(Request(head: head, body: RequestBody(buffer: body)), call)
      }
      #expect(refused?.fault == .expiredToken)
    }
  }

  @Test("P42 what one tenant has, another neither sees nor changes")
  func tenants() async throws {
    try await IssuerSiteWorld.serving { world in
      let acme = try await XMLRPCCalls(world), bright = try await XMLRPCCalls(world, tenant: "Bright Books")
      let id = try await acme.contact(["Email": "zoe@example.org", "FirstName": "Zoë"])
      try await bright.expect([], "ContactService.findByEmail", "zoe@example.org", ["Id"])
      try await bright.expect([], "DataService.query", "Contact", 10, 0, ["Id": "%"], ["Id"])
      try await bright.refuse(5, "RecordNotFound", "ContactService.load", .int(id), ["FirstName"])
      try await bright.refuse(5, "RecordNotFound", "ContactService.update", .int(id), ["FirstName": "Bo"])
      try await bright.refuse(5, "RecordNotFound", "DataService.delete", "Contact", .int(id))
      let mine = try await bright.number("ContactService.addWithDupCheck", ["Email": "zoe@example.org"], "Email")
      try await bright.expect([["Id": .int(mine)]], "DataService.query", "Contact", 10, 0, ["Id": "%"], ["Id"])
      try await acme.expect(["FirstName": "Zoë"], "ContactService.load", .int(id), ["FirstName"])
    }
  }

  @Test("a call counts once among the calls of its approval, whatever it asks of REST")
  func usage() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), calls = try await XMLRPCCalls(world)
      try await ann.signIn("ann@example.org")
      func used() async throws -> Int64 {
        try await world.issuer.recordUsage()
        var calls: Int64 = 0
        for cookie in ann.cookieHeader.split(separator: "; ") {
          let value = Secret(String(cookie.split(separator: "=", maxSplits: 1).last ?? ""))
          guard let session = try await world.issuer.session(value) else { continue }
          calls += try await world.issuer.approvals(of: session).reduce(0) { $0 + $1.calls }
        }
        return calls
      }
      let before = try await used()
      try await calls.refuse(5, "RecordNotFound", "ContactService.load", 7, ["Id"])
      #expect(try await used() == before + 1)
    }
  }
}
