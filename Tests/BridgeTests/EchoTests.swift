import Bridge
import Testing
import XMLRPC

/// What a fault repeats of a call's own words.
@Suite struct EchoTests {
  @Test(arguments: ["Foo", "_Foo", "_Shirt_Size", "Contact.Foo"])
  func `a field that is not there is named where it looks like one`(name: String) async throws {
    let fault = try await BridgeWorld().fault("DataService.query", "Contact", 1, 0, [:], [.string(name)])
    #expect(fault == XMLRPCFault(10, "[NoFieldFound]No field found: Contact.\(name)"))
  }

  @Test(arguments: [
    "evk_4711", "KeapAK-4711", "0123456789abcdef0123456789abcdef", "First Name", "", "a.b.c", "_First Name", "_\u{E9}",
    String(repeating: "x", count: 33), "_" + String(repeating: "x", count: 64),
    String(repeating: "Foo<", count: 10_000),
  ]) func `K22 what does not look like a field or a table may be a key, and is not repeated`(name: String)
    async throws
  {
    let world = BridgeWorld(), text = XMLRPCValue.string(name)
    let none = XMLRPCFault(10, "[NoFieldFound]No field found: Contact")
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, [:], [text]) == none)
    #expect(try await world.fault("DataService.query", "Contact", 1, 0, .structure([name: "x"]), ["Id"]) == none)
    #expect(try await world.fault("ContactService.update", 77, .structure([name: "x"])) == none)
    #expect(
      try await world.fault("DataService.load", text, 77, ["Id"]) == XMLRPCFault(9, "[NoTableFound]No table found"))
    let setting = try await world.fault("DataService.getAppSetting", text, text)
    #expect(setting == XMLRPCFault(12, "[InvalidParameter]The setting is not known by its name in REST"))
  }

  @Test func `K32 of a value that does not fit no more than its beginning is repeated`() async throws {
    let world = BridgeWorld()
    // One character, as people count.
    let long = XMLRPCValue.string("x" + String(repeating: "\u{301}", count: 10_000))
    for data in [["Birthday": long], ["Country": long], ["State": long, "Country": "USA"]] as [XMLRPCValue] {
      let fault = try await world.fault("ContactService.add", data)
      #expect(fault?.code == 12)
      #expect(fault?.sentence.unicodeScalars.count ?? .max < 200)
    }
  }
}
