import Testing
import Wire

@Suite("Tasks, as Keap's REST speaks of them")
struct TaskAPITests {
  @Test("v2 adds, reads, changes and deletes a task")
  func v2() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let ben = String(try await KeapCalls(world, "ben@example.org").user()), ann = String(try await api.user())
      let (contact, colour) = (String(try await api.contact()), JSON.string(try await api.field(of: "tasks")))
      let body: JSON = [
        "title": "Follow up", "description": "Review\nfeedback", "type": "CALL", "priority": "ESSENTIAL",
        "due_time": "2024-03-18T17:00:00Z", "remind_time_mins": 30, "assigned_to_user_id": .string(ben),
        "contact_id": .string(contact), "opportunity_id": "553", "accepted": true,
        "custom_fields": [["id": colour, "content": "Red"]],
      ]
      let made = try await api.call("POST", "v2/tasks?fields=custom_fields", body, 201)
      let id = try #require(made["id"]?.string)
      for (key, value) in try #require(body.object) { #expect(made[key] == value, "\(key)") }
      #expect(made["completed"] == false && made["completion_time"] == nil)
      #expect(made["create_time"] == made["modification_time"] && made["create_time"]?.string != nil)
      #expect(made["created_by_user_id"]?.string == ann && made["last_updated_by_user_id"]?.string == ann)
      #expect(try await api.call("GET", "v2/tasks/\(id)?fields=custom_fields") == made)
      #expect(try await api.call("GET", "v2/tasks/\(id)")["custom_fields"] == nil)
      let done = try await api.call(
        "PATCH", "v2/tasks/\(id)?update_mask=completed", ["completed": true, "title": "no"])
      #expect(
        done["completed"] == true && done["completion_time"] == made["create_time"] && done["title"] == "Follow up")
      let changed = try await api.call(
        "PATCH", "v2/tasks/\(id)?fields=custom_fields",
        [
          "completed": false, "contact_id": .null, "remind_time_mins": .null, "priority": .null, "accepted": false,
          "assigned_to_user_id": .null, "custom_fields": [],
        ])
      for key in ["completion_time", "contact_id", "remind_time_mins", "priority", "assigned_to_user_id"] {
        #expect(changed[key] == nil, "\(key)")
      }
      #expect(changed["accepted"] == false && changed["title"] == "Follow up")
      #expect(changed["custom_fields"] == [["id": colour, "content": .null]])
      try await api.call("DELETE", "v2/tasks/\(id)", nil, 204)
      try await api.refuse("GET", "v2/tasks/\(id)", nil, 404, "Unable to find this Task")
      try await api.refuse("DELETE", "v2/tasks/\(id)", nil, 404, "Unable to find this Task")
    }
  }

  @Test("v1 adds with 200, reads, changes, replaces and deletes a task")
  func v1() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let ben = try await KeapCalls(world, "ben@example.org").user(), ann = try await api.user()
      let contact = try await api.contact()
      let body: JSON = [
        "title": "Call", "description": "d", "type": "Call", "priority": 1, "due_date": "2024-03-18T17:00:00.000+0000",
        "remind_time": 60, "contact": ["id": .integer(contact), "email": "ignored@example.org"],
        "url": "https://x.example",
        "funnel_id": 5, "jgraph_id": 6, "user_id": .integer(ben), "completed": true,
        "completion_date": "2024-03-19T17:00:00.000Z", "creation_date": "2001-01-01T00:00:00.000Z",
      ]
      let made = try await api.call("POST", "v1/tasks/", body)
      let id = try #require(made["id"]?.integer)
      for key in [
        "title", "description", "type", "priority", "due_date", "remind_time", "url", "funnel_id", "jgraph_id",
        "user_id", "completed",
      ] {
        #expect(made[key] == body[key], "\(key)")
      }
      #expect(
        made["completion_date"] == "2024-03-19T17:00:00.000+0000" && made["creation_date"] != body["creation_date"])
      #expect(
        made["contact"] == [
          "id": .integer(contact), "first_name": "Zoë", "last_name": "Young", "email": "zoe@example.org",
        ])
      #expect(try await api.call("GET", "v1/tasks/\(id)") == made)
      #expect(try await api.call("PATCH", "v1/tasks/\(id)", made) == made, "what it once read")
      #expect(try await api.call("PATCH", "v1/tasks/\(id)", ["description": .null])["description"] == nil)
      let put = try await api.call("PUT", "v1/tasks/\(id)", ["due_date": "2024-03-20T00:00:00Z"])
      #expect(put["due_date"] == "2024-03-20T00:00:00.000+0000" && put["completed"] == false)
      for key in ["title", "contact", "priority", "completion_date", "funnel_id", "url"] {
        #expect(put[key] == nil, "\(key)")
      }
      #expect(put["user_id"]?.integer == ann, "the caller's, as a new one")
      try await api.call("DELETE", "v1/tasks/\(id)", nil, 204)
      try await api.refuse("GET", "v1/tasks/\(id)", nil, 404, "Unable to find this Task")
      let of = try await api.call("POST", "v1/tasks", ["title": "x", "contact": ["id": .integer(contact)]])
      try await api.call("DELETE", "v2/contacts/\(contact)", nil, 204)
      try await api.refuse("GET", "v1/tasks/\(of["id"]?.integer ?? 0)", nil, 404, "Unable to find this Task")
    }
  }

  @Test("lists take every filter and order of both versions, page by page")
  func lists() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let ben = try await KeapCalls(world, "ben@example.org").user(), ann = try await api.user()
      let contact = try await api.contact()
      var ids: [Int64] = []
      for body in [
        ["title": "Follow up", "due_date": "2024-03-20T00:00:00Z", "contact": ["id": .integer(contact)]],
        ["title": "Follow", "user_id": .integer(ben), "completed": true, "priority": 1],
        ["title": "Call", "due_date": "2024-03-18T00:00:00Z"],
      ] as [JSON] { ids.append(try #require(try await api.call("POST", "v1/tasks", body)["id"]?.integer)) }
      try await api.call(
        "PATCH", "v2/tasks/\(ids[2])", ["assigned_to_user_id": .null, "opportunity_id": "321"])
      for (query, places) in [
        ("filter=&order_by=&page_size=0&fields=", [0, 1, 2]), ("order_by=id%20desc", [2, 1, 0]),
        ("order_by=due_time", [2, 0, 1]), ("order_by=due_time%20desc", [1, 0, 2]), ("order_by=create_time", [0, 1, 2]),
        ("order_by=update_time%20asc", [0, 1, 2]), ("filter=contact_id%3D%3D\(contact)", [0]),
        ("filter=has_due_date%3D%3Dtrue", [0, 2]), ("filter=has_due_date%3D%3Dfalse", [1]),
        ("filter=is_completed%3D%3Dtrue", [1]), ("filter=is_completed%3D%3Dfalse", [0, 2]),
        ("filter=user_id%3D%3D\(ben)", [1]), ("filter=user_id%3D%3DUNASSIGNED", [2]),
        ("filter=opportunity_id%3D%3D321", [2]), ("filter=task_ids%3D%3D\(ids[0]),\(ids[2])", [0, 2]),
        ("filter=priority%3D%3DCRITICAL", [1]), ("filter=since_time%3D%3D2025-04-16T20:33:02.321Z%3B", [0, 1, 2]),
        ("filter=until_time%3D%3D2025-08-16T20:33:02.321Z%3B", []), ("filter=id%3E\(ids[0])", [1, 2]),
        ("filter=id%3C%3D\(ids[1])%3Bid%3E%3D\(ids[1])", [1]), ("filter=title%3D%3DFollow%2A", [0, 1]),
        ("filter=title%3D%3Dfollow", [1]),
      ] as [(String, [Int])] {
        let size = query.contains("page_size") ? "" : "page_size=1&"
        let walked = try await api.walk("v2/tasks?\(size)\(query)", "tasks")
        #expect(walked.compactMap { $0["id"]?.string } == places.map { String(ids[$0]) }, "\(query)")
      }
      for (query, places) in [
        ("?completed=&contact_id=&has_due_date=&limit=&offset=&order=&since=&until=&user_id=", [0, 1, 2]),
        ("?completed=true", [1]), ("?has_due_date=true&order=due_date", [2, 0]), ("?contact_id=\(contact)", [0]),
        ("?user_id=\(ben)", [1]), ("?since=2025-04-16T20:33:02.321Z", [0, 1, 2]),
        ("?until=2025-04-16T20:33:02.321Z", []),
        ("?limit=1&offset=1&order=creation_date", [1]), ("/search", [0]), ("/search?user_id=\(ben)", [1]),
        ("/search?completed=true", []),
      ] as [(String, [Int])] {
        let list = try await api.call("GET", "v1/tasks\(query)")
        #expect(list["tasks"]?.array?.compactMap { $0["id"]?.integer } == places.map { ids[$0] }, "\(query)")
        #expect(list["count"]?.integer == (query.contains("offset=1") ? 3 : Int64(places.count)), "\(query)")
        #expect(list["next"]?.string?.isEmpty == false && list["previous"]?.string?.isEmpty == false)
      }
      #expect(try await api.call("GET", "v1/tasks/search")["tasks"]?[0]?["user_id"]?.integer == ann)
    }
  }

  @Test("what cannot stand is refused in a sentence, in both versions, and nothing of it is kept")
  func refused() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      let user = String(try await api.user())
      let task = try await api.call("POST", "v2/tasks", ["title": "x", "assigned_to_user_id": .string(user)], 201)
      let id = try #require(task["id"]?.string)
      for (body, message) in [
        (["title": 5], "title must be a string"),
        (["description": "\u{0B}"], "description must not have control characters"),
        (["title": .string(String(repeating: "é", count: 256))], "title must be at most 255 characters"),
        (["priority": "HIGH"], "priority must be one of CRITICAL, ESSENTIAL, NONESSENTIAL"),
        (["completed": "true"], "completed must be true or false"), (["accepted": 1], "accepted must be true or false"),
        (["due_time": "soon"], "due_time must be a time such as 2024-03-18T17:00:00Z"),
        (["completion_time": 5], "completion_time must be a time such as 2024-03-18T17:00:00Z"),
        (["remind_time_mins": 7], "remind_time_mins must be one of 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880"),
        (["remind_time_mins": "x"], "remind_time_mins must be a number"),
        (["assigned_to_user_id": "4"], "assigned_to_user_id: there is no user 4"),
        (["contact_id": "99"], "contact_id: there is no contact 99"),
        (["opportunity_id": "x"], "opportunity_id must be a string of digits"),
        (["custom_fields": [["content": 1]]], "custom_fields[0].id must be a number"),
        (
          ["custom_fields": [["id": "4711", "content": "x"]]], "custom_fields: there is no custom field 4711 for tasks"
        ),
      ] as [(JSON, String)] {
        try await api.refuse("PATCH", "v2/tasks/\(id)", body, 400, message)
        var whole: [String: JSON] = ["title": "x", "assigned_to_user_id": .string(user)]
        whole.merge(body.object ?? [:]) { $1 }
        try await api.refuse("POST", "v2/tasks", .object(whole), 400, message)
      }
      try await api.refuse("POST", "v2/tasks", ["title": "x"], 400, "assigned_to_user_id is required")
      try await api.refuse(
        "PATCH", "v2/tasks/\(id)?update_mask=age", [:], 400, "update_mask: age is not a property of a task")
      try await api.refuse(
        "GET", "v2/tasks?fields=title", nil, 400, "fields: title is not an optional property of a task")
      for (query, message) in [
        ("filter=priority%3D%3DHIGH", "filter: priority must be one of CRITICAL, ESSENTIAL, NONESSENTIAL"),
        ("filter=is_completed%3D%3Dmaybe", "filter: is_completed must be true or false"),
        ("filter=user_id%3D%3Dann", "filter: user_id must be a number"),
        ("filter=id%21%3D5", "filter: id cannot be compared with !="),
        ("filter=cf_priority%3D%3D10", "filter: cf_priority is not a field to filter by"),
        ("order_by=title", "order_by must be one of id, create_time, due_time, update_time, and asc or desc"),
      ] { try await api.refuse("GET", "v2/tasks?\(query)", nil, 400, message) }
      for (body, message) in [
        (["description": "x"], "Task must contain a title or due date"),
        (["title": "x", "priority": 4], "priority must be 1, 2 or 3"),
        (["title": "x", "remind_time": 7], "remind_time must be one of 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880"),
        (["title": "x", "contact": 5], "contact must be an object"),
        (["title": "x", "contact": ["id": "x"]], "contact.id must be a number"),
        (["title": "x", "contact": ["id": 99]], "contact_id: there is no contact 99"),
        (["title": "x", "user_id": 4], "user_id: there is no user 4"),
        (["title": "x", "due_date": "soon"], "due_date must be a time such as 2024-03-18T17:00:00Z"),
      ] as [(JSON, String)] {
        try await api.refuse("POST", "v1/tasks", body, 400, message)
        try await api.refuse("PUT", "v1/tasks/\(id)", body, 400, message)
      }
      try await api.refuse("PATCH", "v1/tasks/\(id)", ["title": ""], 400, "Task must contain a title or due date")
      for (query, message) in [
        ("completed=1", "completed must be true or false"), ("user_id=x", "user_id must be a number"),
        ("order=title", "order must be one of id, creation_date, modification_date, due_date"),
        ("since=soon", "since must be a time such as 2017-01-01T22:17:59.039Z"),
      ] { try await api.refuse("GET", "v1/tasks?\(query)", nil, 400, message) }
      for version in ["v1", "v2"] {
        try await api.refuse("PATCH", "\(version)/tasks/99", ["title": "y"], 404, "Unable to find this Task")
        try await api.refuse("GET", "\(version)/tasks/x", nil, 404, "Unable to find this Task")
      }
      #expect(try await api.call("GET", "v2/tasks/\(id)") == task)
      #expect(try await api.call("GET", "v1/tasks")["count"] == 1)
    }
  }
}
