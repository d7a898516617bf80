import Keeper
import KeeperKit
import NetworkKit
import OAuth
import Synchronization
import Testing
import Wire

@testable import Proxy

/// XML-RPC at the data plane: what old clients send is answered by calls that the job could have made itself.
@Suite(.timeLimit(.minutes(10))) struct BridgeDoorTests {
  private static let key = Credential.apiKey.spell((0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }).exposed

  private static func call(_ method: String, first: String = "key", _ rest: String) -> String {
    #"<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>\#(method)</methodName><params><param><value><string>"#
      + "\(first)</string></value></param>\(rest)</params></methodCall>"
  }

  private static func add(first: String = "key") -> String {
    call(
      "ContactService.add", first: first,
      "<param><value><struct><member><name>Email</name><value>ann@example.org</value></member></struct></value></param>"
    )
  }

  private static let update = call(
    "ContactService.update",
    "<param><value><int>77</int></value></param><param><value><struct><member><name>Phone2</name>"
      + "<value>5</value></member></struct></value></param>")

  private static let created = TestUpstream.Reply.json(201, #"{"id":"77"}"#)

  private func post(
    _ body: String, to path: String = "/crm/xmlrpc/v1", key: String? = "evk_second", fields: [String] = []
  ) -> String {
    request("POST", path, key: key, fields: ["Content-Type: text/xml"] + fields, body: body)
  }

  @Test("K22: a call in XML-RPC becomes a call of REST with a live token, and both are on record")
  func carries() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      let answer = try await world.call(post(Self.add()))
      #expect(answer.status == 200)
      #expect(answer.fields["content-type"] == "text/xml; charset=UTF-8")
      #expect(
        answer.body
          == #"<?xml version="1.0" encoding="UTF-8"?><methodResponse><params><param><value><i4>77</i4></value></param>"#
          + "</params></methodResponse>")
      let seen = try #require(world.upstream.seen.first)
      #expect(seen.method == "POST" && seen.target == "/crm/rest/v2/contacts")
      #expect(seen.body == #"{"email_addresses":[{"email":"ann@example.org","field":"EMAIL1"}]}"#)
      #expect(seen.field("authorization") == "Bearer eva_1" && !"\(seen)".contains("evk_"))
      #expect(
        world.gateway.records.map { "\($0.key) \($0.connection) \($0.method) \($0.path) \($0.status)" } == [
          "second shop POST /crm/rest/v2/contacts 201", "second shop POST /crm/xmlrpc/v1/ContactService.add 200",
        ])
    }
  }

  @Test(
    "each of Keap's paths is a door, with a slash or a connection behind it too",
    arguments: ["/crm/xmlrpc/v1", "/crm/xmlrpc", "/api/xmlrpc"].flatMap { [$0, "\($0)/", "\($0)/shop", "\($0)/shop/"] })
  func doors(path: String) async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      let answer = try await world.call(post(Self.add(), to: path))
      #expect(answer.status == 200 && answer.body.contains("<i4>77</i4>"))
    }
  }

  @Test(
    "what is no door is nothing",
    arguments: ["/crm/xmlrpc/v2/shop", "/crm/xmlrpc/v1/shop/more", "/api", "/api/xmlrpcs", "/crm"])
  func others(path: String) async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call(post(Self.add(), to: path))
      #expect(answer.status == 404)
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K21: the key comes from a field, from the query, or as the first argument")
  func keys() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      world.gateway.change { $0.keys[Self.key] = $0.keys["evk_second"] }
      let taken = [
        post(Self.add(), key: Self.key), post(Self.add(), to: "/crm/xmlrpc/v1?access_token=\(Self.key)", key: nil),
        post(Self.add(first: Self.key), key: nil), post(Self.add(first: Self.key), key: Self.key),
        post(Self.add(first: "evk_second"), key: nil, fields: ["X-Keap-API-Key: \(Self.key)"]),
      ]
      for text in taken {
        let answer = try await world.call(text)
        #expect(answer.status == 200)
      }
      #expect(world.upstream.seen.count == taken.count)
      #expect(!"\(world.upstream.seen)".contains(Self.key))
    }
  }

  @Test("K21: who has no key that is known gets no further, and what is refused is refused as everywhere")
  func strangers() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      world.gateway.change { $0.keys[Self.key] = $0.keys["evk_second"] }
      let other = Credential.apiKey.spell((0..<32).map { UInt8($0) }).exposed
      let cases: [(String, Int, String)] = [
        (post(Self.add(), key: nil), 401, "key_missing"), (post("<no call>", key: nil), 401, "key_missing"),
        (post(Self.add(first: "evk_second"), key: nil), 401, "key_missing"),
        (post(Self.add(), key: "evk_unknown"), 401, "key_unknown"),
        (post(Self.add(first: other), key: nil), 401, "key_unknown"),
        (post(Self.add(first: other), key: Self.key), 400, "two_credentials"),
        (post(Self.add(), to: "/crm/xmlrpc?access_token=\(other)", key: Self.key), 400, "two_credentials"),
        (post(Self.add(), to: "/crm/xmlrpc?access_token=a&access_token=b", key: nil), 400, "two_credentials"),
        (post(Self.add(), to: "/crm/xmlrpc?api_key=\(Self.key)", key: nil), 400, "credential_in_query"),
        (post(Self.add(), to: "/crm/xmlrpc/elsewhere"), 403, "connection_denied"),
        (post(Self.add(), key: "evk_narrow"), 200, "[NoAccess]The API key does not allow"),
        (post(Self.add(), key: "evk_narrow"), 200, "(POST /crm/rest/v2/contacts)"),
        (request("GET", "/crm/xmlrpc/v1", key: "evk_second"), 405, "method_refused"),
      ]
      for (text, status, code) in cases {
        let answer = try await world.call(text)
        #expect(answer.status == status && answer.body.contains(code), "\(answer)")
      }
      #expect(world.upstream.seen.isEmpty)
      // Elsewhere a key in the query is still refused.
      let via = try await world.call(request("GET", "/via/shop/contacts?access_token=\(Self.key)", key: nil))
      #expect(via.status == 400 && via.body.contains("credential_in_query"))
    }
  }

  @Test(
    "K22: XML-RPC does not pass below a connection's own path, however it is spelled: its body may hold the key",
    arguments: [
      "/crm/xmlrpc/v1", "/crm/xmlrpc/", "/api/xmlrpc/shop", "/crm/%78mlrpc/v1", "/CRM/XmlRpc", "/crm;a/xmlrpc;b",
    ])
  func belowVia(path: String) async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      let answer = try await world.call(post(Self.add(), to: "/via/shop\(path)"))
      #expect(answer.status == 404 && answer.body.contains("/crm/xmlrpc/v1"))
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K32: whoever shows a key in the call keeps a place by it, as others do")
  func place() async throws {
    var limits = ProxyLimits.patient
    limits.connectionsOfKey = 1
    try await ProxyWorld.run(limits: limits, reply: { _ in Self.created }) { world in
      world.gateway.change { $0.keys[Self.key] = $0.keys["evk_second"] }
      let first = try await world.client(), second = try await world.client()
      for (client, status) in [(first, 200), (second, 503)] {
        try await client.send(post(Self.add(first: Self.key), key: nil))
        #expect(try await client.answer().status == status)
      }
      for client in [first, second] { client.close() }
    }
  }

  @Test("K21: a key that becomes known a moment later is waited for, and nothing is lost of the call meanwhile")
  func newKey() async throws {
    var limits = ProxyLimits.patient
    limits.keyPatience = .seconds(3600)
    try await ProxyWorld.run(limits: limits, reply: { _ in Self.created }) { world in
      let client = try await world.client()
      try await client.send(post(Self.add(), key: Self.key))
      while world.gateway.state.withLock(\.strangers) == 0 { await Task.yield() }
      world.gateway.change { $0.keys[Self.key] = $0.keys["evk_second"] }
      #expect(try await client.answer().status == 200)
      client.close()
    }
  }

  @Test("K23: a token fault refreshes once, and the bridge's call is sent again")
  func repeats() async throws {
    try await ProxyWorld.run(reply: { $0.number == 1 ? .tokenFault : Self.created }) { world in
      world.gateway.change { $0.token = .success(FakeGateway.token(2)) }
      let answer = try await world.call(post(Self.add()))
      #expect(answer.status == 200 && answer.body.contains("<i4>77</i4>"))
      #expect(world.upstream.seen.map { $0.field("authorization") } == ["Bearer eva_1", "Bearer eva_2"])
    }
  }

  @Test("a 401 and a 429 of the API stay what they are", arguments: [401, 429])
  func passes(status: Int) async throws {
    try await ProxyWorld.run(
      reply: { _ in .json(status, #"{"message":"no"}"#, fields: ["retry-after: 3"]) }
    ) { world in
      let answer = try await world.call(post(Self.add()))
      #expect(answer.status == status && answer.body == #"{"message":"no"}"#)
      #expect(answer.fields["retry-after"] == "3")
    }
  }

  @Test("what the API refuses, and a body that is no call, are faults")
  func faults() async throws {
    try await ProxyWorld.run(reply: { _ in .json(400, #"{"message":"EMAIL1 is invalid"}"#) }) { world in
      let refused = try await world.call(post(Self.add()))
      #expect(refused.status == 200 && refused.body.contains("<i4>12</i4>"))
      #expect(refused.body.contains("EMAIL1 is invalid"))
      let broken = try await world.call(post("<methodCall>"))
      #expect(broken.status == 200 && broken.body.contains("Failed to parse XML-RPC request"))
      #expect(world.upstream.seen.count == 1)
    }
  }

  @Test("K22: what was read of one tenant is not written to the next")
  func changes() async throws {
    let gateway = Mutex<FakeGateway?>(nil)
    try await ProxyWorld.run(
      reply: { seen in
        guard seen.method == "GET" else { return Self.created }
        gateway.withLock { $0 }?.change {
          $0.epoch = 2
          $0.fresh = FakeGateway.token(2, epoch: 2)
        }
        return .json(200, #"{"id":"77","phone_numbers":[]}"#)
      }
    ) { world in
      gateway.withLock { $0 = world.gateway }
      let answer = try await world.call(post(Self.update))
      #expect(answer.status == 503 && answer.body.contains("connection_changed"))
      #expect(world.upstream.seen.map(\.method) == ["GET"])
    }
  }

  @Test("one connection carries one call after the other, and leave to send the body is given")
  func keepsAlive() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      let client = try await world.client()
      for _ in 1...3 {
        try await client.send(post(Self.add()))
        #expect(try await client.answer().body.contains("<i4>77</i4>"))
      }
      client.close()
      let hesitant = try await world.client()
      let text = post(Self.add(), fields: ["Expect: 100-continue"])
      let head = text.prefix(text.count - Self.add().count)
      try await hesitant.send(String(head))
      #expect(try await hesitant.answer().status == 100)
      try await hesitant.send(Self.add())
      #expect(try await hesitant.answer().body.contains("<i4>77</i4>"))
      hesitant.close()
    }
  }

  @Test("K32: a call that is too large is refused, sooner where no key was shown")
  func sizes() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      let padding = String(repeating: " ", count: 70_000)
      let fits = try await world.call(post(Self.add() + padding))
      #expect(fits.status == 200)
      #expect(try await world.call(post(Self.add() + padding, key: nil)).status == 413)
      let most = String(repeating: " ", count: 1 << 20)
      #expect(try await world.call(post(Self.add() + most)).status == 413)
    }
  }
}
