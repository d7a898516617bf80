import Contacts
import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Custom fields of the API that speaks Keap's")
struct CustomFieldAPITests {
  private static let v1 = "/crm/rest/v1", v2 = "/crm/rest/v2"

  @Test("contacts have a model in both versions, and fields that v1 or v2 defines", arguments: [v1, v2])
  func contactModel(version: String) async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let empty = try await world.fieldCall("GET", version + "/contacts/model", token, 200)
      #expect(empty["custom_fields"] == [])
      #expect(empty["optional_properties"]?.array?.contains("custom_fields") == true)
      let body = #"{"label":"Favourite Colour","field_type":"Dropdown","options":[{"label":"Red"},{"label":"Blue"}]}"#
      let made = try await world.fieldCall("POST", version + "/contacts/model/customFields", token, 201, body)
      let first = try await world.fieldCall("GET", Self.v1 + "/contacts/model", token, 200)["custom_fields"]?[0]
      let second = try await world.fieldCall("GET", Self.v2 + "/contacts/model", token, 200)["custom_fields"]?[0]
      #expect(made == (version == Self.v1 ? first : second))
      let id = try #require(first?["id"]?.integer)
      #expect(
        first == [
          "id": .integer(id), "label": "Favourite Colour", "field_name": "FavouriteColour", "field_type": "Dropdown",
          "record_type": "CONTACT", "default_value": .null,
          "options": [
            ["id": "1", "label": "Red", "options": []], ["id": "2", "label": "Blue", "options": []],
          ],
        ])
      let group = try #require(second?["group_id"]?.string)
      #expect(
        second == [
          "id": .string(String(id)), "label": "Favourite Colour", "field_name": "FavouriteColour",
          "field_type": "DROPDOWN", "record_type": "CONTACT", "group_id": .string(group),
          "group_name": "Custom Fields", "options": [["id": "1", "label": "Red"], ["id": "2", "label": "Blue"]],
        ])
    }
  }

  @Test("a contact's contents are checked on every way in, shown on request, and gone with their definition")
  func contents() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let colour = try await world.field("contacts", #"{"label":"Colour","field_type":"LIST_BOX","#, token)
      let age = try await world.field("contacts", #"{"label":"Age","field_type":"WHOLE_NUMBER","#, token)
      func body(_ fields: String) -> String {
        #"{"email_addresses":[{"field":"EMAIL1","email":"a@example.org"}],"custom_fields":["# + fields + "]}"
      }
      let good = body(#"{"id":"\#(colour)","content":"blue,red"},{"id":\#(age),"content":"32"}"#)
      let made = try await world.fieldCall("POST", Self.v2 + "/contacts", token, 201, good)
      let id = try #require(made["id"]?.string)
      #expect(
        made["custom_fields"] == [
          ["id": .string(colour), "content": "Red,Blue"], ["id": .string(age), "content": 32],
        ])
      let (path1, path2) = ("\(Self.v1)/contacts/\(id)", "\(Self.v2)/contacts/\(id)")
      let read = try await world.fieldCall("GET", path1 + "?optional_properties=custom_fields", token, 200)
      let numbers = [try #require(Int64(colour)), try #require(Int64(age))]
      #expect(
        read["custom_fields"] == [
          ["id": .integer(numbers[0]), "content": "Red,Blue"], ["id": .integer(numbers[1]), "content": 32],
        ])
      #expect(try await world.fieldCall("GET", path1, token, 200)["custom_fields"] == nil)
      #expect(try await world.fieldCall("GET", path2 + "?fields=custom_fields", token, 200).object?.count == 1)

      let unknown = body(#"{"id":4711,"content":"x"}"#), wrong = body(#"{"id":\#(age),"content":"old"}"#)
      for (bad, message) in [
        (unknown, "custom_fields: there is no custom field 4711 for contacts"),
        (wrong, "custom_fields.\(age) (Age) must be a whole number"),
      ] {
        let upsert = #"{"duplicate_option":"Email","# + bad.dropFirst()
        for (method, path, body) in [
          ("POST", Self.v1 + "/contacts", bad), ("PUT", Self.v1 + "/contacts", upsert), ("PATCH", path1, bad),
          ("POST", Self.v2 + "/contacts", bad), ("POST", Self.v2 + "/contacts?duplicate_option=Email", bad),
          ("PATCH", path2, bad),
        ] {
          #expect(try await world.fieldCall(method, path, token, 400, body)["message"] == .string(message), "\(path)")
        }
      }
      #expect(try await world.fieldCall("GET", Self.v1 + "/contacts", token, 200)["count"] == 1)
      #expect(try await world.fieldCall("GET", path2, token, 200) == made)

      // v2 replaces the list, and a mask leaves it alone.
      let masked = try await world.fieldCall("PATCH", path2 + "?update_mask=given_name", token, 200, unknown)
      #expect(masked["custom_fields"] == made["custom_fields"])
      let replaced = try await world.fieldCall(
        "PATCH", path2, token, 200, #"{"custom_fields":[{"id":"\#(age)","content":33}]}"#)
      #expect(replaced["custom_fields"]?[0]?["content"] == JSON.null)
      #expect(replaced["custom_fields"]?[1]?["content"] == 33)

      let gone = try await world.api("DELETE", "\(Self.v2)/contacts/model/customFields/\(age)", token)
      #expect(gone.status == 204)
      #expect(gone.body.isEmpty)
      let shown: JSON = [["id": .string(colour), "content": .null]]
      #expect(try await world.fieldCall("GET", path2, token, 200)["custom_fields"] == shown)
      let list = try await world.fieldCall("GET", Self.v2 + "/contacts?fields=custom_fields", token, 200)
      #expect(list["contacts"] == [["custom_fields": shown]])
      _ = try await world.fieldCall("PATCH", path2, token, 400, #"{"custom_fields":[{"id":"\#(age)","content":33}]}"#)
      _ = try await world.fieldCall("DELETE", "\(Self.v2)/contacts/model/customFields/\(age)", token, 404)
    }
  }

  @Test(
    "companies, notes and tasks have their definitions made, changed and deleted in v2", arguments: RecordKind.allCases)
  func definitions(kind: RecordKind) async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let model = "\(Self.v2)/\(kind.rawValue)/model"
      let group = try await world.fieldCall("POST", model + "/customFields/groups", token, 201, #"{"name":"Looks"}"#)
      let groupID = try #require(group["id"]?.string)
      let body =
        #"{"label":"Colour","field_type":"RADIO","group_id":"\#(groupID)","options":[{"label":"Red"},{"label":"Blue"}]}"#
      let answer = try await world.fieldCall("POST", model + "/customFields", token, 201, body)
      let made = try #require(kind == .task ? answer["custom_field"] : answer)
      let id = try #require(made["id"]?.string)
      #expect(made["group_name"] == "Looks")
      #expect(made["record_type"] == .string(kind.recordType))
      #expect(try await world.fieldCall("GET", model, token, 200)["custom_fields"] == [made])

      let path = "\(model)/customFields/\(id)"
      let change = #"{"label":"Hue","group_id":"\#(groupID)","options":[{"id":"2","label":"Blau"},{"label":"Green"}]}"#
      if kind == .contact {
        let refused = try await world.api("PATCH", path, token, change)
        #expect(refused.status == 404 || refused.status == 405, "Keap's document has no such operation")
      } else {
        let masked = try await world.fieldCall("PATCH", path + "?update_mask=label", token, 200, change)
        #expect(masked["label"] == "Hue")
        #expect(masked["options"] == made["options"])
        #expect(masked["field_name"] == "Colour")
        let changed = try await world.fieldCall("PATCH", path, token, 200, change)
        #expect(changed["options"] == [["id": "2", "label": "Blau"], ["id": "3", "label": "Green"]])
        #expect(try await world.fieldCall("GET", model, token, 200)["custom_fields"] == [changed])
        for (query, body) in [
          ("", #"{"label":"x"}"#), ("?update_mask=label", #"{"label":"x"}"#), ("?update_mask=type", change),
          ("", #"{"group_id":"4711"}"#), ("", #"{"group_id":"\#(groupID)","label":""}"#),
          ("", #"{"group_id":"\#(groupID)","options":[{"id":"1","label":"gone"}]}"#), ("", "[]"), ("", "{"),
        ] {
          _ = try await world.fieldCall("PATCH", path + query, token, 400, body)
        }
        #expect(try await world.fieldCall("GET", model, token, 200)["custom_fields"] == [changed])
        _ = try await world.fieldCall("PATCH", "\(model)/customFields/4711", token, 404, change)
      }
      _ = try await world.fieldCall("DELETE", "\(model)/customFields/groups/\(groupID)", token, 409)
      #expect(try await world.api("DELETE", path, token).status == 204)
      let missing = try await world.fieldCall("DELETE", path, token, 404)
      #expect(missing["message"] == "Unable to find this Custom Field")
      #expect(try await world.fieldCall("GET", model, token, 200)["custom_fields"] == [])
      #expect(try await world.api("DELETE", "\(model)/customFields/groups/\(groupID)", token).status == 204)
    }
  }

  @Test("v1 has a model of each kind, and defines fields of all but companies", arguments: RecordKind.allCases)
  func firstVersion(kind: RecordKind) async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let model = "\(Self.v1)/\(kind.rawValue)/model"
      #expect(try await world.fieldCall("GET", model + "/", token, 200)["custom_fields"] == [])
      let body = #"{"label":"Since","field_type":"Date"}"#
      let answer = try await world.api("POST", model + "/customFields", token, body)
      guard kind != .company else {
        #expect(answer.status == 404 || answer.status == 405)
        return
      }
      #expect(answer.status == 201)
      let made = try JSON.parse(answer.body)
      #expect(made["field_type"] == "Date")
      #expect(made["id"]?.integer != nil)
      #expect(try await world.fieldCall("GET", model, token, 200)["custom_fields"] == [made])
      #expect(
        try await world.fieldCall("GET", model.replacing(Self.v1, with: Self.v2), token, 200)["custom_fields"]?[0]?[
          "id"]?
          .string == made["id"]?.integer.map(String.init))
    }
  }

  @Test("P42 another tenant's definitions, groups and tabs are not there, and nobody's are without a token")
  func tenants() async throws {
    try await IssuerSiteWorld.serving { world in
      let ours = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let theirs = try await Browser(world).tokens("ann@example.org", world.shopClient, tenant: "Bright Books")
        .accessToken
      let places = "\(Self.v2)/companies/model/customFields"
      let id = try await world.field("companies", #"{"label":"Age","field_type":"WHOLE_NUMBER","#, ours)
      let model = try await world.fieldCall("GET", Self.v2 + "/companies/model", ours, 200)
      let group = try #require(model["custom_fields"]?[0]?["group_id"]?.string)
      let tab = try #require(
        try await world.fieldCall("GET", places + "/tabs", ours, 200)["tabs"]?[0]?["id"]?.string)
      #expect(try await world.fieldCall("GET", Self.v2 + "/companies/model", theirs, 200)["custom_fields"] == [])
      for (path, body) in [
        ("\(places)/\(id)", #"{"group_id":"\#(group)","label":"x"}"#),
        ("\(places)/groups/\(group)?update_mask=name", #"{"name":"x"}"#),
        ("\(places)/tabs/\(tab)?update_mask=name", #"{"name":"x"}"#),
      ] {
        _ = try await world.fieldCall("PATCH", path, theirs, 404, body)
        _ = try await world.fieldCall("DELETE", path, theirs, 404)
        #expect(try await world.api("DELETE", path, nil).status == 401)
      }
      let new = #"{"label":"x","field_type":"TEXT","group_id":"\#(group)"}"#
      _ = try await world.fieldCall("POST", places, theirs, 400, new)
      _ = try await world.fieldCall("POST", places + "/groups", theirs, 400, #"{"name":"x","tab_id":"\#(tab)"}"#)
      #expect(try await world.fieldCall("GET", Self.v2 + "/companies/model", ours, 200) == model)
    }
  }

  @Test("a definition that is no such thing is refused with a sentence, and none is made")
  func badDefinitions() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      for (body, message) in [
        ("{}", "label is required"), (#"{"label":"x"}"#, "field_type is required"),
        (#"{"label":"x\u0007","field_type":"Text"}"#, "label must be one line without control characters"),
        (
          #"{"label":"x","field_type":"Text","group_id":4711}"#,
          "group_id: there is no custom field group 4711 for contacts"
        ),
        (#"{"label":"x","field_type":"User","user_group_id":1}"#, "user_group_id: there is no user group 1"),
        (#"{"label":"x","field_type":"Text","options":[{"label":"a"}]}"#, "options: a field of the type TEXT has none"),
        (#"{"label":"x","field_type":"Radio","options":[{"label":"a"},{"label":"A"}]}"#, "options: A is given twice"),
        ("[]", "The body must be a JSON object"),
      ] {
        for version in [Self.v1, Self.v2] {
          let refused = try await world.fieldCall("POST", version + "/contacts/model/customFields", token, 400, body)
          #expect(refused["message"] == .string(message))
        }
      }
      #expect(try await world.fieldCall("GET", Self.v1 + "/contacts/model", token, 200)["custom_fields"] == [])
      #expect(try await world.fieldCall("GET", Self.v2 + "/contacts/model/customFields/tabs", token, 200)["tabs"] == [])
    }
  }
}
