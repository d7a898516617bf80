import Bridge
import Testing
import Wire
import XMLRPC

@Suite struct BridgeTests {
  @Test func `a body that is no call is fault 0`() async throws {
    let reply = try await BridgeWorld().bridge.answer(Array("<methodCall>".utf8))
    guard case .response(.fault(let fault)) = reply else { throw BridgeWorld.PassedOnToClient(status: 200) }
    #expect(fault.code == 0)
    #expect(fault.sentence.hasPrefix("Failed to parse XML-RPC request: "))
  }

  @Test(arguments: [
    MethodCall("ContactService.load", []), MethodCall("ContactService.load", [77, ["Id"]]),
    MethodCall("ContactService.load", ["key", 77]), MethodCall("ContactService.load", ["key", 77, ["Id"], 1]),
  ]) func `a call without its key, or with too few or too many arguments, matches nothing`(call: MethodCall)
    async throws
  {
    do {
      _ = try await BridgeWorld().call(call)
      Issue.record("It was answered")
    } catch let fault as XMLRPCFault {
      #expect(fault.code == 0)
      #expect(fault.sentence.hasPrefix("No method matching arguments: "))
    }
  }

  @Test func `what is not carried over says so, however it is called`() async throws {
    let fault = try await BridgeWorld().fault("InvoiceService.chargeInvoice")
    #expect(fault?.code == 3)
    #expect(fault?.sentence.contains("InvoiceService.chargeInvoice is not carried over") == true)
  }

  @Test func `the C client's format string is no array`() async throws {
    #expect(try await BridgeWorld().fault("ContactService.load", 77, "array/(s/Id)")?.code == 12)
  }

  @Test func `a method that nobody knows has no handler`() async throws {
    let fault = try await BridgeWorld().fault("ContactService.fly", 77)
    #expect(fault == XMLRPCFault(0, "No such handler: ContactService.fly"))
  }

  @Test(arguments: [
    "evk_4711", "KeapAK", "0123456789abcdef0123456789abcdef", "Contact/Service.fly", "a.b.c", "ContactService.",
    "ContactService.evk_4711", "A." + String(repeating: "b", count: 63),
  ]) func `K22 what does not look like a method may be a key, and is not repeated`(name: String) async throws {
    #expect(try await BridgeWorld().fault(name, 77) == XMLRPCFault(0, "No such handler"))
  }

  @Test(arguments: [(404, 5), (400, 12), (409, 12), (403, 14), (500, 3), (503, 3), (405, 3)] as [(Int, Int32)])
  func `REST's errors become Keap's faults, in REST's words`(status: Int, code: Int32) async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/contacts/77/links", BridgeAnswer(status: status, json: ["message": "What it is"]))
    let fault = try await world.fault("ContactService.listLinkedContacts", 77)
    #expect(fault?.code == code)
    #expect(fault?.sentence.contains("What it is") == true)
    #expect(world.rest.requests.count == 1)
  }

  @Test(arguments: [401, 429]) func `a rejected token and a limit stay what they are in HTTP`(status: Int) async throws
  {
    let world = BridgeWorld()
    let answer = BridgeAnswer(status: status, json: ["message": "x"], retryAfter: "3")
    world.rest.script("GET", "/crm/rest/v2/contacts/77", answer)
    let reply = try await world.bridge.answer(MethodCall("ContactService.load", ["key", 77, ["Id"]]))
    #expect(reply == .passedOn(answer))
  }

  @Test(arguments: BridgeMethod.all.map(\.name))
  func `each method is carried over by somebody, or refused with what to do instead`(name: String) async throws {
    let method = try #require(BridgeMethod.named(name)), world = BridgeWorld()
    let arguments = method.arguments.map { argument -> XMLRPCValue in
      switch argument.kind {
      case .int: 7
      case .string: argument.name == "table" ? "Contact" : argument.name == "email" ? "a@example.org" : "x"
      case .boolean: true
      case .double: .double(1)
      case .date: WallTime("20261123T16:00:00").map(XMLRPCValue.dateTime) ?? .null
      case .structure: ["FirstName": "A"]
      case .array: ["Id"]
      case .any: "x"
      }
    }
    var fault: XMLRPCFault?
    do { _ = try await world.call(MethodCall(name, ["key"] + arguments)) } catch { fault = error as? XMLRPCFault }
    if case .refused(let why, let instead) = method.verdict {
      #expect(fault?.sentence.contains(name) == true)
      #expect(fault?.sentence.contains(why) == true && fault?.sentence.contains(instead) == true)
      #expect(world.rest.requests.isEmpty)
    } else {
      #expect(fault?.sentence.contains("has no one who answers it") != true)
      #expect(fault?.sentence.hasPrefix("No method") != true)
    }
  }

  @Test func `methods and fields are told once each, in sentences`() {
    #expect(Set(BridgeMethod.all.map(\.name)).count == BridgeMethod.all.count)
    #expect(BridgeMethod.all.count == 118)
    #expect(Set(BridgeTable.all.map(\.name)).count == BridgeTable.all.count)
    for table in BridgeTable.all {
      for source in table.sources {
        let names = source.fields.map { $0.name.lowercased() }
        #expect(Set(names).count == names.count, "\(table.name)")
        #expect(source.fields.allSatisfy { !$0.isWritable || $0.isReadable }, "\(table.name)")
      }
    }
    for method in BridgeMethod.all {
      switch method.verdict {
      case .exact: continue
      case .differs(let how): #expect(how.hasSuffix("."), "\(method.name)")
      case .refused(let why, let instead): #expect(why.hasSuffix(".") && instead.hasSuffix("."), "\(method.name)")
      }
    }
  }

  @Test(
    arguments: [
      ("DOUBLE_OPT_IN", 2), ("CONFIRMED", 2), ("SINGLE_OPT_IN", 1), ("UNENGAGED_MARKETABLE", 1), ("NON_MARKETABLE", 0),
      ("MANUAL", 0), ("HARD_BOUNCE", 0),
    ] as [(String, Int32)])
  func `the standing of an address is told as a number`(word: String, number: Int32) async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/emailAddresses/a%2Bb%40example.org/status",
      BridgeAnswer(status: 200, json: ["status": .string(word)]))
    #expect(try await world.call("APIEmailService.getOptStatus", "a+b@example.org") == .int(number))
  }

  @Test func `an address is opted in and out`() async throws {
    let world = BridgeWorld(), path = "/crm/rest/v2/emailAddresses/a%40example.org/status"
    world.rest.script("PATCH", path, BridgeAnswer(status: 200, json: [:]))
    #expect(try await world.call("APIEmailService.optIn", "a@example.org", "asked") == true)
    #expect(try await world.call("APIEmailService.optOut", "a@example.org", "asked") == true)
    #expect(
      world.rest.writes.map(\.body) == [
        ["opted_in": true, "reason": "asked"], ["opted_in": false, "reason": "asked"],
      ])
    #expect(try await world.fault("APIEmailService.optIn", "a/b@example.org", "x")?.code == 12)
  }

  @Test func `a goal is achieved once`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "POST", "/crm/rest/v2/automations/goals/achieve",
      BridgeAnswer(status: 200, json: ["results": [["success": true, "goal_id": 4, "message": "done"]]]))
    #expect(
      try await world.call("FunnelService.achieveGoal", "shop", "bought", 77)
        == [["success": true, "goalId": 4, "msg": "done"]])
    #expect(
      world.rest.writes.map(\.body) == [["integration": "shop", "call_name": "bought", "contact_id": 77]])
  }

  @Test func `a page of a saved search is walked to`() async throws {
    let world = BridgeWorld()
    let page = { (value: String, next: JSON) in
      BridgeAnswer(
        status: 200,
        json: [
          "results": [
            ["columns": [["field_name": "Id", "value": .string(value)], ["field_name": "X", "value": "y"]]]
          ],
          "page_token": next,
        ])
    }
    world.rest.script("POST", "/crm/rest/v2/reporting/reports/9:run", page("1", "t"), page("2", .null))
    #expect(try await world.call("SearchService.getSavedSearchResults", 9, 1, 1, ["Id"]) == [["Id": "2"]])
    #expect(world.rest.requests.map { $0.values(of: "page_token") } == [[], ["t"]])
  }

  @Test func `an old SDK that asks whether the application answers hears yes, and REST is not asked`() async throws {
    let world = BridgeWorld()
    #expect(try await world.call("DataService.getAppSetting", "Application", "enabled") == "yes")
    #expect(try await world.fault("DataService.getAppSetting", "Application", "other")?.code == 12)
    #expect(world.rest.requests.isEmpty)
  }

  @Test func `a method that takes nothing but the key is called without one where a header has it`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/oauth/connect/userinfo", BridgeAnswer(status: 200, json: ["given_name": "Ada"]))
    #expect(try await world.call(MethodCall("DataService.getUserInfo", [])).structure?["displayName"] == "Ada")
  }

  @Test func `the number of a record is taken and given back as digits where an int does not hold it`() async throws {
    let world = BridgeWorld()
    world.rest.script("PATCH", "/crm/rest/v2/users/310246695715316", BridgeAnswer(status: 200, json: [:]))
    #expect(
      try await world.call("DataService.update", "User", "310246695715316", ["Website": "https://example.org"])
        == "310246695715316")
    for wrong: XMLRPCValue in ["0", "-1", "1.5", "99999999999999999999", true] {
      #expect(try await world.fault("DataService.update", "User", wrong, ["Website": ""])?.code == 12)
    }
  }

  @Test func `who approved is told as far as REST tells`() async throws {
    let world = BridgeWorld()
    world.rest.script(
      "GET", "/crm/rest/v2/oauth/connect/userinfo",
      BridgeAnswer(
        status: 200,
        json: ["id": "g1", "given_name": "Ada", "email": "ada@example.org", "tenant_id": "xx1.infusionsoft.com"]))
    #expect(
      try await world.call("DataService.getUserInfo")
        == [
          "globalUserId": "g1", "displayName": "Ada", "casUsername": "ada@example.org", "appAlias": "xx1",
          "appUrl": "https://xx1.infusionsoft.com",
        ])
  }
}
