import NetworkKit
import OAuth
import Testing
import Wire
import XMLRPC

@testable import Outbound
@testable import Web

@Suite("Answers in gzip")
struct CompressionTests {
  /// Calls that say which codings they take.
  private struct Calls {
    let calls: KeapCalls
    var world: IssuerSiteWorld { calls.world }

    func send(
      _ method: String, _ path: String, _ encodings: String?, _ body: JSON? = nil,
      _ fields: [(name: String, value: String)] = []
    ) async throws -> OutboundResponse {
      try await world.client.send(
        method, world.base + path, headers: headers(encodings) + fields, body: body.map { Array($0.text.utf8) })
    }

    func headers(_ encodings: String?) -> [(name: String, value: String)] {
      var headers = [(name: "Authorization", value: "Bearer \(calls.token.exposed)")]
      if let encodings { headers.append(("Accept-Encoding", encodings)) }
      return headers
    }

    /// A note that is long enough to be packed, and its paths.
    func note() async throws -> (v1: String, v2: String) {
      let contact = try await calls.contact("noted@example.org")
      let body: JSON = [
        "contact_id": .integer(contact), "title": "Call", "body": .string(String(repeating: "long ", count: 600)),
      ]
      let id = try #require(try await calls.call("POST", "v1/notes", body, 201)["id"]?.integer)
      return ("/crm/rest/v1/notes/\(id)", "/crm/rest/v2/contacts/\(contact)/notes/\(id)")
    }
  }

  private static func serving(
    origins: Set<String> = [], privateHooks: Bool = false, faults: FaultPlan = FaultPlan(),
    _ act: (Calls) async throws -> Void
  ) async throws {
    try await IssuerSiteWorld.serving(origins: origins, privateHooks: privateHooks, faults: { _ in faults }) { world in
      try await act(Calls(calls: try await KeapCalls(world)))
    }
  }

  @Test(
    "a long answer of the API comes in gzip to whoever takes it, reads as the plain one, and says what it depends on")
  func lists() async throws {
    try await Self.serving { call in
      for number in 0..<20 { _ = try await call.calls.contact("p\(number)@example.org") }
      for path in ["/crm/rest/v1/contacts", "/crm/rest/v2/contacts"] {
        let plain = try await call.send("GET", path, nil)
        #expect(plain.status == 200 && plain[header: "Content-Encoding"] == nil, "\(path)")
        #expect(plain[header: "Vary"] == "Accept-Encoding", "\(path)")
        for encodings in ["gzip", "deflate, GZIP;q=0.5", "*", "x-gzip"] {
          let packed = try await call.send("GET", path, encodings)
          #expect(packed[header: "Content-Encoding"] == "gzip", "\(encodings)")
          #expect(packed[header: "Vary"] == "Accept-Encoding", "\(encodings)")
          #expect(packed[header: "Content-Type"] == plain[header: "Content-Type"], "\(encodings)")
          #expect(packed[header: "Content-Length"] == String(packed.body.count), "\(encodings)")
          #expect(try Gunzip.read(packed.body) == plain.body, "\(encodings)")
          #expect(packed.body.count * 2 < plain.body.count, "\(encodings)")
        }
        for encodings in ["identity", "gzip;q=0", "deflate", "*;q=0.0", "*, gzip;q=0", "gzip;q=0.5, identity"] {
          let answer = try await call.send("GET", path, encodings)
          #expect(answer.body == plain.body && answer[header: "Content-Encoding"] == nil, "\(encodings)")
          #expect(answer[header: "Vary"] == "Accept-Encoding", "\(encodings)")
        }
      }
    }
  }

  @Test("an answer of many pieces comes whole, also where one batch is answered with a thousand outcomes")
  func pieces() async throws {
    try await Self.serving { call in
      let items = (0..<1000).map { number -> JSON in
        let address = JSON.string("p\(number)@shop.example")
        return ["reference": .string("row \(number) of the file"), "email_addresses": [["email": address]]]
      }
      let path = "/v1/contacts:batch?match=Email&dry_run=true"
      let batch: JSON = ["items": .array(items)]
      let answer = try await call.send("POST", path, "gzip", batch)
      #expect(answer[header: "Content-Encoding"] == "gzip")
      let whole = try Gunzip.read(answer.body)
      #expect(whole.count > Gzip.piece)
      #expect(try JSON.parse(whole)["results"]?.array?.count == 1000)
      #expect(try await call.send("POST", path, nil, batch).body == whole)
    }
  }

  @Test("a short answer is sent as it is, unless the plain form is refused, and says what it depends on all the same")
  func short() async throws {
    try await Self.serving { call in
      let path = "/crm/rest/v1/tags"
      let plain = try await call.send("GET", path, "gzip")
      #expect(plain[header: "Content-Encoding"] == nil && plain[header: "Vary"] == "Accept-Encoding")
      let packed = try await call.send("GET", path, "gzip, identity;q=0")
      #expect(packed[header: "Content-Encoding"] == "gzip")
      #expect(try Gunzip.read(packed.body) == plain.body)
    }
  }

  @Test("HEAD tells what GET would, in whichever form")
  func heads() async throws {
    try await Self.serving { call in
      let note = try await call.note()
      for path in [note.v1, note.v2, "/crm/rest/v1/tags", "/style.css"] {
        for encodings in ["gzip", "identity", "gzip, identity;q=0"] {
          let get = try await call.send("GET", path, encodings)
          let head = try await HTTP.send("HEAD", call.world.base + path, headers: call.headers(encodings))
          #expect(head.status == 200 && head.body.isEmpty, "\(path) \(encodings)")
          for name in ["Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary"] {
            #expect(head[header: name] == get[header: name], "\(path) \(encodings) \(name)")
          }
        }
      }
    }
  }

  @Test("P46 the tag of an answer in gzip is another one, and is good for all that the plain one is good for")
  func tags() async throws {
    try await Self.serving { call in
      let note = try await call.note()
      let plain = try #require(try await call.send("GET", note.v1, nil)[header: "ETag"])
      let first = try await call.send("GET", note.v1, "gzip")
      let packed = try #require(first[header: "ETag"])
      #expect(first[header: "Content-Encoding"] == "gzip" && packed != plain && packed.hasPrefix("\""))
      #expect(try await call.send("GET", note.v2, "gzip")[header: "ETag"] == packed, "both versions have one")

      for (named, told) in [
        (plain, plain), (packed, packed), ("W/" + packed, packed), ("\"old\", \(packed)", packed), ("*", plain),
      ] {
        for encodings in ["gzip", nil] {
          let answer = try await call.send("GET", note.v1, encodings, nil, [("If-None-Match", named)])
          #expect(answer.status == 304 && answer.body.isEmpty, "\(named)")
          #expect(answer[header: "ETag"] == told, "\(named)")
          #expect(answer[header: "Vary"] == "Accept-Encoding" && answer[header: "Content-Encoding"] == nil, "\(named)")
        }
      }
      for wrong in ["W/" + packed, "\"old.gzip\"", String(packed.dropFirst().dropLast())] {
        let refused = try await call.send("PATCH", note.v1, nil, ["title": "Called"], [("If-Match", wrong)])
        #expect(refused.status == 412, "\(wrong)")
      }
      let written = try await call.send("PATCH", note.v1, "gzip", ["title": "Called"], [("If-Match", packed)])
      #expect(written.status == 200 && written[header: "Content-Encoding"] == "gzip")
      let second = try #require(written[header: "ETag"])
      #expect(second != packed && second != plain)
      #expect(try await call.send("GET", note.v1, "gzip")[header: "ETag"] == second)
      for old in [packed, plain] {
        #expect(try await call.send("DELETE", note.v1, nil, nil, [("If-Match", old)]).status == 412, "\(old)")
      }
      #expect(try await call.send("DELETE", note.v1, nil, nil, [("If-Match", second)]).status == 204)
    }
  }

  @Test("P9 no page, no answer of a token endpoint and none of a hook is packed, however long, whatever is asked for")
  func neverPacked() async throws {
    try await Self.serving { call in
      let world = call.world
      let ann = Browser(world)
      let tokens = try await ann.tokens("ann@example.org", world.shopClient)
      for encodings in ["gzip", "gzip, identity;q=0"] {
        for path in ["/signin", "/account", "/nowhere", "/crm/rest/v1/nowhere", "/crm/rest/v1/hooks", "/livez"] {
          let answer = try await call.send("GET", path, encodings)
          #expect(answer[header: "Content-Encoding"] == nil && answer[header: "Vary"] == nil, "\(path)")
        }
        for path in ["/oauth/token", "/token"] {
          for token in [tokens.refreshToken?.exposed ?? "", String(repeating: "no token", count: 500)] {
            let answer = try await world.tokenRequest(
              [
                ("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", world.shop.clientID),
                ("client_secret", world.shopClient.secret.exposed),
              ], path: path, headers: [("Accept-Encoding", encodings)])
            #expect(answer[header: "Content-Encoding"] == nil && answer[header: "Vary"] == nil, "\(path)")
          }
        }
        let refused = try await call.send("GET", "/crm/rest/v2/contacts/999", encodings)
        #expect(refused.status == 404 && refused[header: "Content-Encoding"] == nil)
      }
    }
  }

  @Test("the answer that holds a hook's signing key is not packed, though its address makes it long")
  func signingKey() async throws {
    let receiver = try await FakeServer.start { _ in .answer(wire("200 OK")) }
    try await Self.serving(privateHooks: true) { call in
      let url = "http://127.0.0.1:\(receiver.port)/told?by=" + String(repeating: "keap", count: 400)
      let hook: JSON = ["eventKey": "contact.add", "hookUrl": .string(url)]
      let made = try await call.send("POST", "/crm/rest/v1/hooks", "gzip", hook)
      #expect(made.status == 200 && made.body.count > 1024 && made[header: "Content-Encoding"] == nil)
      #expect(try JSON.parse(made.body)["signingSecret"] != nil)
    }
    await receiver.stop()
  }

  @Test("P27: what goes wrong on purpose goes wrong in the plain form")
  func faults() async throws {
    try await Self.serving(faults: FaultPlan(obeysRequests: true)) { call in
      let note = try await call.note()
      let whole = try await call.send("GET", note.v1, "gzip")
      #expect(whole[header: "Content-Encoding"] == "gzip")
      let late = try await call.send("GET", note.v1, "gzip", nil, [("X-Evergrant-Fault", "skew=10m")])
      #expect(late.status == 200 && late[header: "Content-Encoding"] == nil)
      #expect(try Gunzip.read(whole.body) == late.body)
    }
  }

  @Test(
    "the style sheet and the description of the server come in gzip too, and another origin's page is told of both")
  func files() async throws {
    try await Self.serving(origins: ["https://shop.example"]) { call in
      let style = try await call.send("GET", "/style.css", "gzip")
      #expect(style[header: "Content-Encoding"] == "gzip" && style[header: "Vary"] == "Accept-Encoding")
      let plain = try await call.send("GET", "/style.css", nil)
      #expect(try Gunzip.read(style.body) == plain.body)
      let metadata = try await call.send("GET", "/.well-known/oauth-authorization-server", "gzip, identity;q=0")
      #expect(metadata[header: "Content-Encoding"] == "gzip")
      #expect(metadata[header: "Vary"] == "Accept-Encoding, Origin")
      #expect(try JSON.parse(Gunzip.read(metadata.body))["issuer"] != nil)
    }
  }

  @Test("XML-RPC is answered in gzip too, and asks REST for no coding itself")
  func xmlrpc() async throws {
    try await Self.serving { call in
      for number in 0..<20 { _ = try await call.calls.contact("p\(number)@example.org") }
      let body = XMLRPCCalls.body("DataService.query", ["Contact", 20, 0, ["Id": "%"], ["Id", "Email", "FirstName"]])
      func ask(_ encodings: String?) async throws -> OutboundResponse {
        try await call.world.client.send(
          "POST", call.world.base + "/crm/xmlrpc/v1",
          headers: call.headers(encodings) + [("Content-Type", "text/xml")], body: Array(body.utf8))
      }
      let plain = try await ask(nil)
      let packed = try await ask("gzip")
      #expect(plain.status == 200 && plain.text.contains("p7@example.org"))
      #expect(packed[header: "Content-Encoding"] == "gzip" && packed[header: "Vary"] == "Accept-Encoding")
      #expect(try Gunzip.read(packed.body) == plain.body)
    }
  }

  @Test("a request whose body is compressed is refused with 415, and told that none is taken")
  func requests() async throws {
    try await Self.serving { call in
      let upsert: JSON = ["email_addresses": [["field": "EMAIL1", "email": "zoe@example.org"]]]
      for (path, code) in [("/crm/rest/v1/contacts", nil), ("/crm/rest/v2/contacts", 415)] as [(String, JSON?)] {
        for coding in ["gzip", "identity, gzip", "br"] {
          let answer = try await call.send("POST", path, nil, upsert, [("Content-Encoding", coding)])
          #expect(answer.status == 415 && answer[header: "Accept-Encoding"] == "identity", "\(path) \(coding)")
          let told = try JSON.parse(answer.body)
          #expect(told["message"]?.string?.contains("without Content-Encoding") == true && told["code"] == code)
        }
      }
      let plain = try await call.send("POST", "/crm/rest/v1/contacts", nil, upsert, [("Content-Encoding", "identity")])
      #expect(plain.status == 201)
      let token = try await call.world.tokenRequest(
        [("grant_type", "refresh_token")], headers: [("Content-Encoding", "gzip")])
      #expect(token.status == 400 && token.text.contains("without Content-Encoding"))
    }
  }
}
