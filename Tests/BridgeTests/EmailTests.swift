import Bridge
import Testing
import Wire
import XMLRPC

/// Addresses with blanks around, as people's forms and files have them.
@Suite struct EmailTests {
  private let world = BridgeWorld()

  init() {
    world.rest.put(["email_addresses": [["field": "EMAIL1", "email": "ann@example.org"]]], at: 77)
  }

  @Test(arguments: [" ann@example.org", "ann@example.org\r\n", "\u{A0}\tann@example.org\u{FEFF}"])
  func `P43 blanks around an address are none of it`(email: String) async throws {
    let text = XMLRPCValue.string(email)
    #expect(try await world.call("ContactService.findByEmail", text, ["Id"]) == [["Id": 77]])
    #expect(try await world.call("ContactService.addWithDupCheck", ["Email": text, "JobTitle": "Chef"], "Email") == 77)
    #expect(world.rest.writes.map(\.method) == ["PATCH"])
    #expect(world.rest[77]?["email_addresses"] == [["field": "EMAIL1", "email": "ann@example.org"]])
    #expect(world.rest[77]?["job_title"] == "Chef")
  }

  @Test func `P43 a contact that is added gets its address without the blanks`() async throws {
    try await world.call("ContactService.addWithDupCheck", ["email": " bo@example.org "], "Email")
    #expect(world.rest.writes.last?.body == ["email_addresses": [["field": "EMAIL1", "email": "bo@example.org"]]])
  }

  @Test func `an address with blanks around is opted in`() async throws {
    world.rest.script(
      "PATCH", "/crm/rest/v2/emailAddresses/ann%40example.org/status", BridgeAnswer(status: 200, json: [:]))
    #expect(try await world.call("APIEmailService.optIn", " ann@example.org ", "asked") == true)
    #expect(try await world.fault("APIEmailService.optIn", "ann @example.org", "asked")?.code == 12)
  }
}
