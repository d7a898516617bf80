import Testing
import Wire

@Suite("Tags in the API that speaks Keap's")
struct TagAPITests {
  @Test("v1 makes a category and tags, finds them by name and category, and pages by its own addresses")
  func v1Tags() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let category = try await api.send(
        "POST", "v1/tags/categories/", 200, #"{"name":"Segments","description":"For newsletters"}"#)
      let id = try #require(category["id"]?.integer)
      #expect(category == ["id": .integer(id), "name": "Segments", "description": "For newsletters"])
      let tag = try await api.send(
        "POST", "v1/tags", 200, #"{"name":"VIP","category":{"id":\#(id)},"description":"Best"}"#)
      let vip = try #require(tag["id"]?.integer)
      #expect(tag["category"] == category && tag["description"] == "Best")
      #expect(try await api.send("GET", "v1/tags/\(vip)/", 200) == tag)
      let plain = try await api.send("POST", "v1/tags", 200, #"{"name":"New","category":null}"#)
      #expect(plain == ["id": .integer(vip + 1), "name": "New", "description": ""], "no key without a category")

      let list = try await api.send("GET", "v1/tags?limit=1", 200)
      #expect(list["tags"] == [tag] && list["count"] == 2)
      #expect(list["next"] == "http://127.0.0.1:8443/crm/rest/v1/tags/?limit=1&offset=1")
      #expect(list["previous"] == "http://127.0.0.1:8443/crm/rest/v1/tags/?limit=1&offset=0")
      let next = try #require(list["next"]?.string?.split(separator: "/crm/rest/").last)
      #expect(try await api.send("GET", String(next), 200)["tags"] == [plain])
      let end = try await api.send("GET", "v1/tags?limit=1&offset=2", 200)
      #expect(end["tags"] == [] && end["count"] == 2 && end["next"]?.string?.isEmpty == false)
      #expect(try await api.send("GET", "v1/tags?name=vip", 200)["tags"] == [tag])
      let ofCategory = try await api.send("GET", "v1/tags?category=\(id)&name=VIP", 200)
      #expect(ofCategory["tags"] == [tag] && ofCategory["count"] == 1)
      #expect(
        ofCategory["next"]?.string?.hasSuffix("?limit=1000&offset=1000&category=\(id)&name=VIP") == true)
      #expect(try await api.send("GET", "v1/tags?category=999", 200)["tags"] == [])
    }
  }

  @Test("v1 applies and takes tags from either side, says of each what came of it, and when")
  func v1Applied() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let (ann, bob) = (try await api.contact("ann"), try await api.contact("bob"))
      let (vip, new) = (try await api.tag("VIP"), try await api.tag("New"))
      let first = try await api.send("POST", "v1/contacts/\(ann)/tags", 200, #"{"tagIds":[\#(vip),"\#(new)",999]}"#)
      #expect(first == [["key": "SUCCESS"], ["key": "SUCCESS"], ["key": "TAG_ID_NOT_FOUND"]])
      let second = try await api.send("POST", "v1/tags/\(vip)/contacts", 200, #"{"ids":[\#(bob),\#(ann),999]}"#)
      #expect(second == [["key": "SUCCESS"], ["key": "DUPLICATE"], ["key": "CONTACT_NOT_FOUND"]])
      #expect(
        try await api.send("POST", "v1/contacts/999/tags", 200, #"{"tagIds":[\#(vip)]}"#)
          == [["key": "CONTACT_NOT_FOUND"]])
      #expect(
        try await api.send("POST", "v1/tags/999/contacts", 200, #"{"ids":[\#(ann)]}"#) == [["key": "TAG_ID_NOT_FOUND"]])

      let tags = try await api.send("GET", "v1/contacts/\(ann)/tags?limit=1", 200)
      let now = try #require(tags["tags"]?[0]?["date_applied"]?.string)
      #expect(now.hasSuffix("+0000"))
      #expect(
        tags["tags"] == [
          ["tag": ["id": .integer(vip), "name": "VIP", "category": ""], "date_applied": .string(now)]
        ])
      #expect(tags["count"] == 2)
      #expect(tags["next"] == .string("http://127.0.0.1:8443/crm/rest/v1/contacts/\(ann)/tags/?limit=1&offset=1"))
      let contacts = try await api.send("GET", "v1/tags/\(vip)/contacts?limit=1&offset=1", 200)
      #expect(
        contacts["contacts"] == [
          [
            "contact": [
              "id": .integer(bob), "email": "bob@example.org", "first_name": "bob", "last_name": "",
            ], "date_applied": .string(now),
          ]
        ])
      #expect(contacts["count"] == 2)

      #expect(try await api.tagIDs(ann) == [vip, new])
      _ = try await api.send("DELETE", "v1/contacts/\(ann)/tags?ids=\(vip)%2C\(new)%2C999", 204)
      _ = try await api.send("DELETE", "v1/contacts/\(ann)/tags?ids=\(vip)", 204)
      #expect(try await api.tagIDs(ann) == [])
      _ = try await api.send("DELETE", "v1/contacts/\(bob)/tags/\(vip)", 204)
      _ = try await api.send("DELETE", "v1/contacts/\(bob)/tags/\(vip)", 204)
      #expect(try await api.tagIDs(bob) == [])
      _ = try await api.send("POST", "v1/tags/\(vip)/contacts", 200, #"{"ids":[\#(bob),\#(ann)]}"#)
      _ = try await api.send("DELETE", "v1/tags/\(vip)/contacts?ids=\(bob)&ids=\(ann)&ids=999", 204)
      #expect(try await api.send("GET", "v1/tags/\(vip)/contacts", 200)["count"] == 0)
      _ = try await api.send("POST", "v1/tags/\(vip)/contacts", 200, #"{"ids":[\#(bob),\#(ann)]}"#)
      _ = try await api.send("DELETE", "v1/tags/\(vip)/contacts/\(ann)", 204)
      _ = try await api.send("DELETE", "v1/tags/\(vip)/contacts/\(ann)", 204)
      #expect(try await api.tagIDs(ann) == [])
      #expect(try await api.tagIDs(bob) == [vip])
    }
  }

  @Test("v2 makes, reads, changes, lists and deletes tags and their categories")
  func v2Tags() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let category = try await api.send("POST", "v2/tags/categories", 201, #"{"name":"Segments"}"#)
      let categoryID = try #require(category["id"]?.string)
      let time = try #require(category["create_time"]?.string)
      #expect(time.hasSuffix("Z") && category["update_time"]?.string == time)
      #expect(Set(category.object?.keys ?? [:].keys) == ["id", "name", "create_time", "update_time"])
      let tag = try await api.send(
        "POST", "v2/tags", 201, #"{"name":"VIP","description":"Best","category":{"id":"\#(categoryID)"}}"#)
      let id = try #require(tag["id"]?.string)
      #expect(tag["category"] == ["id": .string(categoryID)] && tag["description"] == "Best")
      #expect(try await api.send("GET", "v2/tags/\(id)", 200) == tag)
      #expect(try await api.send("GET", "v2/tags/categories/\(categoryID)", 200) == category)
      #expect(
        try await api.send("GET", "v2/tags?filter=name%3D%3Dvip%3Bcategory_id%3D%3D\(categoryID)", 200) == [
          "tags": [tag], "next_page_token": "",
        ])
      #expect(
        try await api.send("GET", "v2/tags/categories?order_by=name%20desc&page_size=0", 200) == [
          "tag_categories": [category], "next_page_token": "",
        ])

      var changed = try await api.send(
        "PATCH", "v2/tags/\(id)?update_mask=name,category", 200,
        #"{"name":"Gold","description":"no","category":null}"#)
      #expect(changed["name"] == "Gold" && changed["description"] == "Best" && changed["category"] == nil)
      changed = try await api.send("PATCH", "v2/tags/\(id)", 200, #"{"id":"7","category":{"id":"\#(categoryID)"}}"#)
      #expect(changed["name"] == "Gold" && changed["category"] == ["id": .string(categoryID)])
      changed = try await api.send("PATCH", "v2/tags/categories/\(categoryID)", 200, #"{"description":"All"}"#)
      #expect(changed["name"] == "Segments" && changed["description"] == "All")

      _ = try await api.send("DELETE", "v2/tags/categories/\(categoryID)", 204)
      #expect(try await api.send("GET", "v2/tags/\(id)", 200)["category"] == nil)
      _ = try await api.send("DELETE", "v2/tags/\(id)", 204)
      let gone = try await api.send("DELETE", "v2/tags/\(id)", 404)
      #expect(gone["message"] == "Unable to find this Tag" && gone["status"] == "Not Found" && gone["code"] == 404)
      #expect(gone["details"]?[0]?["resource"] == .string("DELETE /rest/v2/tags/\(id)"))
      #expect(
        try await api.send("GET", "v2/tags/categories/\(categoryID)", 404)["message"]
          == "Unable to find this Tag Category")
    }
  }

  @Test("v2 applies and takes a tag, and pages what has it to the end")
  func v2Applied() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      var contacts: [Int64] = []
      for name in ["ann", "bob", "cy"] { contacts.append(try await api.contact(name)) }
      let (vip, new) = (try await api.tag("VIP"), try await api.tag("New"))
      let body = #"{"contact_ids":["\#(contacts[0])","\#(contacts[1])","\#(contacts[0])",\#(contacts[2]),"999"]}"#
      #expect(
        try await api.send("POST", "v2/tags/\(vip)/contacts:applyTags", 200, body) == [
          "results": [
            String(contacts[0]): "SUCCESS", String(contacts[1]): "SUCCESS", String(contacts[2]): "SUCCESS",
            "999": "CONTACT_NOT_FOUND",
          ]
        ])
      #expect(
        try await api.send(
          "POST", "v2/tags/\(vip)/contacts:applyTags", 200, #"{"contact_ids":["\#(contacts[0])"]}"#) == [
            "results": [String(contacts[0]): "DUPLICATE"]
          ])
      _ = try await api.send("POST", "v2/tags/\(new)/contacts:applyTags", 200, #"{"contact_ids":["\#(contacts[0])"]}"#)
      #expect(
        try await api.send("POST", "v2/tags/999/contacts:applyTags", 404, body)["message"] == "Unable to find this Tag")

      for order in ["", "&order_by=email%20desc", "&order_by=applied_time", "&order_by=given_name%20asc"] {
        var (token, seen): (String, [Int64]) = ("", [])
        repeat {
          let page = try await api.send("GET", "v2/tags/\(vip)/contacts?page_size=1&page_token=\(token)\(order)", 200)
          seen += page["contacts"]?.array?.compactMap { $0["id"]?.string.flatMap { Int64($0) } } ?? []
          token = try #require(page["next_page_token"]?.string)
        } while !token.isEmpty && seen.count < 9
        #expect(seen == (order.contains("desc") ? contacts.reversed() : contacts), "\(order)")
      }
      let found = try await api.send("GET", "v2/tags/\(vip)/contacts?filter=given_name%3D%3DBOB", 200)
      let bob = try #require(found["contacts"]?[0])
      #expect(bob["email"] == "bob@example.org" && bob["given_name"] == "bob" && bob["family_name"] == nil)
      #expect(bob["applied_time"]?.string?.hasSuffix("Z") == true)
      let ofAnn = try await api.send("GET", "v2/contacts/\(contacts[0])/tags?order_by=name", 200)
      #expect(ofAnn["tags"]?.array?.compactMap { $0["tag"]?["name"] } == ["New", "VIP"])
      #expect(ofAnn["tags"]?[0]?["applied_time"] == bob["applied_time"])
      let ann = try await api.send("GET", "v2/contacts/\(contacts[0])?fields=tag_ids", 200)
      #expect(ann == ["tag_ids": [.string(String(vip)), .string(String(new))]])

      let removed = #"{"contact_ids":["\#(contacts[0])","999"]}"#
      for _ in 0..<2 { _ = try await api.send("POST", "v2/tags/\(vip)/contacts:removeTags", 204, removed) }
      #expect(try await api.tagIDs(contacts[0]) == [new])
      _ = try await api.send("POST", "v2/tags/999/contacts:removeTags", 404, removed)
    }
  }

  @Test("companies take a tag and give it back, and are listed by it in both versions")
  func companies() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let vip = try await api.tag("VIP")
      let made = try await api.send(
        "POST", "v2/companies", 201,
        #"{"company_name":"Bolt","notes":"Key client","email_address":{"email":"info@bolt.example"}}"#)
      let bolt = try #require(made["id"]?.string)
      for _ in 0..<2 { _ = try await api.send("POST", "v2/companies/\(bolt)/tags/\(vip)", 204) }
      let listed = try await api.send(
        "GET",
        "v2/tags/\(vip)/companies?filter=company_name%3D%3Dbolt%3Bemail%3D%3DINFO%40bolt.example&order_by=email", 200)
      let company = try #require(listed["tagged_companies"]?[0])
      let read = try await api.send("GET", "v2/companies/\(bolt)", 200)
      #expect(company["company"] == read && read["groups"] == .string(String(vip)) && read["notes"] == "Key client")
      #expect(listed["next_page_token"] == "")
      let without = try await api.send("GET", "v2/tags/\(vip)/companies?filter=email%3D%3DNONE", 200)
      #expect(without["tagged_companies"] == [])
      let first = try await api.send("GET", "v1/tags/\(vip)/companies", 200)
      #expect(
        first["companies"]?[0]?["company"] == [
          "id": .integer(Int64(bolt) ?? 0), "company_name": "Bolt", "email": "info@bolt.example",
        ])
      #expect(first["count"] == 1)
      let tags = try await api.send("GET", "v2/companies/\(bolt)/tags", 200)
      #expect(tags["tags"]?[0]?["tag"]?["name"] == "VIP")
      #expect(tags["tags"]?[0]?["applied_time"] == company["applied_time"])
      for _ in 0..<2 { _ = try await api.send("DELETE", "v2/companies/\(bolt)/tags/\(vip)", 204) }
      #expect(try await api.send("GET", "v2/companies/\(bolt)/tags", 200)["tags"] == [])
      let unknown = try await api.send("POST", "v2/companies/999/tags/\(vip)", 404)
      #expect(unknown["message"] == "Unable to find this Company")
      let plain = try await api.send("POST", "v2/companies", 201, #"{"company_name":"Nuts"}"#)
      let nuts = try #require(plain["id"]?.string)
      _ = try await api.send("POST", "v2/companies/\(nuts)/tags/\(vip)", 204)
      let second = try await api.send("GET", "v1/tags/\(vip)/companies", 200)
      #expect(second["companies"]?[0]?["company"]?["email"] == "", "no null")
      _ = try await api.send("DELETE", "v2/companies/\(nuts)", 204)
      #expect(try await api.send("GET", "v2/tags/\(vip)/companies", 200)["tagged_companies"] == [])
      for (method, path) in [
        ("POST", "v2/companies/\(bolt)/tags/999"), ("DELETE", "v2/companies/\(bolt)/tags/x"),
        ("GET", "v2/companies/999/tags"),
      ] { _ = try await api.send(method, path, 404) }
    }
  }

  @Test("a contact tells its tags in lists too, and whoever writes tag_ids changes none")
  func tagIDs() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let (ann, bob) = (try await api.contact("ann"), try await api.contact("bob"))
      let (vip, new) = (try await api.tag("VIP"), try await api.tag("New"))
      _ = try await api.send("POST", "v1/contacts/\(ann)/tags", 200, #"{"tagIds":[\#(new),\#(vip)]}"#)
      let first = try await api.send("GET", "v1/contacts", 200)
      #expect(first["contacts"]?.array?.map { $0["tag_ids"] } == [[.integer(vip), .integer(new)], []])
      let second = try await api.send("GET", "v2/contacts?fields=id,tag_ids", 200)
      #expect(
        second["contacts"] == [
          ["id": .string(String(ann)), "tag_ids": [.string(String(vip)), .string(String(new))]],
          ["id": .string(String(bob)), "tag_ids": []],
        ])
      for (path, body) in [
        ("v1/contacts/\(ann)", #"{"tag_ids":[],"job_title":"Chef"}"#),
        ("v2/contacts/\(ann)?update_mask=tag_ids", #"{"tag_ids":["999"]}"#),
        ("v2/contacts/\(ann)", #"{"tag_ids":null,"job_title":"Cook"}"#),
      ] {
        #expect(try await api.send("PATCH", path, 200, body)["tag_ids"]?.array?.count == 2)
      }
      let made = try await api.send(
        "POST", "v1/contacts", 201,
        #"{"tag_ids":[\#(vip)],"email_addresses":[{"field":"EMAIL1","email":"c@d.example"}]}"#
      )
      #expect(made["tag_ids"] == [])
      _ = try await api.send("DELETE", "v1/contacts/\(ann)", 204)
      #expect(try await api.send("GET", "v1/tags/\(vip)/contacts", 200)["count"] == 0)
    }
  }
}
