import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Contacts on our own routes")
struct OwnContactsTests {
  @Test("P45: a batch answers for each contact, in order, with its reference and the place of what is refused")
  func batch() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      let body: JSON = [
        "items": [
          ["reference": "a", "given_name": "Ann", "email_addresses": [["email": "ann@shop.example"]]],
          ["reference": "b", "email_addresses": [["field": "EMAIL1", "email": "ann@shop.example"]]],
          ["reference": "c", "email_addresses": [["field": "EMAIL1", "email": "ann"]]],
        ]
      ]
      let tried = try await own.send("POST", "/v1/contacts:batch?match=Email&dry_run=true", body)
      #expect(tried["dry_run"] == true)
      #expect(tried["results"]?[0] == ["reference": "a", "outcome": "created"])
      let answer = try await own.send("POST", "/v1/contacts:batch?match=Email", body)
      let id = try #require(answer["results"]?[0]?["id"])
      #expect(answer["results"]?[0] == ["reference": "a", "outcome": "created", "id": id])
      #expect(
        answer["results"]?[1] == [
          "reference": "b", "outcome": "conflict", "item": 0,
          "reason": "items[0] is the same contact; send what both say as one",
        ])
      #expect(
        answer["results"]?[2] == [
          "reference": "c", "outcome": "refused", "place": "items[2].email_addresses[0].email",
          "reason": "EMAIL1 has no @",
        ])
      #expect(
        ["created", "updated", "unchanged", "conflict", "refused"].map { answer[$0] } == [1, 0, 0, 1, 1])
      let read = try await own.send("GET", "/crm/rest/v2/contacts/\(id.string ?? "")")
      #expect(read["given_name"] == "Ann")
    }
  }

  @Test("P45: a batch has at most 1,000 contacts, and one more is told so")
  func tooMany() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      func items(_ count: Int) -> JSON {
        let items = (0..<count).map { number -> JSON in
          ["email_addresses": [["field": "EMAIL1", "email": .string("p\(number)@shop.example")]]]
        }
        return ["items": .array(items)]
      }
      let refused = try await own.send("POST", "/v1/contacts:batch?match=Email", items(1001), 422)
      #expect(refused["message"] == "items has 1001 contacts; a batch has at most 1000")
      #expect(try await own.send("POST", "/v1/contacts:batch?match=Email", items(1000))["created"] == 1000)
    }
  }

  @Test("P45: the same Idempotency-Key gives the same bytes, and with another body 422")
  func repeats() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      let path = "/v1/contacts?match=Email"
      func body(_ name: String) -> JSON {
        ["given_name": .string(name), "email_addresses": [["field": "EMAIL1", "email": "ann@shop.example"]]]
      }
      let first = try await own.answer("PUT", path, body("Ann"), key: "k-1")
      #expect(first.status == 201 && first[header: "Idempotent-Replayed"] == nil)
      let second = try await own.answer("PUT", path, body("Ann"), key: "k-1")
      #expect(second.status == 201 && second[header: "Idempotent-Replayed"] == "true")
      #expect(second.body == first.body)
      for (other, asked) in [(body("Anna"), path), (body("Ann"), path + "&dry_run=false")] {
        let refused = try await own.answer("PUT", asked, other, key: "k-1")
        #expect(refused.status == 422)
      }
      #expect(try await own.answer("PUT", path, body("Ann"), key: "two words").status == 400)
      // A dry run takes no key.
      for asked in [path + "&dry_run=true", path] {
        let answer = try await own.answer("PUT", asked, body("Ann"), key: "k-2")
        #expect(answer.status == 200 && answer[header: "Idempotent-Replayed"] == nil)
      }
      let plain = try await own.send("PUT", path, body("Ann"))
      #expect(plain["outcome"] == "unchanged")
      #expect(plain["contact"]?["given_name"] == "Ann")
    }
  }

  @Test("P45: a request with a key whose answer has no room is 429 and when to come again, and others go on")
  func noRoom() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      let path = "/v1/contacts?match=Email"
      func body(_ name: String) -> JSON {
        ["email_addresses": [["field": "EMAIL1", "email": .string("\(name)@shop.example")]]]
      }
      #expect(try await own.answer("PUT", path, body("ann"), key: "k-1").status == 201)
      try await world.database.write { db in _ = try db.execute("UPDATE kept_totals SET answers = 100000", values: []) }
      let refused = try await own.answer("PUT", path, body("bea"), key: "k-2")
      #expect(refused.status == 429 && refused[header: "Retry-After"] == "86400")
      let message = try JSON.parse(refused.body)["message"]?.string
      #expect(message?.hasSuffix("go on without a key") == true, "\(message ?? "")")
      #expect(try await own.answer("PUT", path, body("ann"), key: "k-1")[header: "Idempotent-Replayed"] == "true")
      #expect(try await own.answer("PUT", path, body("bea")).status == 201)
    }
  }

  @Test("P43: a contact that several match is 409 with the candidates, and what is refused names its place")
  func candidates() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      let ann: JSON = ["email_addresses": [["field": "EMAIL1", "email": "ann@shop.example"]]]
      let twins = try await [1, 2].asyncMap { _ in try await own.send("POST", "/crm/rest/v2/contacts", ann, 201)["id"] }
      let conflict = try await own.send("PUT", "/v1/contacts?match=Email", ann, 409)
      #expect(conflict["candidates"] == .array(twins.compactMap(\.self)))
      #expect(conflict["status"] == "Conflict" && conflict["code"] == 409)
      let refused = try await own.send(
        "PUT", "/v1/contacts?match=Email", ["email_addresses": [["field": "EMAIL1", "email": "ann"]]], 400)
      #expect(refused["place"] == "email_addresses[0].email")
      for path in ["/v1/contacts", "/v1/contacts?match=Phone", "/v1/contacts?match=Email&dry_run=maybe"] {
        _ = try await own.send("PUT", path, ann, 400)
      }
      _ = try await own.send("POST", "/v1/contacts:batch?match=Email", ["contacts": []], 422)
    }
  }

  @Test("P45: a parameter that is mistyped or given twice is refused by name, and nothing is written")
  func mistyped() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      let ann: JSON = ["email_addresses": [["field": "EMAIL1", "email": "ann@shop.example"]]]
      for query in ["dryrun=true", "Dry_run=true", "dry_run", "dry_run=", "dry_run=true&dry_run=false", "x"] {
        _ = try await own.send("PUT", "/v1/contacts?match=Email&\(query)", ann, 400)
        _ = try await own.send("POST", "/v1/contacts:batch?match=Email&\(query)", ["items": [ann]], 400)
      }
      let refused = try await own.send("PUT", "/v1/contacts?match=Email&dryrun=true", ann, 400)
      #expect(refused["message"] == "There is no parameter dryrun here; there are match and dry_run")
      #expect(try await own.send("PUT", "/v1/contacts?match=Email&dry_run=true", ann)["outcome"] == "created")
      _ = try await own.send("PUT", "/v1/contacts?match=Email", ann, 201)
    }
  }

  @Test("P33: our own routes take a token in the header alone, and a stranger does not learn which there are")
  func tokens() async throws {
    try await IssuerSiteWorld.serving { world in
      let own = try await OwnCalls(world)
      for path in ["/v1/contacts?match=Email", "/v1/nothing"] {
        let answer = try await world.api("PUT", path, nil, "{}")
        #expect(answer.status == 401)
        #expect(answer[header: "WWW-Authenticate"]?.hasPrefix("Bearer") == true)
      }
      #expect(try await own.answer("GET", "/v1/nothing").status == 404)
      let inQuery = "access_token=\(own.token.exposed)"
      // A token that opened them would find nothing here.
      #expect(try await world.api("GET", "/v1/nothing?\(inQuery)", nil).status == 400)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts?\(inQuery)", nil).status == 200)
    }
  }
}

/// Calls of an app for Ann at Acme Shop.
private struct OwnCalls {
  let world: IssuerSiteWorld
  let token: Secret

  init(_ world: IssuerSiteWorld) async throws {
    self.world = world
    token = try await KeapCalls(world).token
  }

  func answer(
    _ method: String, _ path: String, _ body: JSON? = nil, key: String? = nil
  ) async throws -> OutboundResponse {
    var headers = [("Authorization", "Bearer \(token.exposed)"), ("Content-Type", "application/json")]
    if let key { headers.append(("Idempotency-Key", key)) }
    return try await world.client.send(method, world.base + path, headers: headers, body: body?.serialized())
  }

  func send(
    _ method: String, _ path: String, _ body: JSON? = nil, _ status: Int = 200,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> JSON {
    let answer = try await answer(method, path, body)
    #expect(answer.status == status, "\(method) \(path): \(answer.text)", sourceLocation: location)
    return try JSON.parse(answer.body)
  }
}

extension Array {
  fileprivate func asyncMap<Other>(_ transform: (Element) async throws -> Other) async rethrows -> [Other] {
    var others: [Other] = []
    for element in self { others.append(try await transform(element)) }
    return others
  }
}
