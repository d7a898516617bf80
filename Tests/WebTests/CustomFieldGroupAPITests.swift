import Contacts
import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Groups and tabs of custom fields of the API that speaks Keap's")
struct CustomFieldGroupAPITests {
  @Test("groups and tabs are listed, made, read, changed and deleted", arguments: RecordKind.allCases)
  func places(kind: RecordKind) async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let v2 = "/crm/rest/v2"
      let (tabs, groups) = (
        "\(v2)/\(kind.rawValue)/model/customFields/tabs", "\(v2)/\(kind.rawValue)/model/customFields/groups"
      )
      let record = JSON.string(kind.recordType)
      #expect(try await world.fieldCall("GET", tabs, token, 200) == ["tabs": []])
      #expect(try await world.fieldCall("GET", groups, token, 200) == ["groups": []])
      let tab = try await world.fieldCall("POST", tabs, token, 201, #"{"name":" Personal "}"#)
      let tabID = try #require(tab["id"]?.string)
      #expect(tab == ["id": .string(tabID), "name": "Personal", "order": 1, "record_type": record])
      let group = try await world.fieldCall("POST", groups, token, 201, #"{"name":"Info","tab_id":"\#(tabID)"}"#)
      let groupID = try #require(group["id"]?.string)
      #expect(
        group == [
          "id": .string(groupID), "name": "Info", "order": 1, "tab_id": .string(tabID), "record_type": record,
        ])
      let other = try await world.fieldCall("POST", groups, token, 201, #"{"name":"Elsewhere"}"#)
      #expect(other["tab_id"] != group["tab_id"], "the default tab")
      #expect(try await world.fieldCall("GET", "\(groups)?tab_id=\(tabID)", token, 200) == ["groups": [group]])
      #expect(try await world.fieldCall("GET", groups, token, 200) == ["groups": [group, other]])
      #expect(try await world.fieldCall("GET", "\(groups)/\(groupID)", token, 200) == group)
      #expect(try await world.fieldCall("GET", "\(tabs)/\(tabID)", token, 200) == tab)
      let all = try await world.fieldCall("GET", tabs, token, 200)["tabs"]?.array
      #expect(all?.map { $0["name"] } == ["Personal", "Custom Fields"])

      let moved = try await world.fieldCall(
        "PATCH", "\(groups)/\(groupID)?update_mask=order,name&update_mask=tab_id", token, 200,
        #"{"name":"Data","order":7,"tab_id":"\#(other["tab_id"]?.string ?? "")"}"#)
      #expect(moved["name"] == "Data")
      #expect(moved["order"] == 7)
      #expect(moved["tab_id"] == other["tab_id"])
      let renamed = try await world.fieldCall(
        "PATCH", "\(tabs)/\(tabID)?update_mask=name", token, 200, #"{"name":"Private","order":9}"#)
      #expect(renamed["name"] == "Private")
      #expect(renamed["order"] == 1)

      for (method, path, body) in [
        ("POST", tabs, "{}"), ("POST", tabs, #"{"name":""}"#), ("POST", tabs, #"{"name":5}"#), ("POST", groups, "{}"),
        ("POST", tabs, #"{"name":"\#(String(repeating: "x", count: 256))"}"#), ("POST", tabs, #"{"name":"a\u0000"}"#),
        ("POST", groups, #"{"name":"x","tab_id":"4711"}"#), ("POST", groups, #"{"name":"x","tab_id":"x"}"#),
        ("PATCH", "\(groups)/\(groupID)", #"{"name":"x"}"#), ("PATCH", "\(tabs)/\(tabID)", #"{"name":"x"}"#),
        ("PATCH", "\(groups)/\(groupID)?update_mask=tab_id", #"{"tab_id":"4711"}"#),
        ("PATCH", "\(groups)/\(groupID)?update_mask=nonsense", #"{"name":"x"}"#),
        ("PATCH", "\(tabs)/\(tabID)?update_mask=tab_id", #"{"name":"x"}"#),
        ("PATCH", "\(tabs)/\(tabID)?update_mask=order", #"{"order":-1}"#),
        ("PATCH", "\(tabs)/\(tabID)?update_mask=order", #"{"order":2147483648}"#),
        ("GET", "\(groups)?tab_id=4711", nil), ("GET", "\(groups)?tab_id=x", nil),
      ] as [(String, String, String?)] {
        let refused = try await world.fieldCall(method, path, token, 400, body)
        #expect(refused["status"] == "Bad Request", "\(path)")
        #expect(refused["message"]?.string?.isEmpty == false)
      }
      for path in ["\(groups)/4711", "\(tabs)/4711", "\(groups)/\(tabID)", "\(tabs)/\(groupID)", "\(tabs)/x"] {
        _ = try await world.fieldCall("GET", path, token, 404)
        _ = try await world.fieldCall("PATCH", path + "?update_mask=name", token, 404, #"{"name":"x"}"#)
        _ = try await world.fieldCall("DELETE", path, token, 404)
      }
      let occupied = try await world.fieldCall("DELETE", "\(tabs)/\(other["tab_id"]?.string ?? "")", token, 409)
      #expect(occupied["status"] == "Conflict")
      #expect(occupied["message"] == "This Custom Field Tab still contains groups")
      for path in ["\(tabs)/\(tabID)", "\(groups)/\(groupID)"] {
        #expect(try await world.api("DELETE", path, token).status == 204)
        _ = try await world.fieldCall("GET", path, token, 404)
      }
    }
  }
}
