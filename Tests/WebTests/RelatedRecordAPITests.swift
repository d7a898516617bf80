import Testing
import Wire

@Suite("What a tenant keeps beside its contacts, as Keap's REST speaks of it")
struct RelatedRecordAPITests {
  @Test("P42 companies, notes and tasks of another tenant are not there")
  func otherTenant() async throws {
    try await IssuerSiteWorld.serving { world in
      let acme = try await KeapCalls(world), books = try await KeapCalls(world, tenant: "Bright Books")
      let ben = try await KeapCalls(world, "ben@example.org").user()
      let contact = try await acme.contact()
      let company = try #require(
        try await acme.call("POST", "v1/companies", ["company_name": "Bolt"], 201)["id"]?.integer)
      let note = try #require(
        try await acme.call("POST", "v1/notes", ["contact_id": .integer(contact), "title": "x"], 201)["id"]?.integer)
      let task = try #require(try await acme.call("POST", "v1/tasks", ["title": "x"])["id"]?.integer)
      for (path, noun, body) in [
        ("companies/\(company)", "Company", ["notes": "y"]), ("notes/\(note)", "Note", ["title": "y"]),
        ("tasks/\(task)", "Task", ["title": "y"]),
      ] as [(String, String, JSON)] {
        let message = "Unable to find this \(noun)"
        try await books.refuse("GET", "v1/\(path)", nil, 404, message)
        try await books.refuse("PATCH", "v1/\(path)", body, 404, message)
        if noun == "Company" {
          try await books.refuse("DELETE", "v2/\(path)", nil, 404, message)
        } else {
          try await books.refuse("DELETE", "v1/\(path)", nil, 404, message)
        }
      }
      for method in ["GET", "PATCH", "DELETE"] {
        try await books.refuse(
          method, "v2/contacts/\(contact)/notes/\(note)", method == "PATCH" ? ["title": "y"] : nil, 404,
          "Unable to find this Contact")
      }
      try await books.refuse("GET", "v2/contacts/\(contact)/notes", nil, 404, "Unable to find this Contact")
      for key in ["companies", "notes", "tasks"] {
        #expect(try await books.call("GET", "v1/\(key)")["count"] == 0)
        #expect(try await books.call("GET", "v2/\(key)")[key] == [])
        #expect(try await acme.call("GET", "v1/\(key)")["count"] == 1)
      }
      // Ben is no member of the other tenant.
      let theirs = try await books.contact()
      try await books.refuse(
        "POST", "v1/notes", ["contact_id": .integer(theirs), "title": "x", "user_id": .integer(ben)], 400,
        "user_id: there is no user \(ben)")
      try await books.refuse(
        "POST", "v2/tasks", ["assigned_to_user_id": .string(String(ben))], 400,
        "assigned_to_user_id: there is no user \(ben)")
    }
  }

  @Test("models name what is shown on request, and no tenant has templates of notes")
  func models() async throws {
    try await IssuerSiteWorld.serving { world in
      let api = try await KeapCalls(world)
      for (path, properties) in [
        ("v1/companies", ["custom_fields", "fax_number", "notes"]), ("v1/notes", []), ("v1/tasks", []),
        (
          "v2/companies",
          [
            "address", "create_time", "custom_fields", "email_address", "fax_number", "notes", "phone_number",
            "update_time",
          ]
        ),
        ("v2/notes", ["custom_fields"]), ("v2/tasks", ["custom_fields"]),
      ] as [(String, [String])] {
        let model = try await api.call("GET", "\(path)/model")
        #expect(model["optional_properties"] == .array(properties.map(JSON.string)), "\(path)")
      }
      let templates = try await api.call("GET", "v2/notes/templates")
      #expect(templates == ["note_templates": [], "next_page_token": ""])
    }
  }
}
