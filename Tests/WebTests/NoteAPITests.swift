import Testing
import Wire

@Suite("Notes, as Keap's REST speaks of them")
struct NoteAPITests {
  @Test("v2 adds, reads, changes and deletes a note below its contact")
  func v2() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let ben = String(try await KeapCalls(world, "ben@example.org").user()), ann = String(try await api.user())
      let (contact, colour) = (try await api.contact(), JSON.string(try await api.field(of: "notes")))
      let made = try await api.call(
        "POST", "v2/contacts/\(contact)/notes?fields=custom_fields",
        [
          "title": "Sales Call", "text": "Called about\nQ3", "type": "call", "user_id": .string(ben), "is_pinned": true,
          "custom_fields": [["id": colour, "content": "Red"]],
        ], 201)
      let id = try #require(made["id"]?.string)
      let time = try #require(made["create_time"]?.string)
      #expect(
        made == [
          "id": .string(id), "title": "Sales Call", "text": "Called about\nQ3", "type": "Call",
          "contact_id": .string(String(contact)), "create_time": .string(time), "update_time": .string(time),
          "pinned_at": .string(time), "created_by_user_id": .string(ann), "last_updated_by_user_id": .string(ann),
          "assigned_to_user": [
            "id": .string(ben), "given_name": "Ben", "family_name": "Lee", "email_address": "ben@example.org",
          ], "custom_fields": [["id": colour, "content": "Red"]],
        ])
      let path = "v2/contacts/\(contact)/notes/\(id)"
      #expect(try await api.call("GET", path + "?fields=custom_fields") == made)
      #expect(try await api.call("GET", path + "?fields=")["custom_fields"] == nil)
      let masked = try await api.call(
        "PATCH", path + "?update_mask=title&update_mask=is_pinned",
        ["title": "Second call", "text": "no", "is_pinned": false, "user_id": .string(ann)])
      #expect(masked["title"] == "Second call" && masked["text"] == made["text"] && masked["pinned_at"] == nil)
      #expect(masked["assigned_to_user"] == made["assigned_to_user"])
      let other = try await api.contact("other@example.org")
      try await api.call("PATCH", path, ["contact_id": .string(String(other)), "type": "Site visit"])
      try await api.refuse("GET", path, nil, 404, "Unable to find this Note")
      let moved = "v2/contacts/\(other)/notes/\(id)"
      #expect(try await api.call("GET", moved)["type"] == "Site visit", "a type that the tenant has by itself")
      #expect(try await api.call("GET", "v1/notes/\(id)")["type"] == "Other")
      try await api.call("DELETE", moved, nil, 204)
      try await api.refuse("DELETE", moved, nil, 404, "Unable to find this Note")
    }
  }

  @Test("v1 adds, reads, changes, replaces and deletes a note")
  func v1() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let ben = try await KeapCalls(world, "ben@example.org").user(), ann = try await api.user()
      let contact = try await api.contact()
      let made = try await api.call(
        "POST", "v1/notes/",
        ["contact_id": .integer(contact), "title": "Call", "body": "b", "type": "Email", "user_id": .integer(ben)], 201)
      let id = try #require(made["id"]?.integer)
      #expect(made["last_updated_by"] == ["user_id": .integer(ann), "given_name": "Ann", "family_name": "Lee"])
      #expect(made["date_created"]?.string?.hasSuffix("+0000") == true && made["date_created"] == made["last_updated"])
      for (key, value) in ["title": "Call", "body": "b", "type": "Email", "user_id": .integer(ben)] as [String: JSON] {
        #expect(made[key] == value)
      }
      #expect(try await api.call("GET", "v1/notes/\(id)") == made)
      #expect(try await api.call("PATCH", "v1/notes/\(id)", made) == made, "what it once read")
      let patched = try await api.call("PATCH", "v1/notes/\(id)", ["body": .null])
      #expect(patched["body"] == nil && patched["title"] == "Call")
      let put = try await api.call("PUT", "v1/notes/\(id)", ["contact_id": .integer(contact), "body": "only this"])
      #expect(put["body"] == "only this" && put["title"] == nil && put["type"] == nil)
      #expect(put["user_id"]?.integer == ann, "the caller's, as a new one")
      let short = try await api.call("POST", "v1/notes", ["contact_id": .integer(contact), "title": "x"], 201)
      #expect(short["user_id"]?.integer == ann)
      let page = try await api.call("GET", "v1/notes?contact_id=\(contact)&user_id=&limit=1&offset=1")
      #expect(page["notes"]?.array?.map { $0["id"] } == [short["id"]] && page["count"] == 2)
      #expect(
        page["previous"]?.string
          == "http://127.0.0.1:8443/crm/rest/v1/notes/?limit=1&offset=0&contact_id=\(contact)")
      #expect(try await api.call("GET", "v1/notes?user_id=\(ben)")["notes"] == [])
      let all = try await api.call("GET", "v1/notes?order_direction=DESCENDING")
      #expect(all["notes"]?.array?.map { $0["id"] } == [.integer(id), short["id"]], "v1 has no such parameter here")
      try await api.call("DELETE", "v1/notes/\(id)", nil, 204)
      try await api.refuse("GET", "v1/notes/\(id)", nil, 404, "Unable to find this Note")
      try await api.call("DELETE", "v1/contacts/\(contact)", nil, 204)
      #expect(try await api.call("GET", "v1/notes")["count"] == 0, "a note ends with its contact")
    }
  }

  @Test("v2 lists all notes or a contact's by every filter and order, page by page")
  func lists() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let user = String(try await api.user())
      let (first, second) = (try await api.contact("a@example.org"), try await api.contact("b@example.org"))
      var ids: [String] = []
      for (contact, title) in [(first, "Follow up"), (second, "A follow-up"), (first, "Call")] {
        let note = try await api.call(
          "POST", "v2/contacts/\(contact)/notes", ["title": .string(title), "user_id": .string(user)], 201)
        ids.append(try #require(note["id"]?.string))
      }
      for (query, places) in [
        ("order_by=&filter=&page_size=0", [0, 1, 2]), ("order_by=id%20desc", [2, 1, 0]),
        ("order_by=create_time", [0, 1, 2]), ("order_by=update_time%20desc", [2, 1, 0]),
        ("filter=title%3D%3Dfollow", [0, 1]), ("filter=title%3D%3DFollow%2A", [0]),
        ("filter=ids%3D%3D\(ids[2]),\(ids[0])", [0, 2]), ("filter=id%21%3D\(ids[1])", [0, 2]),
        ("filter=id%3E%3D\(ids[1])", [1, 2]), ("filter=contact_id%3D%3D\(second)", [1]),
        ("filter=assigned_to_user_id%3D%3D\(user)%3Bid%3C\(ids[1])", [0]), ("filter=assigned_to_user_id%3D%3D1", []),
        ("filter=since_time%3D%3D2025-04-16T20:33:02.321Z", [0, 1, 2]),
        ("filter=until_time%3D%3D2025-08-16T20:33:02.321Z", []),
      ] as [(String, [Int])] {
        let size = query.contains("page_size") ? "" : "page_size=1&"
        let walked = try await api.walk("v2/notes?\(size)\(query)", "notes")
        #expect(walked.compactMap { $0["id"]?.string } == places.map { ids[$0] }, "\(query)")
      }
      let below = try await api.walk("v2/contacts/\(first)/notes?page_size=1&order_by=id%20desc", "notes")
      #expect(below.compactMap { $0["id"]?.string } == [ids[2], ids[0]])
      let both = try await api.walk("v2/contacts/\(first)/notes?filter=contact_id%3D%3D\(second)", "notes")
      #expect(both.isEmpty)
    }
  }

  @Test("what cannot stand is refused in a sentence, in both versions, and nothing of it is kept")
  func refused() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let user = String(try await api.user())
      let contact = try await api.contact()
      let note = try await api.call(
        "POST", "v2/contacts/\(contact)/notes", ["title": "x", "user_id": .string(user)], 201)
      let id = try #require(note["id"]?.string), below = "v2/contacts/\(contact)/notes"
      for (body, message) in [
        (["title": 5], "title must be a string"), (["text": ["x"]], "text must be a string"),
        (["title": .string(String(repeating: "x", count: 256))], "title must be at most 255 characters"),
        (["title": "a\u{7}"], "title must not have control characters"),
        (["text": .string(String(repeating: "x", count: 65_536))], "text must be at most 65535 characters"),
        (["is_pinned": "yes"], "is_pinned must be true or false"),
        (["user_id": "ann"], "user_id must be a string of digits"),
        (["user_id": "4"], "user_id: there is no user 4"), (["custom_fields": 1], "custom_fields must be a list"),
        (
          ["custom_fields": [["id": "4711", "content": "x"]]], "custom_fields: there is no custom field 4711 for notes"
        ),
      ] as [(JSON, String)] {
        try await api.refuse("PATCH", "\(below)/\(id)", body, 400, message)
        var whole: [String: JSON] = ["title": "x", "user_id": .string(user)]
        whole.merge(body.object ?? [:]) { $1 }
        try await api.refuse("POST", below, .object(whole), 400, message)
      }
      let required = "A value for either title or type is required"
      try await api.refuse("POST", below, ["title": "x"], 400, "user_id is required")
      try await api.refuse("POST", below, ["text": "x", "user_id": .string(user)], 400, required)
      try await api.refuse("PATCH", "\(below)/\(id)", ["title": .null], 400, required)
      try await api.refuse("PATCH", "\(below)/\(id)", ["contact_id": .null], 400, "contact_id is required")
      try await api.refuse("PATCH", "\(below)/\(id)", ["contact_id": "99"], 400, "contact_id: there is no contact 99")
      try await api.refuse(
        "PATCH", "\(below)/\(id)?update_mask=age", [:], 400, "update_mask: age is not a property of a note")
      try await api.refuse(
        "GET", "\(below)/\(id)?fields=title", nil, 400, "fields: title is not an optional property of a note")
      try await api.refuse("GET", "\(below)/x", nil, 404, "Unable to find this Note")
      try await api.refuse("GET", "v2/contacts/99/notes", nil, 404, "Unable to find this Contact")
      try await api.refuse(
        "POST", "v2/contacts/99/notes", ["title": "x", "user_id": .string(user)], 404, "Unable to find this Contact")
      for (query, message) in [
        ("filter=id%3D%3D1%3Bids%3D%3D1", "filter: id and ids cannot be given together"),
        ("filter=title%3D%3D%2Afoo", "filter: title can have * at its end only"),
        ("filter=title%3Efoo", "filter: title can only be compared with =="),
        ("filter=ids%3D%3D1,x", "filter: ids must be numbers with commas between them"),
        ("filter=Priority%3D%3DHigh", "filter: Priority is not a field to filter by"),
        ("order_by=title", "order_by must be one of id, create_time, update_time, and asc or desc"),
      ] { try await api.refuse("GET", "v2/notes?\(query)", nil, 400, message) }
      let v1: [(JSON, String)] = [
        (["title": "x"], "contact_id is required"),
        (["contact_id": .integer(contact)], "Note must contain a title or body"),
        (["contact_id": 99, "title": "x"], "contact_id: there is no contact 99"),
        (["contact_id": "x", "title": "x"], "contact_id must be a number"),
        (
          ["contact_id": .integer(contact), "title": "x", "type": "Visit"],
          "type must be one of Appointment, Call, Email, Fax, Letter, Other"
        ),
        (["contact_id": .integer(contact), "title": "x", "user_id": 4], "user_id: there is no user 4"),
      ]
      for (body, message) in v1 {
        try await api.refuse("POST", "v1/notes", body, 400, message)
        try await api.refuse("PUT", "v1/notes/\(id)", body, 400, message)
      }
      try await api.refuse(
        "PUT", "v1/notes/99", ["contact_id": .integer(contact), "title": "x"], 404, "Unable to find this Note")
      try await api.refuse("GET", "v1/notes?contact_id=x", nil, 400, "contact_id must be a number")
      #expect(try await api.call("GET", "\(below)/\(id)") == note)
      #expect(try await api.call("GET", "v1/notes")["count"] == 1)
    }
  }
}
