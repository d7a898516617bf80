import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Conditions on records")
struct ConditionTests {
  /// Calls that show an answer's head too.
  private struct Calls {
    let calls: KeapCalls

    func callAsFunction(
      _ method: String, _ path: String, _ body: JSON? = nil, _ name: String? = nil, _ value: String = ""
    ) async throws -> RawAnswer {
      var headers = [(name: "Authorization", value: "Bearer \(calls.token.exposed)")]
      if let name { headers.append((name, value)) }
      return try await HTTP.send(method, calls.world.base + "/crm/rest/" + path, headers: headers, body: body?.text)
    }

    /// The tag that a GET shows.
    func tag(_ path: String) async throws -> String {
      let answer = try await self("GET", path)
      #expect(answer.status == 200, "\(path)")
      return try #require(answer[header: "ETag"], "\(path)")
    }

    /// A record of each kind, with a change of it that each version knows.
    func records() async throws -> [(paths: [String], change: JSON)] {
      let contact = try await calls.contact()
      func made(_ path: String, _ body: JSON, _ status: Int) async throws -> String {
        let answer = try await calls.call("POST", path, body, status)
        return try #require(answer["id"]?.string ?? answer["id"]?.integer.map(String.init))
      }
      let company = try await made("v2/companies", ["company_name": "Acme"], 201)
      let tag = try await made("v2/tags", ["name": "Buyer"], 201)
      let note = try await made("v1/notes", ["contact_id": .integer(contact), "title": "Call", "body": "x"], 201)
      let task = try await made("v1/tasks", ["title": "Ring", "contact": ["id": .integer(contact)]], 200)
      return [
        (["v1/contacts/\(contact)", "v2/contacts/\(contact)"], ["job_title": "Cook"]),
        (["v1/companies/\(company)", "v2/companies/\(company)"], ["notes": "A good one"]),
        (["v2/tags/\(tag)", "v1/tags/\(tag)"], ["description": "Bought something"]),
        (["v1/notes/\(note)", "v2/contacts/\(contact)/notes/\(note)"], ["title": "Called"]),
        (["v1/tasks/\(task)", "v2/tasks/\(task)"], ["title": "Rung"]),
      ]
    }
  }

  @Test("P46 one record has one strong tag in both versions, and whoever shows it is told 304 with no body")
  func notModified() async throws {
    try await IssuerSiteWorld.serving { world in
      let call = Calls(calls: try await KeapCalls(world))
      for (paths, _) in try await call.records() {
        let tag = try await call.tag(paths[0])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 12)
        for path in paths {
          #expect(try await call.tag(path) == tag, "\(path)")
          for value in [tag, "W/" + tag, "\"old\", \(tag)", "*"] {
            let answer = try await call("GET", path, nil, "If-None-Match", value)
            #expect(answer.status == 304 && answer.body.isEmpty, "\(path) \(value)")
            #expect(answer[header: "ETag"] == tag && answer[header: "Content-Length"] == nil, "\(path)")
          }
          #expect(try await call("HEAD", path, nil, "If-None-Match", tag).status == 304, "\(path)")
          for value in ["\"old\"", String(tag.dropFirst().dropLast()), "\"\(tag)", ""] {
            #expect(try await call("GET", path, nil, "If-None-Match", value).status == 200, "\(path) \(value)")
          }
          #expect(try await call("GET", path, nil, "If-Match", "\"old\"").status == 412, "\(path)")
        }
      }
    }
  }

  @Test("P46 a write goes through on the state that If-Match names, once, and is else 412 in the words of the version")
  func match() async throws {
    try await IssuerSiteWorld.serving { world in
      let call = Calls(calls: try await KeapCalls(world))
      for (paths, change) in try await call.records() {
        let path = paths[0], first = try await call.tag(path)
        for value in ["\"old\"", "W/" + first, String(first.dropFirst().dropLast()), ""] {
          let refused = try await call("PATCH", path, change, "If-Match", value)
          #expect(refused.status == 412, "\(path) \(value)")
          let told = try JSON.parse(refused.body)
          #expect(told["message"]?.string?.contains("If-Match") == true)
          #expect(told["code"] == (path.hasPrefix("v2") ? 412 : nil))
        }
        #expect(try await call.tag(path) == first, "\(path): nothing was written")
        let written = try await call("PATCH", path, change, "If-Match", "\"old\", \(first)")
        #expect(written.status == 200, "\(path): \(written.body)")
        let second = try await call.tag(path)
        #expect(
          second != first && written[header: "ETag"] == second, "\(path): the answer has the tag of what it shows")
        #expect(try await call("PATCH", path, change, "If-Match", first).status == 412, "\(path)")
        #expect(try await call("PATCH", path, change, "If-Match", "*").status == 200, "\(path)")
        #expect(try await call("PATCH", path, change, "If-None-Match", "*").status == 412, "\(path)")
        #expect(try await call("PATCH", path, change, "If-None-Match", second).status == 412, "\(path)")
        #expect(try await call("PATCH", path, change, "If-None-Match", first).status == 200, "\(path)")
      }
    }
  }

  @Test("P46 a record is deleted in the state that If-Match names and in no other")
  func delete() async throws {
    try await IssuerSiteWorld.serving { world in
      let call = Calls(calls: try await KeapCalls(world))
      // The contact last: its note and its task end with it.
      for (paths, _) in try await call.records().reversed() {
        let path = paths.first { $0.hasPrefix("v2") } ?? paths[0]
        let tag = try await call.tag(path)
        #expect(try await call("DELETE", path, nil, "If-Match", "\"old\"").status == 412, "\(path)")
        #expect(try await call.tag(path) == tag, "\(path)")
        #expect(try await call("DELETE", path, nil, "If-Match", tag).status == 204, "\(path)")
        #expect(try await call("DELETE", path, nil, "If-Match", tag).status == 404, "\(path): it is gone")
      }
    }
  }

  @Test(
    "P46 a contact's tag changes with all that it shows, from applied tags and consent to its company's name"
  )
  func whatIsShown() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let call = Calls(calls: calls)
      let company = try #require(
        try await calls.call("POST", "v1/companies", ["company_name": "Acme"], 201)["id"]?.integer)
      let contact = try await calls.contact(company: ["id": .integer(company)])
      let other = try await calls.contact("bob@example.org")
      let tag = try #require(try await calls.call("POST", "v1/tags", ["name": "Buyer"])["id"]?.integer)
      let field = try await calls.field(of: "contacts")
      let kind = try #require(
        try await calls.call("POST", "v2/contacts/links/types", ["name": "Friend", "max_links": 5], 201)["id"])
      let acts: [(String, String, JSON, Int)] = [
        ("POST", "v1/contacts/\(contact)/tags", ["tagIds": [.integer(tag)]], 200),
        ("PUT", "v1/emailAddresses/zoe@example.org", ["opted_in": false, "reason": "asked"], 200),
        (
          "POST", "v2/contacts:link",
          [
            "contact1_id": .string("\(contact)"), "contact2_id": .string("\(other)"),
            "link_type_id": kind,
          ], 201
        ),
        ("PATCH", "v1/companies/\(company)", ["company_name": "Acme & Sons"], 200),
        ("PATCH", "v2/contacts/\(contact)", ["custom_fields": [["id": .string(field), "content": "blue"]]], 200),
        ("PATCH", "v2/contacts/\(contact)", ["referral_code": "known to the second version alone"], 200),
        ("DELETE", "v2/contacts/model/customFields/\(field)", .null, 204),
        ("DELETE", "v1/contacts/\(contact)/tags/\(tag)", .null, 204),
      ]
      var seen = [try await call.tag("v1/contacts/\(contact)")]
      for (method, path, body, status) in acts {
        try await calls.call(method, path, body.isNull ? nil : body, status)
        let now = try await call.tag("v1/contacts/\(contact)")
        #expect(!seen.contains(now), "\(method) \(path)")
        seen.append(now)
      }
    }
  }

  @Test("P46 of many that change one contact on the state that all of them read, one does")
  func race() async throws {
    try await IssuerSiteWorld.serving { world in
      let call = Calls(calls: try await KeapCalls(world))
      let path = "v2/contacts/\(try await call.calls.contact())"
      let tag = try await call.tag(path)
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<20 {
          group.addTask {
            try await call("PATCH", path, ["job_title": .string("Cook \(number)")], "If-Match", tag).status
          }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == 200 }.count == 1 && statuses.filter { $0 == 412 }.count == 19)
    }
  }

  @Test("P46 a list and an upsert have no tag, so that If-Match names none of theirs and nothing is written")
  func untagged() async throws {
    try await IssuerSiteWorld.serving { world in
      let call = Calls(calls: try await KeapCalls(world))
      let id = try await call.calls.contact()
      let tag = try await call.tag("v1/contacts/\(id)")
      let upsert: JSON = [
        "duplicate_option": "Email", "job_title": "Cook",
        "email_addresses": [["field": "EMAIL1", "email": "zoe@example.org"]],
      ]
      for (method, path, body) in [
        ("PUT", "v1/contacts", upsert), ("POST", "v1/contacts", upsert),
        ("POST", "v2/contacts?duplicate_option=Email", upsert), ("GET", "v1/contacts", nil),
        ("POST", "v1/contacts/\(id)/tags", ["tagIds": [1]]),
      ] as [(String, String, JSON?)] {
        let refused = try await call(method, path, body, "If-Match", tag)
        #expect(refused.status == 412 && refused.body.contains("has no ETag"), "\(method) \(path)")
      }
      #expect(try await call("PUT", "v1/contacts", upsert, "If-None-Match", "*").status == 412)
      #expect(try await call.tag("v1/contacts/\(id)") == tag)
      #expect(try await call("GET", "v1/contacts")[header: "ETag"] == nil)
      #expect(try await call("PUT", "v1/contacts", upsert, "If-Match", "*").status == 200)
      #expect(try await call("GET", "v1/nowhere", nil, "If-Match", tag).status == 404)
    }
  }
}
