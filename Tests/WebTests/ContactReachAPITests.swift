import Testing
import Wire

/// Contacts beyond adding, reading and changing them: filters, merging, links, and the tenant's users.
@Suite struct ContactReachAPITests {
  @Test("v2 finds contacts by place, number and field, and names a field that there is not")
  func filters() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let colour = try await calls.field(of: "contacts")
      let body: JSON = [
        "email_addresses": [["field": "EMAIL1", "email": "zoe@example.org"]],
        "phone_numbers": [["field": "PHONE2", "number": "(602) 555-1234"]],
        "addresses": [["field": "BILLING", "locality": "Chandler", "region_code": "US-AZ", "country_code": "USA"]],
        "custom_fields": [["id": .string(colour), "content": "Deep Blue"]],
      ]
      let id = try #require(try await calls.call("POST", "v2/contacts", body, 201)["id"])
      for filter in [
        "city%3D%3DChan%2A", "city%3D%3DChandler%3Bstate%3D%3DArizona", "colour%3D%3Ddeep%2A",
        "phone_number%3D%3D6025551234%3Bphone_fields%3D%3DPHONE1,PHONE2", "billing_address_country_code%3D%3DUSA",
      ] {
        let found = try await calls.call("GET", "v2/contacts?fields=id&filter=\(filter)")
        #expect(found["contacts"] == [["id": id]], "\(filter)")
      }
      let none = try await calls.call("GET", "v2/contacts?filter=lead_source_name%3D%3DGoogle")
      #expect(none == ["contacts": [], "next_page_token": ""])
      try await calls.refuse(
        "GET", "v2/contacts?filter=shoe_size%3D%3D5", nil, 400, "filter: shoe_size is not a field to filter by")
      try await calls.refuse(
        "GET", "v2/contacts?filter=phone_number%3D%3D6025551234", nil, 400,
        "filter: phone_number and phone_fields need each other")
    }
  }

  @Test("v2 merges two contacts into the first")
  func merge() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let (first, second) = (try await calls.contact("a@example.org"), try await calls.contact("b@example.org"))
      let ids: JSON = ["contact_id": .string(String(first)), "duplicate_contact_id": .string(String(second))]
      let merged = try await calls.call("POST", "v2/contacts:merge?fields=id,email_addresses", ids)
      #expect(merged["id"] == .string(String(first)) && merged.object?.count == 2)
      #expect(
        merged["email_addresses"]?.array?.compactMap { $0["email"]?.string } == ["a@example.org", "b@example.org"])
      // Whoever knows the second alone goes on with the first, whose own address stays.
      let known: JSON = ["email_addresses": [["field": "EMAIL1", "email": "b@example.org"]]]
      let found = try await calls.call(
        "POST", "v2/contacts?duplicate_option=Email&fields=id,email_addresses", known, 200)
      #expect(found == merged)
      try await calls.refuse("POST", "v2/contacts:merge", ids, 404, "Unable to find this Contact")
      try await calls.refuse(
        "POST", "v2/contacts:merge", ["contact_id": .string(String(first))], 400, "duplicate_contact_id is required")
    }
  }

  @Test("v2 makes types of links, links contacts by them, and unlinks them")
  func links() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let (first, second) = (try await calls.contact("a@example.org"), try await calls.contact("b@example.org"))
      let types = "v2/contacts/links/types"
      let type = try await calls.call("POST", types, ["name": "Spouse", "max_links": 1], 201)
      let id = try #require(type["id"])
      #expect(type["name"] == "Spouse" && type["max_links"] == 1 && type["create_time"]?.string != nil)
      let body: JSON = [
        "contact1_id": .string(String(first)), "contact2_id": .string(String(second)), "link_type_id": id,
      ]
      let link = try await calls.call("POST", "v2/contacts:link", body, 201)
      #expect(link["link_type_name"] == "Spouse" && link["contact2_id"] == .string(String(second)))
      let listed = try await calls.call("GET", "v2/contacts/\(second)/links")
      #expect(listed == ["links": [link], "next_page_token": ""])
      let shown = try await calls.call("GET", "v2/contacts/\(first)?fields=links")["links"]?[0]
      #expect(shown?["linked_contact_id"] == .string(String(second)) && shown?["link_type_id"] == id)
      let old = try await calls.call("GET", "v1/contacts/\(second)?optional_properties=relationships")
      #expect(old["relationships"]?[0]?["linked_contact_id"] == .integer(first))
      let path = "\(types)/\(id.string ?? "")"
      try await calls.refuse(
        "DELETE", path, nil, 409, "There are links of the type Spouse; unlink the contacts first")
      try await calls.refuse("PATCH", path, ["name": "Partner"], 400, "update_mask is required")
      let renamed = try await calls.call("PATCH", path + "?update_mask=name", ["name": "Partner", "max_links": 9])
      #expect(renamed["name"] == "Partner" && renamed["max_links"] == 1)
      try await calls.refuse(
        "PATCH", path + "?update_mask=max_links", ["max_links": 0], 400, "max_links must be a number above 0")
      let all = try await calls.call("GET", types + "?filter=name%3D%3Dpartner&order_by=max_links%20desc")
      #expect(all["contact_link_types"] == [renamed])
      try await calls.call("POST", "v2/contacts:unlink", body, 204)
      try await calls.refuse("POST", "v2/contacts:unlink", body, 404, "Unable to find this Contact Link")
      try await calls.call("DELETE", path, nil, 204)
      try await calls.refuse("DELETE", path, nil, 404, "Unable to find this Contact Link Type")
      try await calls.refuse("POST", types, ["max_links": 1], 400, "name is required")
    }
  }

  @Test("users are the tenant's members, which no app makes or changes")
  func users() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let id = try await calls.user()
      let list = try await calls.call("GET", "v1/users?include_partners=true&limit=1")
      #expect(list["count"] == 2 && list["users"]?.array?.count == 1)
      #expect(
        list["next"] == "http://127.0.0.1:8443/crm/rest/v1/users/?limit=1&offset=1&include_partners=true")
      let found = try await calls.call("GET", "v2/users?filter=email%3D%3Dann%40example.org")
      let user = try await calls.call("GET", "v2/users/\(id)")
      #expect(found == ["users": [user], "next_page_token": ""])
      #expect(user["id"] == .string(String(id)) && user["given_name"] == "Ann" && user["family_name"] == "Lee")
      #expect(user["status"] == "ACTIVE" && user["email_addresses"]?[0]?["email"] == "ann@example.org")
      #expect(try await calls.walk("v2/users?order_by=email&page_size=1", "users").count == 2)
      #expect(try await calls.call("GET", "v1/users/\(id)/signature") == "")
      let caller = try await calls.call("GET", "v2/oauth/connect/userinfo")
      #expect(caller["id"] == user["id"] && caller["keap_id"] == user["keap_id"] && caller["given_name"] == "Ann")
      #expect(caller["middle_name"] == nil, "v2 leaves out what there is none of")
      let words = "Users are made and changed by the operator of this server and by no app"
      try await calls.refuse("POST", "v1/users", ["email": "x@example.org", "given_name": "X"], 403, words)
      try await calls.refuse("PATCH", "v2/users/\(id)", ["given_name": "X"], 403, words)
      try await calls.refuse("PATCH", "v2/users/1", ["given_name": "X"], 404, "Unable to find this User")
      let others = try await KeapCalls(world, tenant: "Bright Books")
      #expect(try await others.call("GET", "v1/users")["count"] == 1)
      let ben = try #require(
        try await calls.call("GET", "v2/users?filter=given_name%3D%3DBen")["users"]?[0]?["id"]?.string)
      try await others.refuse("GET", "v2/users/\(ben)", nil, 404, "Unable to find this User")
    }
  }
}
