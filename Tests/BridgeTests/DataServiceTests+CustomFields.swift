import Bridge
import Testing
import Wire
import XMLRPC

/// The fields that a tenant defined itself.
extension DataServiceTests {
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
}
