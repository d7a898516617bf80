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

  static func call(_ method: String, first: String = "key", _ rest: String) -> String {
    #"<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>\#(method)</methodName><params><param><value><string>"#
      + "\(first)</string></value></param>\(rest)</params></methodCall>"
  }

  static func add(first: String = "key") -> String {
    call(
      "ContactService.add", first: first,
      "<param><value><struct><member><name>Email</name><value>ann@example.org</value></member></struct></value></param>"
    )
  }

  static let update = call(
    "ContactService.update",
    "<param><value><int>77</int></value></param><param><value><struct><member><name>Phone2</name>"
      + "<value>5</value></member></struct></value></param>")

  private static func page(_ number: Int) -> String {
    call(
      "DataService.query",
      "<param><value>Contact</value></param><param><value><int>1000</int></value></param><param><value><int>\(number)"
        + "</int></value></param><param><value><struct><member><name>Id</name><value>%</value></member></struct>"
        + "</value></param><param><value><array><data><value>Id</value></data></array></value></param>")
  }

  static let created = TestUpstream.Reply.json(201, #"{"id":"77"}"#)

  func post(
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
        (post(Self.add(), key: nil), 401, "key_missing"), (post("<no call>", key: "evk_unknown"), 401, "key_unknown"),
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
      "/crm/xmlrpc;%CC%81/v1", "/crm;%FF/xmlrpc;%ff",
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

  @Test("K21: a body that is no call is fault 0 for whoever shows no key, who learns no more, and nothing is done")
  func unreadable() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      let sent = Self.add(first: Self.key)
      let bodies = [
        "", "no call", "{}", String(sent.dropLast(9)), sent.replacing("ann@", with: "<b>"), "<evk_second/>",
      ]
      let plain = try await world.call(post("<no call>", key: nil))
      #expect(plain.status == 200 && plain.fields["content-type"] == "text/xml; charset=UTF-8")
      #expect(plain.body.contains("<name>faultCode</name><value><i4>0</i4></value>"))
      #expect(plain.body.contains("Failed to parse XML-RPC request: "))
      for body in bodies { #expect(try await world.call(post(body, key: nil)).body == plain.body) }
      #expect(world.upstream.seen.isEmpty)
      #expect(world.gateway.records.allSatisfy { $0.key.isEmpty && $0.connection.isEmpty })
      let known = try await world.call(post("<no call>", to: "/crm/xmlrpc?access_token=evk_second", key: nil))
      #expect(known.status == 200 && known.body.contains("Failed to parse XML-RPC request: "))
      #expect(known.body != plain.body, "whoever shows a key is told what is wrong")
    }
  }

  @Test("a company that a call has added is named where nobody knows what became of its contact")
  func left() async throws {
    try await ProxyWorld.run(
      reply: { seen in
        if seen.method == "GET" { return .json(200, #"{"companies":[]}"#) }
        return seen.target.hasSuffix("companies") ? .json(201, #"{"id":"5"}"#) : .end
      }
    ) { world in
      let answer = try await world.call(
        post(
          Self.call(
            "ContactService.add",
            "<param><value><struct><member><name>Email</name><value>ann@example.org</value></member><member>"
              + "<name>Company</name><value>Acme</value></member></struct></value></param>")))
      #expect(answer.status == 502 && answer.body.contains("upstream_closed"))
      #expect(answer.body.contains("The company 5, which this call added, is still there."))
      #expect(world.upstream.seen.map(\.method) == ["GET", "GET", "POST", "POST"])
    }
  }

  @Test("K22: where a page of a list begins is known for one approval alone")
  func approvals() async throws {
    let contacts = (1...1000).map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
    try await ProxyWorld.run(
      reply: { _ in .json(200, #"{"contacts":[\#(contacts)],"next_page_token":"t"}"#) }
    ) { world in
      /// For each request that a page makes, whether it begins where an earlier one ended.
      func begins(_ page: Int) async throws -> [Bool] {
        let before = world.upstream.seen.count
        #expect(try await world.call(post(Self.page(page))).status == 200)
        return world.upstream.seen.dropFirst(before).map { $0.target.contains("page_token=t") }
      }
      let (first, second) = (try await begins(0), try await begins(1))
      #expect(first == [false] && second == [true])
      world.gateway.change {
        $0.epoch = 2
        $0.fresh = FakeGateway.token(2, epoch: 2)
      }
      let anew = try await begins(1)
      #expect(anew == [false, true])
    }
  }

  @Test("K22: a call under no approval is refused before anything is made of it")
  func noApproval() async throws {
    try await ProxyWorld.run(reply: { _ in Self.created }) { world in
      world.gateway.change { $0.route = nil }
      let answer = try await world.call(post(Self.add()))
      #expect(answer.status == 403 && answer.body.contains("connection_denied"))
      #expect(world.gateway.state.withLock(\.passages) == 1)
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("P44 updates of one contact over two connections of one tenant wait for each other, and others do not")
  func turns() async throws {
    try await ProxyWorld.run(
      reply: { .json(200, $0.method == "GET" ? #"{"id":"77","phone_numbers":[]}"# : #"{"id":"77"}"#) }
    ) { world in
      world.gateway.change { state in
        state.keys["evk_branch"] = state.keys["evk_second"]
        state.keys["evk_branch"]?.connection = "branch"
        state.others = ["branch": FakeGateway.token(2), "elsewhere": FakeGateway.token(3)]
        state.accounts = ["elsewhere": 2]
        state.fresh = nil
      }
      let first = try await world.client(), second = try await world.client()
      try await first.send(post(Self.update))
      while world.gateway.state.withLock(\.open).isEmpty { await Task.yield() }
      try await second.send(post(Self.update, key: "evk_branch"))
      // The second is on its way before the third comes, which would otherwise be overtaken by it.
      await world.gateway.judges(3)
      #expect(try await world.call(post(Self.update, key: "evk_other")).status == 200)
      world.gateway.change { $0.fresh = FakeGateway.token(1) }
      world.gateway.answer(.success(FakeGateway.token(1)))
      #expect(try await first.answer().status == 200)
      #expect(try await second.answer().status == 200)
      #expect(
        world.upstream.seen.map { "\($0.method) \($0.field("authorization") ?? "")" }
          == ["eva_3", "eva_1", "eva_2"].flatMap { ["GET Bearer \($0)", "PATCH Bearer \($0)"] })
      for client in [first, second] { client.close() }
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
