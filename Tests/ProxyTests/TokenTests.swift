import Keeper
import KeeperKit
import NetworkKit
import OAuth
import TestKit
import Testing
import Wire

/// Keys, tokens, and what a 401 leads to.
@Suite(.timeLimit(.minutes(10))) struct TokenTests {
  private static func code(_ answer: RawAnswer) -> String {
    String(answer.body.firstMatch(of: /"code":"([a-z_]+)"/)?.1 ?? "")
  }

  @Test("K21: who has no valid key for this connection, method and path gets no further")
  func policy() async throws {
    try await ProxyWorld.run { world in
      let cases: [(String, Int, String)] = [
        (request(key: nil), 401, "key_missing"),
        (request(key: nil, fields: ["Authorization: Basic eDp5"]), 401, "key_missing"),
        (request(key: "evk_unknown"), 401, "key_unknown"),
        (request(key: "evk_other"), 403, "connection_denied"),
        (request("GET", "/via/nowhere/contacts"), 403, "connection_denied"),
        (request("GET", "/via/elsewhere/contacts", key: "evk_other"), 403, "connection_denied"),
        (request("POST", key: "evk_narrow", body: "{}"), 403, "not_allowed"),
        (request("PUT", "/via/shop/contacts/1", key: "evk_narrow", body: "{}"), 403, "not_allowed"),
      ]
      for (text, status, expected) in cases {
        let answer = try await world.call(text)
        #expect(answer.status == status)
        #expect(Self.code(answer) == expected)
      }
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K20: while the access token lives, a keeper that cannot get another one fails no call")
  func servesWhileValid() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.token = .failure(.temporarily("The token endpoint does not answer.", retryAfter: 7)) }
      for _ in 1...3 {
        let answer = try await world.call(request())
        #expect(answer.status == 200)
      }
      #expect(world.gateway.rejected.isEmpty)
    }
  }

  @Test("K20: without a live token the answer says what to do, and when to come again")
  func unavailable() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change {
        $0.fresh = nil
        $0.token = .failure(.temporarily("The token endpoint does not answer.", retryAfter: 7))
      }
      let later = try await world.call(request())
      #expect(later.status == 503)
      #expect(later.fields["retry-after"] == "7")
      world.gateway.change { $0.token = .failure(.needsApproval("The approval of \"shop\" was revoked: run connect.")) }
      let never = try await world.call(request())
      #expect(never.status == 403)
      #expect(
        never.body
          == #"{"error":{"code":"needs_approval","message":"The approval of \"shop\" was revoked: run connect."}}"#)
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test func `a call waits for a token that comes later, with its body`() async throws {
    try await ProxyWorld.run(reply: { .json(200, $0.body) }) { world in
      world.gateway.change { $0.fresh = nil }
      let client = try await world.client()
      try await client.send(request("PUT", body: "the body"))
      while world.gateway.rejected.isEmpty { await Task.yield() }
      for answer in world.gateway.state.withLock({ $0.open }) { answer(.success(FakeGateway.token(2))) }
      #expect(try await client.answer().body == "the body")
      #expect(world.upstream.seen.map { $0.field("authorization") } == ["Bearer eva_2"])
      client.close()
    }
  }

  @Test("K22: a call whose connection is led elsewhere or paused while it waits for a token goes nowhere")
  func changedMeanwhile() async throws {
    try await ProxyWorld.run { world in
      for change in Self.changes {
        let before = world.gateway.state.withLock { $0 }
        world.gateway.change { $0.fresh = nil }
        let client = try await world.client()
        try await client.send(request("POST", body: #"{"for":"A"}"#))
        while world.gateway.state.withLock({ $0.open.isEmpty }) { await Task.yield() }
        world.gateway.change(change.change)
        let epoch = world.gateway.state.withLock(\.epoch)
        world.gateway.answer(.success(FakeGateway.token(2, epoch: epoch)))
        let answer = try await client.answer()
        #expect(answer.status == change.status && Self.code(answer) == change.code)
        client.close()
        world.gateway.change { state in
          (state.keys, state.route, state.epoch) = (before.keys, before.route, before.epoch)
        }
      }
      #expect(world.upstream.seen.isEmpty)
    }
  }

  /// What may happen to a call's key, connection and tenant while it waits, and what the call is answered with then.
  private static let changes: [(status: Int, code: String, change: @Sendable (inout FakeGateway.State) -> Void)] = [
    (
      503, "connection_changed",
      {
        $0.route = Origin("https://other.example").map {
          Route(origin: $0, tokenFaults: [], unauthorizedPrecedesProcessing: true)
        }
      }
    ),
    (503, "connection_changed", { $0.route?.keyHeader = "X-Key" }),
    (503, "connection_changed", { $0.route?.tenantField = HeaderField("tenant-id", "b") }),
    (503, "connection_changed", { $0.epoch += 1 }),
    (403, "connection_denied", { $0.route = nil }),
    (401, "key_unknown", { $0.keys[ProxyWorld.key] = nil }),
    (403, "not_allowed", { $0.keys[ProxyWorld.key]?.rules = [] }),
    (403, "connection_denied", { $0.keys[ProxyWorld.key]?.connection = "elsewhere" }),
  ]

  @Test(
    "K22: a call that waits for a token is ended when its key, connection or tenant is not what it was, and no token needs to come"
  )
  func endedWhileWaiting() async throws {
    try await ProxyWorld.run { world in
      for change in Self.changes {
        let before = world.gateway.state.withLock { $0 }
        world.gateway.change { $0.fresh = nil }
        let client = try await world.client()
        try await client.send(request("POST", body: "{}"))
        while world.gateway.state.withLock({ $0.open.isEmpty }) { await Task.yield() }
        world.gateway.change(change.change)
        let answer = try await client.answer()
        #expect(answer.status == change.status && Self.code(answer) == change.code)
        client.close()
        world.gateway.change { state in
          (state.keys, state.route, state.epoch, state.open) = (before.keys, before.route, before.epoch, [])
        }
      }
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K22: a token of a later approval goes out with no call that began under the one before")
  func tokenOfAnotherApproval() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change {
        $0.fresh = nil
        $0.token = .success(FakeGateway.token(2, epoch: 2))
      }
      let answer = try await world.call(request("POST", body: "{}"))
      #expect(answer.status == 503 && Self.code(answer) == "connection_changed")
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K22: a call whose key is revoked while it waits for a channel goes nowhere")
  func revokedWhileConnecting() async throws {
    try await ProxyWorld.run { world in
      let deaf = try DeafPort()
      world.gateway.change { state in
        state.route = Origin("http://127.0.0.1:\(deaf.port)").map {
          Route(origin: $0, tokenFaults: [], unauthorizedPrecedesProcessing: true)
        }
      }
      let client = try await world.client()
      try await client.send(request())
      await world.gateway.judges(1)
      world.gateway.change { $0.keys = [:] }
      #expect(try await client.answer().status == 401)
      client.close()
    }
  }

  @Test("K22: the rest of a body does not go on after its key was revoked")
  func revokedWhileSending() async throws {
    try await ProxyWorld.run { world in
      let client = try await world.client()
      try await client.send(request("POST", fields: ["Content-Length: 1000000"]) + "the first bytes")
      try await world.upstream.hears(1)
      world.gateway.change { $0.keys = [:] }
      let answer = try await client.answer()
      #expect(answer.status == 401 && answer.fields["connection"] == "close")
      try await world.upstream.loses(1)
      #expect(world.upstream.seen.isEmpty)
      client.close()
    }
  }

  @Test("K22: a call whose key is revoked when its answer has begun is cut, and told nothing in the midst of it")
  func revokedWhileAnswered() async throws {
    try await ProxyWorld.run { world in
      let client = try await world.client()
      try await client.send(request("POST", fields: ["Content-Length: 1000000"]) + "the first bytes")
      try await world.upstream.hears(1)
      try await world.upstream.push("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
      try await client.sees("half")
      world.gateway.change { $0.keys = [:] }
      #expect(try await client.rest().hasSuffix("\r\n\r\nhalf"))
      client.close()
    }
  }

  @Test(
    "K22: nothing is repeated with a token of another tenant, or for a key that was revoked; the first 401 is passed on",
    arguments: [0, 1])
  func changedBeforeRepeat(change: Int) async throws {
    try await ProxyWorld.run(reply: { _ in .tokenFault }) { world in
      let client = try await world.client()
      try await client.send(request("POST", body: "{}"))
      while world.gateway.state.withLock({ $0.open.isEmpty }) { await Task.yield() }
      world.gateway.change { state in if change == 0 { state.epoch = 2 } else { state.keys = [:] } }
      world.gateway.answer(.success(FakeGateway.token(2, epoch: change == 0 ? 2 : 1)))
      let answer = try await client.answer()
      #expect(answer.status == 401 && answer.body.contains("invalid_access_token"))
      #expect(world.upstream.seen.count == 1)
      client.close()
    }
  }

  @Test("K23: nothing is repeated on a connection that was paused meanwhile; the first 401 is passed on")
  func pausedMeanwhile() async throws {
    try await ProxyWorld.run(reply: { _ in .tokenFault }) { world in
      let client = try await world.client()
      try await client.send(request())
      while world.gateway.rejected.isEmpty { await Task.yield() }
      world.gateway.change { $0.route = nil }
      for answer in world.gateway.state.withLock({ $0.open }) { answer(.success(FakeGateway.token(2))) }
      #expect(try await client.answer().status == 401)
      #expect(world.upstream.seen.count == 1)
      client.close()
    }
  }

  @Test("a record tells what the API answered, whatever the job got of it")
  func whatTheAPIAnswered() async throws {
    let reply = TestUpstream.Reply.last("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
    try await ProxyWorld.run(reply: { $0.number == 1 ? reply : .end }) { world in
      for _ in 1...2 { _ = try? await world.call(request("POST", body: "{}")) }
      let records = world.gateway.records
      #expect(records.map(\.answer) == [200, nil])
      #expect(records.map(\.status) == [502, 502])
      #expect(records.map(\.token) == [FakeGateway.token(1).version, FakeGateway.token(1).version])
    }
  }

  @Test(
    "K23: a token fault is answered by one refresh that names the token used, and by the same request again",
    arguments: ["GET", "POST", "PATCH"])
  func tokenFault(method: String) async throws {
    let reply = { @Sendable (seen: Seen) in seen.number == 1 ? TestUpstream.Reply.tokenFault : .json(200, seen.body) }
    try await ProxyWorld.run(reply: reply) { world in
      world.gateway.change { $0.token = .success(FakeGateway.token(2)) }
      let body = method == "GET" ? nil : #"{"email":"ada@example.org"}"#
      let answer = try await world.call(request(method, body: body))
      #expect(answer.status == 200)
      #expect(answer.body == body ?? "")
      #expect(world.gateway.rejected == [FakeGateway.token(1)])
      #expect(world.upstream.seen.map { $0.field("authorization") } == ["Bearer eva_1", "Bearer eva_2"])
      #expect(world.upstream.seen.map(\.body) == [body ?? "", body ?? ""])
      #expect(world.gateway.records.map(\.status) == [200])
    }
  }

  @Test("K23: the second 401 is passed on as it is")
  func once() async throws {
    try await ProxyWorld.run(reply: { _ in .tokenFault }) { world in
      world.gateway.change { $0.token = .success(FakeGateway.token(2)) }
      let answer = try await world.call(request("PUT", body: "{}"))
      #expect(answer.status == 401)
      #expect(answer.body.contains("invalid_access_token"))
      #expect(world.gateway.rejected.count == 1)
      #expect(world.upstream.seen.count == 2)
    }
  }

  @Test("K23: a 401 that does not blame the token causes no refresh")
  func anotherFault() async throws {
    try await ProxyWorld.run(reply: { _ in .json(401, "no right to do this") }) { world in
      let answer = try await world.call(request())
      #expect(answer.status == 401)
      #expect(answer.body == "no right to do this")
      #expect(world.gateway.rejected.isEmpty)
      #expect(world.upstream.seen.count == 1)
    }
  }

  @Test(
    "K23: where a 401 may come after processing, a write is not repeated, and a safe call is",
    arguments: [("POST", 1), ("GET", 2)])
  func afterProcessing(method: String, sent: Int) async throws {
    try await ProxyWorld.run(reply: { $0.number == 1 ? .tokenFault : .ok }) { world in
      world.gateway.change {
        $0.token = .success(FakeGateway.token(2))
        $0.route?.unauthorizedPrecedesProcessing = false
      }
      let answer = try await world.call(request(method, body: method == "GET" ? nil : "{}"))
      #expect(answer.status == (sent == 1 ? 401 : 200))
      #expect(world.upstream.seen.count == sent)
      #expect(world.gateway.rejected.count == 1)
    }
  }

  @Test(
    "K23: a body over 64 KiB is not repeated, one of 64 KiB is", arguments: [(65_537, 1), (65_536, 2)],
    ["content-length", "chunked"])
  func bodyLimit(size: (Int, Int), framing: String) async throws {
    try await ProxyWorld.run(reply: { $0.number == 1 ? .tokenFault : .json(200, String($0.body.utf8.count)) }) {
      world in
      world.gateway.change { $0.token = .success(FakeGateway.token(2)) }
      let body = String(repeating: "x", count: size.0)
      let text =
        framing == "chunked"
        ? request("POST", fields: ["Transfer-Encoding: chunked"]) + String(size.0, radix: 16)
          + "\r\n\(body)\r\n0\r\n\r\n"
        : request("POST", body: body)
      let answer = try await world.call(text)
      #expect(answer.status == (size.1 == 1 ? 401 : 200))
      #expect(world.upstream.seen.count == size.1)
      #expect(world.gateway.rejected.count == 1)
    }
  }

  @Test(
    "K23: a token too young to be the trouble, or none to be had, passes the first 401 on",
    arguments: [
      TokenUnavailable.notStale, .needsApproval("Revoked."), .temporarily("Down.", retryAfter: 1),
    ])
  func notStale(reason: TokenUnavailable) async throws {
    try await ProxyWorld.run(reply: { _ in .tokenFault }) { world in
      world.gateway.change { $0.token = .failure(reason) }
      let answer = try await world.call(request())
      #expect(answer.status == 401)
      #expect(answer.body.contains("invalid_access_token"))
      #expect(world.upstream.seen.count == 1)
    }
  }

  @Test(arguments: ["eva_1\r\nX-Admin: 1", "eva_1 ", "eva_\u{1F}1", "eva_1\u{7F}", "eva_\u{E9}1"])
  func `a token with anything in it but visible ASCII reaches no upstream`(token: String) async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.fresh?.secret = Secret(token) }
      let answer = try await world.call(request())
      #expect(answer.status == 502 && Self.code(answer) == "token_unusable")
      #expect(world.upstream.connections == 0)
    }
  }

  @Test func `a token of any visible ASCII goes to the upstream as it is`() async throws {
    try await ProxyWorld.run { world in
      let token = String(decoding: Array(UInt8(0x21)...0x7E), as: UTF8.self)
      world.gateway.change { $0.fresh?.secret = Secret(token) }
      let answer = try await world.call(request())
      #expect(answer.status == 200)
      #expect(world.upstream.seen.first?.field("authorization") == "Bearer \(token)")
    }
  }
}
