import Testing
import Wire

@Suite("What the API that speaks Keap's refuses about tags")
struct TagRefusalTests {
  @Test("a name that is taken is 409, in the words of either version")
  func taken() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let vip = try await api.tag("VIP")
      let other = try await api.tag("Other")
      _ = try await api.send("POST", "v2/tags/categories", 201, #"{"name":"VIP"}"#)
      let first = try await api.send("POST", "v1/tags", 409, #"{"name":" vip "}"#)
      #expect(first == ["message": "There is a Tag with this name already"])
      let second = try await api.send("PATCH", "v2/tags/\(other)", 409, #"{"name":"vip"}"#)
      #expect(second["status"] == "Conflict" && second["code"] == 409)
      _ = try await api.send("POST", "v1/tags/categories", 409, #"{"name":"Vip"}"#)
      _ = try await api.send("PATCH", "v2/tags/\(vip)", 200, #"{"name":"Vip"}"#)
    }
  }

  @Test("what cannot stand is refused with a sentence, and nothing is half done")
  func refusals() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await TagAPI(world)
      let (ann, vip) = (try await api.contact("ann"), try await api.tag("VIP"))
      let many = (1...101).map(String.init).joined(separator: ",")
      let more = (1...1001).map { "\"\($0)\"" }.joined(separator: ",")
      for (method, path, body) in [
        ("POST", "v1/tags", "{}"), ("POST", "v1/tags", #"{"name":" "}"#), ("POST", "v1/tags", "[]"),
        ("POST", "v1/tags", #"{"name":"a\u0007b"}"#), ("POST", "v1/tags", #"{"name":"x","category":{"id":999}}"#),
        ("POST", "v1/tags", #"{"name":"x","category":{}}"#), ("POST", "v1/tags", "{name"),
        ("POST", "v1/tags/categories", #"{"description":"x"}"#), ("POST", "v2/tags", #"{"name":5}"#),
        ("POST", "v2/tags", #"{"name":"x","category":{"id":"\#(vip)"}}"#), ("POST", "v2/tags", #"{"name":"a\u0000"}"#),
        ("PATCH", "v2/tags/\(vip)", #"{"name":null}"#), ("PATCH", "v2/tags/\(vip)", #"{"category":{"id":"999"}}"#),
        ("PATCH", "v2/tags/\(vip)?update_mask=colour", "{}"),
        ("PATCH", "v2/tags/\(vip)", #"{"description":"\#(String(repeating: "x", count: 2001))"}"#),
        ("POST", "v1/contacts/\(ann)/tags", "{}"), ("POST", "v1/contacts/\(ann)/tags", #"{"tagIds":\#(vip)}"#),
        ("POST", "v1/contacts/\(ann)/tags", #"{"tagIds":[\#(vip),"x"]}"#),
        ("POST", "v1/contacts/\(ann)/tags", #"{"tagIds":[\#(vip),null]}"#),
        ("POST", "v1/contacts/\(ann)/tags", #"{"tagIds":[\#(many)]}"#),
        ("POST", "v1/tags/\(vip)/contacts", #"{"contact_ids":[\#(ann)]}"#),
        ("POST", "v2/tags/\(vip)/contacts:applyTags", #"{"contact_ids":[\#(more)]}"#),
        ("POST", "v2/tags/\(vip)/contacts:applyTags", #"{"contact_ids":["\#(ann)","x"]}"#),
        ("POST", "v2/tags/\(vip)/contacts:applyTags", #"{"ids":["\#(ann)"]}"#),
        ("POST", "v2/tags/\(vip)/contacts:removeTags", "{}"), ("DELETE", "v1/contacts/\(ann)/tags", nil),
        ("DELETE", "v1/contacts/\(ann)/tags?ids=", nil), ("DELETE", "v1/contacts/\(ann)/tags?ids=\(vip),x", nil),
        ("DELETE", "v1/tags/\(vip)/contacts?ids=\(many)", nil), ("GET", "v1/tags?limit=1001", nil),
        ("GET", "v1/tags?category=x", nil), ("GET", "v2/tags?filter=colour%3D%3Dred", nil),
        ("GET", "v2/tags?order_by=applied_time", nil), ("GET", "v2/tags?page_size=-1", nil),
        ("GET", "v2/tags?page_token=nonsense", nil), ("GET", "v2/tags/\(vip)/contacts?order_by=name", nil),
      ] as [(String, String, String?)] {
        let answer = try await api.send(method, path, 400, body)
        #expect(answer["message"]?.string?.isEmpty == false, "\(method) \(path)")
        #expect((answer["details"] == nil) == path.hasPrefix("v1"), "\(method) \(path)")
      }
      for (method, path, body) in [
        ("GET", "v1/tags/x", nil), ("GET", "v1/tags/\(ann)", nil), ("GET", "v1/contacts/\(vip)/tags", nil),
        ("GET", "v1/tags/999/contacts", nil), ("GET", "v1/tags/999/companies", nil),
        ("DELETE", "v1/tags/999/contacts?ids=1", nil), ("DELETE", "v1/contacts/999/tags?ids=1", nil),
        ("DELETE", "v1/contacts/\(ann)/tags/999", nil), ("DELETE", "v1/contacts/999/tags/\(vip)", nil),
        ("DELETE", "v1/tags/\(vip)/contacts/999", nil), ("GET", "v2/tags/9223372036854775808", nil),
        ("PATCH", "v2/tags/999", "{}"), ("GET", "v2/contacts/999/tags", nil),
        ("GET", "v2/tags/999/companies", nil), ("DELETE", "v2/tags/categories/\(vip)", nil),
      ] as [(String, String, String?)] {
        _ = try await api.send(method, path, 404, body)
      }
      #expect(try await api.tagIDs(ann) == [])
      #expect(try await api.send("GET", "v1/tags", 200)["count"] == 1)
      #expect(try await api.send("GET", "v2/tags/categories", 200)["tag_categories"] == [])
    }
  }

  @Test("P42: a token for one tenant sees no tag of the other, by whatever address")
  func otherTenant() async throws {
    try await IssuerSiteWorld.serving { world in
      let (api, other) = (try await TagAPI(world), try await TagAPI(world, tenant: "Bright Books"))
      let (ann, vip) = (try await api.contact("ann"), try await api.tag("VIP"))
      let category = try #require(
        try await api.send("POST", "v2/tags/categories", 201, #"{"name":"Segments"}"#)["id"]?.string)
      _ = try await api.send("POST", "v1/contacts/\(ann)/tags", 200, #"{"tagIds":[\#(vip)]}"#)
      for (method, path, body) in [
        ("GET", "v1/tags/\(vip)", nil), ("GET", "v1/tags/\(vip)/contacts", nil),
        ("GET", "v1/tags/\(vip)/companies", nil), ("DELETE", "v1/tags/\(vip)/contacts?ids=\(ann)", nil),
        ("DELETE", "v1/tags/\(vip)/contacts/\(ann)", nil), ("GET", "v1/contacts/\(ann)/tags", nil),
        ("DELETE", "v1/contacts/\(ann)/tags?ids=\(vip)", nil), ("DELETE", "v1/contacts/\(ann)/tags/\(vip)", nil),
        ("GET", "v2/tags/\(vip)", nil), ("PATCH", "v2/tags/\(vip)", #"{"name":"Mine"}"#),
        ("DELETE", "v2/tags/\(vip)", nil), ("GET", "v2/tags/\(vip)/contacts", nil),
        ("GET", "v2/tags/\(vip)/companies", nil), ("GET", "v2/contacts/\(ann)/tags", nil),
        ("POST", "v2/tags/\(vip)/contacts:applyTags", #"{"contact_ids":["\#(ann)"]}"#),
        ("POST", "v2/tags/\(vip)/contacts:removeTags", #"{"contact_ids":["\#(ann)"]}"#),
        ("GET", "v2/tags/categories/\(category)", nil), ("DELETE", "v2/tags/categories/\(category)", nil),
        ("PATCH", "v2/tags/categories/\(category)", #"{"name":"Mine"}"#),
      ] as [(String, String, String?)] {
        _ = try await other.send(method, path, 404, body)
      }
      #expect(
        try await other.send("POST", "v1/tags/\(vip)/contacts", 200, #"{"ids":[\#(ann)]}"#)
          == [["key": "CONTACT_NOT_FOUND"]])
      #expect(try await other.send("GET", "v1/tags", 200)["count"] == 0)
      #expect(try await other.send("GET", "v2/tags/categories", 200)["tag_categories"] == [])
      _ = try await other.send("POST", "v1/tags", 200, #"{"name":"VIP"}"#)
      #expect(try await api.tagIDs(ann) == [vip])
      #expect(try await api.send("GET", "v2/tags/\(vip)", 200)["name"] == "VIP")
    }
  }
}
