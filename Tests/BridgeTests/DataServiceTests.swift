import Bridge
import Testing
import Wire
import XMLRPC

@Suite struct DataServiceTests {
  private func world(_ count: Int64) -> BridgeWorld {
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

  private func ids(_ rows: XMLRPCValue) -> [Int32] { rows.array?.compactMap { $0.structure?["Id"]?.int } ?? [] }

  private func query(
    _ world: BridgeWorld, _ conditions: XMLRPCValue, limit: Int32 = 1000, page: Int32 = 0, orderBy: XMLRPCValue? = nil,
    ascending: Bool = true
  ) async throws -> [Int32] {
    let order = orderBy.map { [$0, .bool(ascending)] } ?? []
    return ids(
      try await world.call(
        MethodCall(
          "DataService.query", ["key", "Contact", .int(limit), .int(page), conditions, ["Id"]] + order)))
  }

  @Test func `what REST filters is filtered there`() async throws {
    let world = world(30)
    #expect(try await query(world, ["FirstName": "Ev%"], limit: 5) == [2, 4, 6, 8, 10])
    #expect(world.rest.requests.map { $0.values(of: "filter") } == [["given_name==Ev*"]])
    #expect(world.rest.requests.map { $0.values(of: "page_size") } == [["5"]])
    #expect(try await query(world, ["Id": [3, 9]]) == [3, 9])
    #expect(world.rest.requests.last?.values(of: "filter") == ["ids==3,9"])
  }

  @Test(
    arguments: [
      (["Email": "%9@example.org"], [9, 19, 29]), (["Phone1": "555-1_"], []),
      (["Email": "c1%e.org"], [1] + Array(10...19)),
      (["LastName": "~<>~ N0", "Id": "~>~ 28"], [29]), (["Email": ""], []),
      (["Phone2": "~null~", "Id": "~<=~ 2"], [1, 2]),
      (["Phone1": "%", "Id": "~<~ 3"], [1, 2]), (["LastName": ["N0", "N1"]], [29, 30]),
    ] as [(XMLRPCValue, [Int32])])
  func `what REST cannot filter is filtered here`(conditions: XMLRPCValue, expected: [Int32]) async throws {
    let world = world(30)
    #expect(try await query(world, conditions) == expected)
  }

  @Test func `of two phones one is looked for by REST, and both are looked at`() async throws {
    let world = world(3)
    world.rest.put(
      ["phone_numbers": [["field": "PHONE1", "number": "1"], ["field": "PHONE2", "number": "2"]]], at: 9)
    #expect(try await query(world, ["Phone1": "1", "Phone2": "2"]) == [9])
    #expect(try await query(world, ["Phone1": "1", "Phone2": "3"]) == [])
    #expect(world.rest.requests.first?.values(of: "filter") == ["phone_number==1;phone_fields==PHONE1"])
  }

  @Test func `pages of a query meet each other, each read from where the last one ended`() async throws {
    let world = world(2500)
    var found: [Int32] = []
    for page in Int32(0)..<7 {
      let calls = world.rest.requests.count
      found += try await query(world, ["Id": "%"], limit: 400, page: page)
      // Two pages of 800 hold what a page of 400 needs; none is read from the list's beginning again.
      #expect(world.rest.requests.count - calls <= 2)
    }
    #expect(found == Array(1...2500))
  }

  @Test func `where a page begins is forgotten in time, so that a list that has grown has its pages right again`()
    async throws
  {
    let world = world(3000)
    func page(_ number: Int32) async throws -> (ids: [Int32], tokens: [String]) {
      let calls = world.rest.requests.count
      let ids = try await query(world, ["Id": "%"], page: number)
      return (ids, world.rest.requests.dropFirst(calls).flatMap { $0.values(of: "page_token") })
    }
    #expect(try await page(0).ids == Array(1...1000))
    world.time.advance(by: .seconds(599))
    let marked = try await page(1)
    #expect(marked.ids == Array(1001...2000) && marked.tokens == ["1000"])
    world.rest.state.withLock { $0.contacts = $0.contacts.filter { $0.key > 500 } }
    // However often the beginning of a page is used, it grows old.
    world.time.advance(by: .seconds(1))
    let anew = try await page(1)
    #expect(anew.ids == Array(1501...2500) && anew.tokens == ["1500"])
  }

  @Test func `pages of what is filtered here meet each other too`() async throws {
    let world = world(60)
    var found: [Int32] = []
    for page in Int32(0)..<4 { found += try await query(world, ["Phone1": "%5"], limit: 2, page: page) }
    #expect(found == [5, 15, 25, 35, 45, 55])
  }

  @Test func `an order that REST does not have is made here`() async throws {
    let world = world(30)
    #expect(try await query(world, ["FirstName": "Even"], limit: 3, orderBy: "LastName") == [30, 20, 18])
    #expect(try await query(world, [:], limit: 3, orderBy: "Id", ascending: false) == [30, 29, 28])
    #expect(world.rest.requests.last?.values(of: "order_by") == ["id desc"])
  }

  @Test func `what would read too much is a fault that says by what to narrow it`() async throws {
    let world = BridgeWorld()
    // A token that does not change ends a list; here it goes on and on.
    world.rest.state.withLock { state in
      state.scripts["GET /crm/rest/v2/contacts"] = (0...60).map { number in
        BridgeAnswer(status: 200, json: ["contacts": [["id": "1"]], "next_page_token": .string("t\(number)")])
      }
    }
    let fault = try await world.fault("DataService.count", "Contact", ["JobTitle": "x"])
    #expect(fault?.code == 12)
    #expect(fault?.sentence.contains("narrow it by") == true)
    #expect(world.rest.requests.count == 50)
  }

  @Test func `records are counted`() async throws {
    let world = world(1200)
    #expect(try await world.call("DataService.count", "Contact", ["FirstName": "Odd"]) == 600)
    #expect(try await world.call("DataService.count", "Contact", [:]) == 1200)
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

  @Test func `a custom field is filtered by REST's name for it, unless that means another field there`() async throws {
    let world = world(3)
    world.rest.define(("11", "_Size", "TEXT"), ("12", "City", "TEXT"))
    _ = try await world.fault("DataService.query", "Contact", 10, 0, ["_Size": "XL"], ["Id"])
    #expect(world.rest.requests.last?.values(of: "filter") == ["_Size==XL"])
    _ = try await query(world, ["_City": "Bonn"])
    #expect(world.rest.requests.last?.values(of: "filter") == [])
  }

  @Test func `a list whose pages are short is asked for no longer ones`() async throws {
    let world = BridgeWorld()
    let users = { (ids: ClosedRange<Int>, next: String) in
      BridgeAnswer(
        status: 200,
        json: ["users": .array(ids.map { ["id": .string("\($0)")] }), "next_page_token": .string(next)])
    }
    world.rest.script("GET", "/crm/rest/v2/users", users(1...100, "t"), users(101...130, ""))
    #expect(
      ids(try await world.call("DataService.query", "User", 1000, 0, ["Id": "%"], ["Id"])) == Array(1...130))
    #expect(world.rest.requests.map { $0.values(of: "page_size") } == [["100"], ["100"]])
  }

  @Test func `of custom fields of all kinds those count that REST has`() async throws {
    let world = BridgeWorld()
    world.rest.define(("11", "Size", "TEXT"))
    #expect(ids(try await world.call("DataService.query", "DataFormField", 10, 0, [:], ["Id"])) == [11])
  }

  @Test func `a new custom field's number is read from either form of the answer`() async throws {
    let world = BridgeWorld()
    for (kind, name, json) in [
      ("contacts", "Contact", ["id": "11"]), ("tasks", "Task/Appt/Note", ["custom_field": ["id": "11"]]),
    ] as [(String, XMLRPCValue, JSON)] {
      world.rest.script(
        "POST", "/crm/rest/v2/\(kind)/model/customFields", BridgeAnswer(status: 201, json: json))
      #expect(try await world.call("DataService.addCustomField", name, "Size", "Text", 0) == 11)
    }
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

  @Test func `what a custom field is called is changed where REST changes it, and the field deleted everywhere`()
    async throws
  {
    let world = BridgeWorld()
    world.rest.define(("11", "Size", "TEXT"))
    let companies = "/crm/rest/v2/companies/model"
    let definition: JSON = ["id": "12", "label": "Born", "field_name": "Born", "field_type": "DATE", "group_id": "3"]
    world.rest.script("GET", companies, BridgeAnswer(status: 200, json: ["custom_fields": [definition]]))
    world.rest.script("PATCH", "\(companies)/customFields/12", BridgeAnswer(status: 200, json: definition))
    world.rest.script("DELETE", "\(companies)/customFields/12", BridgeAnswer(status: 204))
    world.rest.script("DELETE", "/crm/rest/v2/contacts/model/customFields/11", BridgeAnswer(status: 204))
    #expect(try await world.call("DataService.update", "DataFormField", 12, ["Label": "Founded"]) == 12)
    #expect(try await world.call("DataService.updateCustomField", 12, ["Label": "Founded", "GroupId": 4]) == true)
    #expect(world.rest.writes.map { $0.values(of: "update_mask") } == [["label"], ["group_id", "label"]])
    #expect(
      world.rest.writes.map(\.body) == [["label": "Founded", "group_id": "3"], ["label": "Founded", "group_id": "4"]])
    #expect(try await world.fault("DataService.updateCustomField", 11, ["Label": "x"])?.code == 7)
    #expect(try await world.fault("DataService.updateCustomField", 12, ["Values": "x"])?.code == 8)
    #expect(try await world.fault("DataService.updateCustomField", 12, ["Label": ""])?.code == 12)
    #expect(try await world.fault("DataService.delete", "DataFormField", 13)?.code == 5)
    #expect(world.rest.writes.count == 2)
    #expect(try await world.call("DataService.delete", "DataFormField", 12) == true)
    #expect(try await world.call("DataService.delete", "DataFormField", 11) == true)
    world.rest.script("GET", companies, BridgeAnswer(status: 200, json: ["custom_fields": [["id": "11"]]]))
    #expect(try await world.fault("DataService.delete", "DataFormField", 11)?.code == 12, "it could be either")
    #expect(world.rest.writes.count == 4)
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

  @Test func `a company's custom field is looked at here, as not every REST filters by it`() async throws {
    let world = BridgeWorld(), path = "/crm/rest/v2/companies"
    world.rest.script(
      "GET", "\(path)/model",
      BridgeAnswer(
        status: 200, json: ["custom_fields": [["id": "12", "field_name": "Size", "field_type": "WHOLE_NUMBER"]]]))
    let company = { (id: JSON, size: JSON) -> JSON in ["id": id, "custom_fields": [["id": "12", "content": size]]] }
    world.rest.script(
      "GET", path, BridgeAnswer(status: 200, json: ["companies": [company("1", 40), company("2", 50)]]))
    #expect(
      ids(try await world.call("DataService.query", "Company", 10, 0, ["_Size": "~>~ 45"], ["Id", "_Size"])) == [2])
    #expect(world.rest.requests.last?.values(of: "filter") == [])
    #expect(world.rest.requests.last?.values(of: "fields") == ["custom_fields"])
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

  @Test func `a time of a query is Eastern time, and REST's filter gets it with its zone`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/contacts",
      BridgeAnswer(
        status: 200,
        json: [
          "contacts": [
            ["id": "1", "update_time": "2026-11-23T21:00:00Z"], ["id": "2", "update_time": "2026-11-23T21:00:01Z"],
          ]
        ]))
    #expect(try await query(world, ["LastUpdated": "~>~ 2026-11-23 16:00:00"]) == [2])
    #expect(world.rest.requests.first?.values(of: "filter") == ["start_update_time==2026-11-23T21:00:00.000Z"])
    #expect(world.rest.requests.first?.values(of: "fields") == ["id,update_time"])
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

  @Test func `fields that a tenant defined are listed, with the numbers that XML-RPC has for kinds and types`()
    async throws
  {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/contacts/model",
      BridgeAnswer(
        status: 200,
        json: [
          "custom_fields": [
            [
              "id": "11", "label": "Size", "field_name": "Size", "field_type": "DROPDOWN",
              "options": [["id": "1", "label": "S"], ["id": "2", "label": "XL"]],
            ],
            ["id": "12", "label": "Born", "field_name": "Born", "field_type": "DATE", "options": .null],
          ]
        ]))
    #expect(
      try await world.call(
        "DataService.query", "DataFormField", 10, 0, ["FormId": -1, "DataType": 21], ["Id", "Name", "Values", "FormId"])
        == [["Id": 11, "Name": "Size", "Values": "S\nXL", "FormId": -1]])
    #expect(world.rest.requests.count == 1)
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

  @Test func `a page in place of an answer is no empty list`() async throws {
    let world = BridgeWorld()
    world.rest.script("GET", "/crm/rest/v2/contacts", BridgeAnswer(status: 200))
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, ["Id": "%"], ["Id"])?.code == 3)
  }

  @Test func `a number beyond 32 bits comes as its digits, and none is cut`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/opportunities/4",
      BridgeAnswer(status: 200, json: ["id": "4", "contact": ["id": "3000000000"]]))
    #expect(try await world.call("DataService.load", "Lead", 4, ["ContactID"]) == ["ContactID": "3000000000"])
  }
}
