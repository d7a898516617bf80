import Bridge
import Testing
import Wire
import XMLRPC

/// What is looked for, by REST and by the bridge, and in which order and pages it comes.
extension DataServiceTests {
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

  @Test func `a page in place of an answer is no empty list`() async throws {
    let world = BridgeWorld()
    world.rest.script("GET", "/crm/rest/v2/contacts", BridgeAnswer(status: 200))
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, ["Id": "%"], ["Id"])?.code == 3)
  }
}
