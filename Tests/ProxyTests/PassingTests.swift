import Keeper
import NetworkKit
import Testing
import Wire

@testable import Proxy

/// What goes through, and in which form.
@Suite(.timeLimit(.minutes(10))) struct PassingTests {
  @Test func `path and query arrive at the upstream as the same bytes`() async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call(request("GET", "/via/shop/contacts/7%20x/?email=a%40b.de&q=%2F+%2e"))
      #expect(answer.status == 200)
      #expect(answer.body == #"{"ok":true}"#)
      #expect(world.upstream.seen.map(\.target) == ["/contacts/7%20x/?email=a%40b.de&q=%2F+%2e"])
    }
  }

  @Test("K22: neither key nor cookie nor a field that is not listed reaches the upstream, and the token does")
  func onlyListedFieldsPass() async throws {
    try await ProxyWorld.run { world in
      let fields = [
        "Cookie: session=1", "X-API-Key: \(ProxyWorld.key)", "X-Keap-API-Key: \(ProxyWorld.key)",
        "X-Forwarded-For: 10.0.0.1",
        "Proxy-Authorization: Basic eDp5", "Keep-Alive: 5", "TE: trailers", "Accept: application/json",
        "If-Match: \"1\"",
        "Accept-Encoding: gzip", "Idempotency-Key: one", "Connection: keep-alive, X-Request-ID", "X-Request-ID: 9",
      ]
      let answer = try await world.call(request("PUT", fields: fields, body: "{}"))
      #expect(answer.status == 200)
      let seen = try #require(world.upstream.seen.first)
      #expect(
        Set(seen.fields.keys) == ["host", "authorization", "accept", "if-match", "idempotency-key", "content-length"])
      #expect(seen.field("authorization") == "Bearer eva_1")
      #expect(seen.field("host") == "127.0.0.1:\(world.upstream.port)")
      #expect(!"\(seen)".contains(ProxyWorld.key))
    }
  }

  @Test("K22: whatever the job writes in Host, the call goes to the connection's own origin")
  func theOriginIsFixed() async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call(
        "GET /via/shop/contacts HTTP/1.1\r\nHost: evil.example\r\nX-API-Key: \(ProxyWorld.key)\r\n\r\n")
      #expect(answer.status == 200)
      #expect(world.upstream.seen.first?.field("host") == "127.0.0.1:\(world.upstream.port)")
    }
  }

  @Test("K22: a call is about the connection's own tenant, whatever the job says")
  func tenantField() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.route?.tenantField = HeaderField("xero-tenant-id", "t-1") }
      let answer = try await world.call(request("GET", fields: ["Xero-Tenant-Id: t-2"], body: ""))
      #expect(answer.status == 200)
      let seen = try #require(world.upstream.seen.first)
      #expect(seen.field("xero-tenant-id") == "t-1")
      #expect(!"\(seen)".contains("t-2"))
    }
  }

  @Test("a key of the provider's own pages goes into the field that its entry names, and a job's own never")
  func keyHeader() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.route?.keyHeader = "X-Keap-API-Key" }
      #expect(
        try await world.call(request("GET", key: nil, fields: ["X-Keap-API-Key: \(ProxyWorld.key)"])).status == 200)
      let seen = try #require(world.upstream.seen.first)
      #expect(seen.field("x-keap-api-key") == "eva_1" && seen.field("authorization") == nil)
      #expect(!"\(seen)".contains(ProxyWorld.key))
    }
  }

  @Test("K22: an API that says the key of its own pages back says it to no job")
  func keyIsNotSaidBack() async throws {
    let reply = TestUpstream.Reply.json(200, "{}", fields: ["X-KEAP-API-Key: eva_1", "X-Keap-Tenant-ID: ps1"])
    try await ProxyWorld.run(reply: { _ in reply }) { world in
      world.gateway.change { $0.route?.keyHeader = "X-Keap-API-Key" }
      let answer = try await world.call(request())
      #expect(answer.fields["x-keap-tenant-id"] == "ps1" && !"\(answer)".contains("eva_1"))
    }
  }

  @Test func `an answer brings back listed fields only, and no cookie`() async throws {
    let reply = TestUpstream.Reply.json(
      200, "{}",
      fields: [
        "Set-Cookie: a=b", "ETag: \"1\"", "X-Keap-Tenant-ID: ps1", "Server: x", "Keep-Alive: 5", "Vary: accept",
        "Connection: vary", "Retry-After: 3", "X-Request-ID: 5", "Strict-Transport-Security: max-age=1",
      ])
    try await ProxyWorld.run(reply: { _ in reply }) { world in
      let answer = try await world.call(request())
      #expect(
        Set(answer.fields.keys) == [
          "content-type", "content-length", "etag", "x-keap-tenant-id", "retry-after", "x-request-id",
        ])
    }
  }

  @Test(
    "K32: a field goes on as the bytes that came, and one that is not UTF-8 does not go on", arguments: [true, false])
  func notASCII(isUTF8: Bool) async throws {
    let text = isUTF8 ? Array("caf\u{E9}\u{FF21}".utf8) : Array("caf".utf8) + [0xE9]
    let expected: [String?] = isUTF8 ? ["caf\u{E9}\u{FF21}"] : []
    try await ProxyWorld.run { world in
      let client = try await world.client()
      let head = Array(request().utf8.dropLast(2)) + Array("User-Agent: ".utf8)
      client.offer(head + text + Array("\r\n\r\n".utf8))
      #expect(try await client.answer().status == (isUTF8 ? 200 : 400))
      #expect(world.upstream.seen.map { $0.field("user-agent") } == expected)
      client.close()
    }
  }

  @Test("K32: of an answer a field that is not UTF-8 stays behind, and the others come as they are")
  func answerNotASCII() async throws {
    let reply = TestUpstream.Reply.json(200, "{}", fields: ["ETag: caf\u{E9}\u{FF21}", "Vary: caf\u{FFFD}"])
    try await ProxyWorld.run(reply: { _ in reply }) { world in
      let answer = try await world.call(request())
      #expect(answer.status == 200 && answer.body == "{}")
      #expect(answer.fields["etag"] == "caf\u{E9}\u{FF21}" && answer.fields["vary"] == nil)
    }
  }

  @Test(arguments: [
    "Authorization: Bearer evk_job", "authorization: bearer evk_job", "X-API-Key: evk_job", "x-keap-api-key: evk_job",
  ])
  func `the key is taken from either of three headers`(field: String) async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call(request(key: nil, fields: [field]))
      #expect(answer.status == 200)
    }
  }

  @Test func `calls on one connection share one upstream channel`() async throws {
    try await ProxyWorld.run { world in
      let client = try await world.client()
      for _ in 1...5 {
        try await client.send(request("PUT", body: "{}"))
        #expect(try await client.answer().status == 200)
      }
      #expect(world.upstream.connections == 1)
      client.close()
    }
  }

  @Test func `pipelined requests are answered in their order`() async throws {
    try await ProxyWorld.run(reply: { .json(200, $0.target) }) { world in
      let client = try await world.client()
      let targets = (1...20).map { "/contacts/\($0)" }
      try await client.send(targets.map { request("GET", "/via/shop" + $0) }.joined() + request("GET", "/nowhere"))
      for target in targets { #expect(try await client.answer().body == target) }
      #expect(try await client.answer().status == 404)
      client.close()
    }
  }

  @Test func `an answer is passed on piece by piece, before it has ended`() async throws {
    try await ProxyWorld.run(reply: { _ in .nothing }) { world in
      let client = try await world.client()
      try await client.send(request())
      try await world.upstream.sees(1)
      try await world.upstream.push("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
      try await client.sees("first")
      try await world.upstream.push("6\r\nsecond\r\n0\r\nX-Trailer: dropped\r\n\r\n")
      let answer = try await client.answer()
      #expect(answer.body == "firstsecond")
      #expect(world.gateway.records.map(\.status) == [200])
      client.close()
    }
  }

  @Test func `megabytes pass whole in both directions, to a job that begins to read late`() async throws {
    let size = 8_000_000
    try await ProxyWorld.run(reply: { .json(200, $0.body) }) { world in
      let client = try await RawClient.connect(port: world.proxy.port, autoRead: false)
      let body = (0..<size / 8).reduce(into: "") { text, number in text += String(number + 10_000_000) }
      client.offer(Array(request("POST", "/via/shop/big/one", body: body).utf8))
      try await world.upstream.sees(1)
      try await client.readOn()
      let answer = try await client.answer()
      #expect(answer.body == body)
      client.close()
    }
  }

  @Test func `a chunked body is framed anew, and its trailers are dropped`() async throws {
    try await ProxyWorld.run { world in
      let head = request("POST", "/via/shop/big/one", fields: ["Transfer-Encoding: chunked"])
      let answer = try await world.call(head + "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
      #expect(answer.status == 200)
      let seen = try #require(world.upstream.seen.first)
      #expect(seen.body == "abcde")
      #expect(seen.fields["transfer-encoding"] == ["chunked"])
      #expect(seen.fields["authorization"] == ["Bearer eva_1"])
    }
  }

  @Test(arguments: [("HEAD", 200), ("GET", 204), ("GET", 304)])
  func `an answer without a body is told as one, and the next call follows`(method: String, status: Int) async throws {
    let length = status == 204 ? "" : "content-length: 12\r\n"
    let reply = TestUpstream.Reply.raw("HTTP/1.1 \(status) X\r\netag: \"1\"\r\n\(length)\r\n")
    try await ProxyWorld.run(reply: { $0.number == 1 ? reply : .ok }) { world in
      let client = try await world.client()
      try await client.send(request(method) + request())
      let first = try await client.answer(toHead: true)
      #expect(first.status == status)
      #expect(first.fields["content-length"] == (status == 204 ? nil : "12"))
      #expect(first.fields["transfer-encoding"] == nil)
      #expect(try await client.answer().body == #"{"ok":true}"#)
      client.close()
    }
  }

  @Test func `a job that speaks HTTP 1.0 gets an answer without chunks`() async throws {
    let reply = TestUpstream.Reply.raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    try await ProxyWorld.run(reply: { _ in reply }) { world in
      let answer = try await world.call(request().replacing("HTTP/1.1", with: "HTTP/1.0"))
      #expect(answer.fields["transfer-encoding"] == nil)
      #expect(answer.fields["connection"] == "close")
      #expect(answer.body == "ok")
    }
  }

  @Test("K25: each call leaves one record, with the shape of its path and without its query")
  func eachCallLeavesOneRecord() async throws {
    try await ProxyWorld.run { world in
      _ = try await world.call(request("GET", "/via/shop/contacts/4711?email=a@b.de"))
      _ = try await world.call(request("DELETE", "/via/shop/tags"))
      _ = try await world.call(request(key: "evk_wrong"))
      _ = try await world.call(request("GET", "/livez", key: nil))
      let records = world.gateway.records
      #expect(records.map(\.key) == ["nightly", "nightly", ""])
      #expect(records.map(\.method) == ["GET", "DELETE", "GET"])
      #expect(records.map(\.path) == ["/contacts/{id}", "/tags", ""])
      #expect(records.map(\.status) == [200, 403, 401])
      #expect(records.map(\.connection) == ["shop", "shop", ""])
    }
  }

  @Test(arguments: [
    ("/crm/rest/v1/contacts", "/crm/rest/v1/contacts"),
    ("/crm/rest/v2/contacts/4711/tags/", "/crm/rest/v2/contacts/{id}/tags/"),
    ("/x/ada@example.org", "/x/{id}"), ("/x/a%20b", "/x/{id}"), ("/x/0f9c-11", "/x/{id}"),
    ("/contacts:search", "/contacts:search"),
    ("/x/" + String(repeating: "a", count: 41), "/x/{id}"),
  ])
  func `a path's template keeps words and versions alone`(path: String, template: String) {
    #expect(PathTemplate.of(path) == template)
  }

  @Test(
    "K22: a Location leads back through us or nowhere",
    arguments: [
      ("https://api.example/x?y#z", "/via/shop/x?y#z"), ("HTTPS://API.example:443", "/via/shop/"),
      ("/x", "/via/shop/x"),
      ("//api.example/x", "/via/shop/x"), ("x?y=https://a.b", "x?y=https://a.b"), ("?page=2", "?page=2"),
      ("http://api.example/x", nil), ("https://api.example.evil/x", nil), ("https://api.example@evil/x", nil),
      ("https://api.example:444/", nil), ("//evil/x", nil), ("../../other/x", nil), ("javascript:x", nil),
      ("/a\\b", nil),
      ("/../other/x", nil), ("/a/%2E%2e/../b", nil), ("https://api.example/..", nil), ("//api.example/a/.%2e/b", nil),
      ("a/..", nil), ("/a..b/...?x=/../", "/via/shop/a..b/...?x=/../"), ("a..b", "a..b"),
    ])
  func locations(location: String, expected: String?) throws {
    let origin = try #require(Origin("https://api.example"))
    #expect(Location.rewrite(location, origin: origin, connection: "shop") == expected)
  }

  @Test func `a redirect to another host is answered with 502`() async throws {
    try await ProxyWorld.run(reply: { _ in .json(302, "", fields: ["Location: https://evil.example/"]) }) { world in
      let answer = try await world.call(request())
      #expect(answer.status == 502)
      #expect(answer.fields["location"] == nil)
    }
  }

  @Test func `a graceful stop lets the call under way end, and takes no other`() async throws {
    try await ProxyWorld.run(reply: { _ in .nothing }) { world in
      let idle = try await world.client()
      try await idle.send(request("GET", "/livez"))
      #expect(try await idle.answer().status == 200)
      let client = try await world.client()
      try await client.send(request())
      try await world.upstream.sees(1)
      async let stopped: Void = world.proxy.stop()
      #expect(try await idle.rest() == "")
      await #expect(throws: (any Error).self) { try await world.client() }
      try await world.upstream.push("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
      let answer = try await client.answer()
      #expect(answer.body == "ok")
      #expect(answer.fields["connection"] == "close")
      await stopped
    }
  }
}
