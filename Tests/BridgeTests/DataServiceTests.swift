import Bridge
import Testing
import Wire
import XMLRPC

@Suite struct DataServiceTests {
  func world(_ count: Int64) -> BridgeWorld {
    let world = BridgeWorld()
    for id in 1...count {
      world.rest.put(
        [
          "given_name": .string(id % 2 == 0 ? "Even" : "Odd"), "family_name": .string("N\(count - id)"),
          "email_addresses": [["field": "EMAIL1", "email": .string("c\(id)@example.org")]],
          "phone_numbers": [["field": "PHONE1", "number": .string("555-\(id)")]],
        ], at: id)
    }
    return world
  }

  func ids(_ rows: XMLRPCValue) -> [Int32] { rows.array?.compactMap { $0.structure?["Id"]?.int } ?? [] }

  func query(
    _ world: BridgeWorld, _ conditions: XMLRPCValue, limit: Int32 = 1000, page: Int32 = 0, orderBy: XMLRPCValue? = nil,
    ascending: Bool = true
  ) async throws -> [Int32] {
    let order = orderBy.map { [$0, .bool(ascending)] } ?? []
    return ids(
      try await world.call(
        MethodCall(
          "DataService.query", ["key", "Contact", .int(limit), .int(page), conditions, ["Id"]] + order)))
  }

  @Test func `a table or a field that is not there is named`() async throws {
    let world = world(1)
    #expect(try await world.fault("DataService.query", "Campaignee", 1, 0, [:], ["Id"])?.code == 9)
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, ["Foo": "1"], ["Id"])?.code == 10)
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, [:], ["Foo"])?.code == 10)
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, [:], ["SSN"])?.code == 8)
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, [:], ["Id"], "Foo")?.code == 10)
    #expect(try await world.fault("DataService.query", "Contact", 1001, 0, [:], ["Id"])?.code == 12)
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, [:], [])?.code == 11)
    #expect(try await world.fault("DataService.update", "Contact", 1, [:])?.code == 11)
    #expect(try await world.fault("DataService.add", "Lead", ["OpportunityTitle": "x"])?.code == 7)
    #expect(world.rest.writes.isEmpty)
  }

  @Test func `what is tagged is listed under a contact or a group`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/contacts/77/tags",
      BridgeAnswer(
        status: 200, json: ["tags": [["tag": ["id": "5", "name": "VIP"], "applied_time": "2026-11-23T21:00:00Z"]]]))
    world.rest.script(
      "GET", "/crm/rest/v2/tags/5/contacts",
      BridgeAnswer(status: 200, json: ["contacts": [["id": "77", "email": "a@example.org"]]]))
    #expect(
      try await world.call(
        "DataService.query", "ContactGroupAssign", 10, 0, ["ContactId": 77], ["GroupId", "ContactGroup", "ContactId"])
        == [["GroupId": 5, "ContactGroup": "VIP", "ContactId": 77]])
    #expect(
      try await world.call(
        "DataService.query", "ContactGroupAssign", 10, 0, ["GroupId": "5"], ["ContactId", "Contact.Email"])
        == [["ContactId": 77, "Contact.Email": "a@example.org"]])
    #expect(
      try await world.fault("DataService.query", "ContactGroupAssign", 10, 0, ["ContactId": "%"], ["GroupId"])?.code
        == 12)
    #expect(
      try await world.fault("DataService.query", "ContactGroupAssign", 10, 0, ["ContactId": 7], ["Contact.Email"])?.code
        == 8)
  }

  @Test func `notes and tasks are one table`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/tasks",
      BridgeAnswer(status: 200, json: ["tasks": [["id": "1", "title": "Call", "due_time": "2026-11-23T21:00:00Z"]]]))
    world.rest.script(
      "GET", "/crm/rest/v2/notes", BridgeAnswer(status: 200, json: ["notes": [["id": "2", "text": "Met"]]]))
    let names: XMLRPCValue = ["Id", "ObjectType", "CreationNotes", "ActionDescription"]
    #expect(
      try await world.call("DataService.query", "ContactAction", 10, 0, ["ContactId": 0], names) == [
        ["Id": 1, "ObjectType": "Task", "ActionDescription": "Call"],
        ["Id": 2, "ObjectType": "Note", "CreationNotes": "Met"],
      ])
    let calls = world.rest.requests.count
    #expect(
      ids(try await world.call("DataService.query", "ContactAction", 10, 0, ["ObjectType": "Note"], ["Id"])) == [2])
    #expect(world.rest.requests.count == calls + 1)
  }

  @Test func `groups are added, changed and deleted`() async throws {
    let world = BridgeWorld()
    world.rest.script("POST", "/crm/rest/v2/tags", BridgeAnswer(status: 201, json: ["id": "8"]))
    world.rest.script("PATCH", "/crm/rest/v2/tags/8", BridgeAnswer(status: 200, json: ["id": "8"]))
    world.rest.script("DELETE", "/crm/rest/v2/tags/8", BridgeAnswer(status: 204))
    #expect(try await world.call("DataService.add", "ContactGroup", ["GroupName": "VIP", "GroupCategoryId": 3]) == 8)
    #expect(try await world.call("DataService.update", "ContactGroup", 8, ["GroupDescription": "x"]) == 8)
    #expect(try await world.call("DataService.delete", "ContactGroup", 8) == true)
    #expect(
      world.rest.requests == [
        BridgeRequest("POST", "/crm/rest/v2/tags", body: ["name": "VIP", "category": ["id": "3"]]),
        BridgeRequest(
          "PATCH", "/crm/rest/v2/tags/8", query: [.init("update_mask", "description")], body: ["description": "x"]),
        BridgeRequest("DELETE", "/crm/rest/v2/tags/8"),
      ])
  }

  @Test(arguments: BridgeTable.all.map(\.name), ["add", "update", "delete"])
  func `what is not carried over of a table is a fault that names it, and nothing is asked of REST`(
    name: String, act: String
  ) async throws {
    let table = try #require(BridgeTable.named(name)), world = BridgeWorld()
    let carried = ["add": table.isAdded, "update": table.isUpdated, "delete": table.isDeleted]
    guard carried[act] == false else { return }
    let values: [XMLRPCValue] = act == "add" ? [["Id": 1]] : act == "update" ? [7, ["Id": 1]] : [7]
    do {
      _ = try await world.call(MethodCall("DataService.\(act)", ["key", .string(name)] + values))
      Issue.record("It was answered")
    } catch let fault as XMLRPCFault {
      #expect(fault.code == 7)
      #expect(fault.sentence.contains("No access to \(name): the bridge does not carry DataService.\(act) of it. "))
      #expect(table.difference.map { fault.sentence.hasSuffix($0) } ?? false, "why is told")
    }
    #expect(world.rest.requests.isEmpty)
  }

  @Test func `a user's phone is changed, and the others stay`() async throws {
    let world = BridgeWorld(), path = "/crm/rest/v2/users/5"
    let phones: JSON = [["field": "PHONE1", "number": "1", "type": "Work"], ["field": "PHONE2", "number": "2"]]
    world.rest.script("GET", path, BridgeAnswer(status: 200, json: ["id": "5", "phone_numbers": phones]))
    world.rest.script("PATCH", path, BridgeAnswer(status: 200, json: ["id": "5"]))
    #expect(try await world.call("DataService.update", "User", 5, ["Phone2": "3", "FirstName": "Ann"]) == 5)
    #expect(
      world.rest.writes.map(\.body) == [
        [
          "given_name": "Ann",
          "phone_numbers": [["field": "PHONE1", "number": "1", "type": "Work"], ["field": "PHONE2", "number": "3"]],
        ]
      ])
    #expect(try await world.fault("DataService.update", "User", 5, ["Email": "a@example.org"])?.code == 8)
  }

  @Test func `amounts, words and numbers of sales are told as XML-RPC did`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/products/4",
      BridgeAnswer(
        status: 200, json: ["id": "4", "price": ["amount": 1999, "currency_code": "USD"], "active": true]))
    world.rest.script(
      "GET", "/crm/rest/v2/subscriptions/6",
      BridgeAnswer(status: 200, json: ["id": "6", "billing_cycle": "MONTH", "active": false]))
    #expect(
      try await world.call("DataService.load", "Product", 4, ["ProductPrice", "Status"])
        == ["ProductPrice": .double(19.99), "Status": 1])
    #expect(
      try await world.call("DataService.load", "RecurringOrder", 6, ["BillingCycle", "Status"])
        == ["BillingCycle": 2, "Status": "Inactive"])
  }

  @Test func `a lead source is told and taken by its name`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/leadSources",
      BridgeAnswer(
        status: 200,
        json: [
          "lead_sources": [["id": "3", "name": "Fair"], ["id": "4", "name": "Web"], ["id": "5", "name": "web"]]
        ]))
    world.rest.put(["leadsource_id": "3"], at: 77)
    #expect(
      try await world.call("ContactService.load", 77, ["Leadsource", "LeadSourceId"])
        == ["Leadsource": "Fair", "LeadSourceId": 3])
    try await world.call("ContactService.update", 77, ["Leadsource": "FAIR"])
    #expect(world.rest.writes.last?.body == ["leadsource_id": "3"])
    #expect(try await world.fault("ContactService.update", 77, ["Leadsource": "Web"])?.code == 12)
    #expect(try await world.fault("ContactService.update", 77, ["Leadsource": "None"])?.code == 12)
  }

  @Test func `a company's address keeps what an update does not name`() async throws {
    let world = BridgeWorld(), path = "/crm/rest/v2/companies/9"
    world.rest.script(
      "GET", path,
      BridgeAnswer(
        status: 200,
        json: [
          "id": "9", "address": ["line1": "1 Way", "country_code": "USA", "region_code": "US-AZ", "region": "Arizona"],
        ]
      ))
    world.rest.script("PATCH", path, BridgeAnswer(status: 200, json: ["id": "9"]))
    #expect(try await world.call("DataService.update", "Company", 9, ["State": "CA", "Company": "Acme"]) == 9)
    #expect(
      world.rest.writes.first?.body
        == ["company_name": "Acme", "address": ["line1": "1 Way", "country_code": "USA", "region_code": "US-CA"]])
    #expect(world.rest.requests.map(\.method) == ["GET", "PATCH"])
  }

  @Test func `a number beyond 32 bits comes as its digits, and none is cut`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/opportunities/4",
      BridgeAnswer(status: 200, json: ["id": "4", "contact": ["id": "3000000000"]]))
    #expect(try await world.call("DataService.load", "Lead", 4, ["ContactID"]) == ["ContactID": "3000000000"])
  }
}
