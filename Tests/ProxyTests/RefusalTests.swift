import Keeper
import KeeperKit
import NetworkKit
import TestKit
import Testing
import Wire

@testable import Proxy

/// What the data plane does not let through.
@Suite(.timeLimit(.minutes(10))) struct RefusalTests {
  private static let host = "Host: keeper\r\nX-API-Key: evk_job\r\n"

  @Test(
    "K32: a request that two programs could read differently is refused, and nothing of it goes on",
    arguments: [
      // Lengths and codings.
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: 3, 3\r\n\r\nabc",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: +3\r\n\r\nabc",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\nabc",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\nabc",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "PUT /via/shop/x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Transfer-Encoding: identity\r\n\r\n",
      "POST /via/shop/contacts HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      // Spellings of a head.
      "GET /via/shop/contacts HTTP/1.1\n\(host)\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\nHost: keeper\nX-API-Key: evk_job\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Accept: a\rb\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Accept: a\r\n b\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Accept: a\u{0}b\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Accept : a\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host): a\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n Host: keeper\r\nX-API-Key: evk_job\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\nX-API-Key: evk_job\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\nHost: a\r\n\(host)\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\nHost:\r\nX-API-Key: evk_job\r\n\r\n",
      "GET /via/shop/contacts HTTP/2.0\r\n\(host)\r\n",
      // Forms and methods.
      "GET http://keeper/via/shop/contacts HTTP/1.1\r\n\(host)\r\n",
      "CONNECT api.example:443 HTTP/1.1\r\n\(host)\r\n",
      "TRACE /via/shop/contacts HTTP/1.1\r\n\(host)\r\n",
      "PROPFIND /via/shop/contacts HTTP/1.1\r\n\(host)\r\n",
      "OPTIONS * HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Upgrade: websocket\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\r\n\r\n",
      // Credentials.
      "GET /via/shop/contacts HTTP/1.1\r\n\(host)Authorization: Bearer evk_narrow\r\n\r\n",
      "GET /via/shop/contacts?x=1&access_token=a HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts?API%5FKEY=a HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts?X-Api-Key=a HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts?t=evk_abc HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts?evk_abc HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts?%zz=evk_abc HTTP/1.1\r\n\(host)\r\n",
      "GET /via/shop/contacts?t=%65v%6B_abc HTTP/1.1\r\n\(host)\r\n",
      "POST /via/shop/contacts HTTP/1.1\r\n\(host)Content-Length: 1\r\nExpect: a-miracle\r\n\r\n",
    ])
  func ambiguous(text: String) async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call(text)
      #expect([400, 405, 417].contains(answer.status), "\(answer)")
      #expect(answer.body.hasPrefix(#"{"error":{"code":""#))
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test(
    "K32: a path with a second spelling is refused",
    arguments: [
      "/via/shop/a/../b", "/via/shop/./b", "/via/shop//b", "/via//b", "//via/shop/b", "/via/shop/..",
      "/via/shop/..;x/b",
      "/via/shop/a%2Fb", "/via/shop/a%2fb", "/via/shop/a%5Cb", "/via/shop/%2e%2e/b", "/via/shop/a%2E", "/via/shop/a%00",
      "/via/shop/a\\b", "/via/shop/a%zz", "/via/shop/a%4", "/via/shop/ä", "/via/shop/a#b", "/via/shop/a\u{1}b",
      "/via/shop/a\u{7F}", "/via/shop/x?q=\u{1}",
    ])
  func ambiguousPath(target: String) {
    #expect(throws: Refusal.self) { try RequestTarget(target) }
  }

  @Test(arguments: ["/", "/via", "/via/", "/via/shop", "/via/shop?x=/y", "/VIA/shop/x", "/livez/", "/contacts"])
  func `another path gets the form of a good one`(target: String) async throws {
    #expect(try RequestTarget(target) == .unknown)
    try await ProxyWorld.run { world in
      let answer = try await world.call(request("GET", target))
      #expect(answer.status == 404)
      #expect(answer.body.contains("/via/{connection}/"))
    }
  }

  @Test func `livez answers without a key`() async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(answer.status == 200)
      #expect(answer.body == "ok")
    }
  }

  @Test(
    "K32: a head over 16 KiB is refused, one field or many",
    arguments: [
      "X: " + String(repeating: "x", count: 20_000),
      (1...90).map { "X-\($0): " + String(repeating: "x", count: 200) }.joined(separator: "\r\n"),
      (1...200).map { "X-\($0): 1" }.joined(separator: "\r\n"),
      "X:" + String(repeating: " ", count: 200_000) + "x",
    ])
  func headSize(field: String) async throws {
    try await ProxyWorld.run { world in
      let answer = try await world.call(request(fields: [field]))
      #expect(answer.status == 431)
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test func `a refused call leaves the connection to the next one, and its body behind`() async throws {
    try await ProxyWorld.run { world in
      let client = try await world.client()
      try await client.send(
        request("POST", key: "evk_unknown", body: "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") + request())
      #expect(try await client.answer().status == 401)
      #expect(try await client.answer().status == 200)
      #expect(world.upstream.seen.count == 1)
      client.close()
    }
  }

  @Test("K32: the leave to send a body comes from us, after the key was accepted")
  func expectContinue() async throws {
    try await ProxyWorld.run(reply: { .json(200, $0.body) }) { world in
      let head = request("PUT", fields: ["Expect: 100-continue", "Content-Length: 4"])
      let client = try await world.client()
      try await client.send(head)
      #expect(try await client.answer().status == 100)
      #expect(world.upstream.seen.isEmpty)
      try await client.send("body")
      #expect(try await client.answer().body == "body")
      #expect(world.upstream.seen.first?.field("expect") == nil)
      client.close()

      let stranger = try await world.client()
      try await stranger.send(head.replacing(ProxyWorld.key, with: "evk_unknown"))
      let refused = try await stranger.answer()
      #expect(refused.status == 401)
      #expect(refused.fields["connection"] == "close")
      stranger.close()
    }
  }

  @Test("a key that another process has made a moment ago is let in, and the body of its call with it")
  func newKey() async throws {
    var limits = ProxyLimits.patient
    limits.keyPatience = .seconds(3600)
    try await ProxyWorld.run(limits: limits) { world in
      let client = try await world.client(), body = String(repeating: "x", count: 100_000)
      try await client.send(request("POST", key: "evk_new", body: body))
      while world.gateway.state.withLock(\.strangers) == 0 { await Task.yield() }
      world.gateway.change { $0.keys["evk_new"] = $0.keys[ProxyWorld.key] }
      #expect(try await client.answer().status == 200)
      #expect(world.upstream.seen.first?.body.count == body.utf8.count)
      client.close()
    }
  }

  @Test("K22: a key that stays unknown is refused after a moment, and nothing of its call goes on")
  func unknownKey() async throws {
    var limits = ProxyLimits.patient
    limits.keyPatience = .milliseconds(1)
    try await ProxyWorld.run(limits: limits) { world in
      let answer = try await world.call(request("POST", key: "evk_new", body: "{}"))
      #expect(answer.status == 401 && answer.body.contains("key_unknown"))
      #expect(world.gateway.state.withLock(\.strangers) > 1)
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K32: jobs with keys go on, and new ones come in, while others hold open whatever they can")
  func keylessFlood() async throws {
    var limits = ProxyLimits.patient
    limits.connections = 12
    limits.keylessConnections = 4
    try await ProxyWorld.run(limits: limits) { world in
      func called(_ client: RawClient) async throws -> Int {
        try await client.send(request())
        return try await client.answer().status
      }
      var jobs: [RawClient] = [], strangers: [RawClient] = []
      for start in ["", "GET /via/shop/contacts HTTP/1.1\r\nX: ", request(key: "evk_unknown"), request()] {
        // The last of them is a job; all the others have shown nothing.
        let job = try await world.client()
        #expect(try await called(job) == 200)
        jobs.append(job)
        guard start != request() else { continue }
        for _ in 1...30 {
          let stranger = try await world.client()
          try? await stranger.send(start)
          strangers.append(stranger)
        }
        for job in jobs { #expect(try await called(job) == 200) }
      }
      for client in jobs + strangers { client.close() }
    }
  }

  @Test("K32: one key has so many connections, and others have theirs")
  func connectionsOfKey() async throws {
    var limits = ProxyLimits.patient
    limits.connectionsOfKey = 2
    try await ProxyWorld.run(limits: limits) { world in
      var clients: [RawClient] = []
      for (key, status) in [(ProxyWorld.key, 200), (ProxyWorld.key, 200), (ProxyWorld.key, 503), ("evk_second", 200)] {
        let client = try await world.client()
        try await client.send(request(key: key))
        let answer = try await client.answer()
        #expect(answer.status == status)
        clients.append(client)
      }
      #expect(world.upstream.seen.count == 3)
      for client in clients { client.close() }
    }
  }

  @Test func `with few descriptors there are places for as many as can be served, and most of them for jobs`() {
    let few = ProxyLimits().fitting(1024, loops: 2), many = ProxyLimits().fitting(1 << 20, loops: 2)
    // One each, one more to its upstream for each that has a key, and between the bridge and us two for each errand.
    let calls = few.connections - few.keylessConnections
    #expect(few.connections + calls + 2 * few.pooledConnections + 2 * few.errands <= 1024)
    #expect(few.keylessConnections * 2 < few.connections)
    #expect(few.connectionsOfKey < few.connections && few.errandsOfKey < few.errands)
    #expect(ProxyLimits().fitting(1, loops: 2).errandsOfKey == 1)
    #expect(many == ProxyLimits() && ProxyLimits().fitting(.max, loops: 2) == many)
  }

  @Test("K32: more connections than the limit are refused")
  func connectionLimit() async throws {
    var limits = ProxyLimits.patient
    limits.connections = 1
    try await ProxyWorld.run(limits: limits) { world in
      let first = try await world.client()
      try await first.send(request())
      #expect(try await first.answer().status == 200)
      let second = try await world.client()
      #expect(try await second.answer().status == 503)
      try await first.send(request())
      #expect(try await first.answer().status == 200)
      first.close()
      second.close()
    }
  }

  @Test(
    "K31: the data plane does not listen beyond loopback",
    arguments: [
      "0.0.0.0", "::", "192.0.2.1", "example.org", "", "::ffff:127.0.0.1", "128.0.0.1",
    ])
  func loopbackOnly(host: String) async throws {
    let server = ProxyServer(
      gateway: FakeGateway(origin: "http://127.0.0.1:1"), clock: VirtualTime().clock, host: host, port: 0,
      limits: ProxyLimits(), logger: .silent, threads: 1)
    await #expect(throws: ProxyStartFailure.notLoopback(host)) { try await server.bind() }
  }

  @Test(arguments: ["127.0.0.1", "127.8.8.8", "::1", "localhost"]) func `loopback is accepted in each of its forms`(
    host: String
  ) throws {
    _ = try DataPlaneAddress(host: host, port: 0)
  }

  @Test func `a taken port is told with what to do`() async throws {
    try await ProxyWorld.run { world in
      let server = ProxyServer(
        gateway: world.gateway, clock: VirtualTime().clock, host: "127.0.0.1", port: world.proxy.port,
        limits: ProxyLimits(), logger: .silent, threads: 1)
      await #expect(throws: ProxyStartFailure.portTaken(host: "127.0.0.1", port: world.proxy.port)) {
        try await server.bind()
      }
    }
  }
}
