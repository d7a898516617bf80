import HostileProvider
import Keeper
import KeeperKit
import NetworkKit
import OAuth
import Synchronization
import TestKit
import Testing
import Wire

@testable import Outbound
@testable import Web

extension FakeGateway {
  /// Answers at once whoever waits for a token.
  convenience init(
    keys: [String: APIKey] = [:], fresh: AccessToken? = nil,
    waited: Result<AccessToken, TokenUnavailable> = .failure(.noSuchConnection)
  ) {
    self.init(origin: "https://api.example.com", keys: keys, fresh: fresh, token: waited)
  }
}

@Suite("The keeper's control plane")
struct KeeperSiteTests {
  private struct Line: Encodable { var name: String }

  private let time = VirtualTime()
  private var token: AccessToken {
    AccessToken(secret: Secret("eva_live"), generation: 4, epoch: 1, from: time.now, until: time.now + .seconds(90))
  }

  private func key(_ connection: String = "shop", handsOut: Bool = true) -> APIKey {
    APIKey(
      name: "nightly", connection: connection, rules: [], handsOutTokens: handsOut, endsAt: time.now + .days(1),
      createdAt: time.now)
  }

  private func serving(_ gateway: FakeGateway, _ act: (Int, OutboundClient) async throws -> Void) async throws {
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let site = try KeeperSite(
      gateway: gateway, status: { Line(name: $0.connection) }, isReady: { gateway.state.withLock { $0.fresh != nil } },
      address: ListenAddress(port: 0),
      names: ["keeper.internal:8440"],
      clock: time.clock, logger: .silent, onRunning: { running.yield($0) })
    try await Serving.run(site) {
      guard let port = await ports.first(where: { _ in true }) else { return }
      let client = OutboundClient()
      try await act(port, client)
      await client.close()
    }
  }

  @Test("K22 a token is handed out only to a key that says so, for its own connection")
  func handOut() async throws {
    let gateway = FakeGateway(
      keys: ["evk_yes": key(), "evk_no": key(handsOut: false), "evk_other": key("other"), "evk_gone": key("gone")],
      fresh: token)
    try await serving(gateway) { port, client in
      func get(_ connection: String, _ headers: [(name: String, value: String)]) async throws -> OutboundResponse {
        try await client.send("GET", "http://127.0.0.1:\(port)/v1/token/\(connection)", headers: headers)
      }
      let given = try await get("shop", [("X-API-Key", "evk_yes")])
      #expect(given.status == 200)
      #expect(given[header: "Cache-Control"] == "no-store")
      #expect(
        try JSON.parse(given.body) == [
          "access_token": "eva_live", "token_type": "bearer", "expires_in": 90, "expires_at": "2026-11-23T16:01:30Z",
          "generation": 4,
        ])
      #expect(try await get("shop", [("Authorization", "Bearer evk_yes")]).status == 200)

      let refusals: [(String, [(name: String, value: String)], Int, String)] = [
        ("shop", [], 401, "unauthorized"), ("shop", [("X-API-Key", "evk_unknown")], 401, "unauthorized"),
        ("shop", [("X-API-Key", "evk_yes"), ("Authorization", "Bearer evk_yes")], 401, "unauthorized"),
        ("shop", [("X-API-Key", "evk_yes"), ("Authorization", "Basic ZXZrX3llcw==")], 401, "unauthorized"),
        ("shop", [("Authorization", "Bearer evk_yes evk_yes")], 401, "unauthorized"),
        ("shop", [("X-API-Key", "evk_no")], 403, "no_token_for_this_key"),
        ("shop", [("X-API-Key", "evk_other")], 403, "not_your_connection"),
        ("nowhere", [("X-API-Key", "evk_yes")], 403, "not_your_connection"),
        ("gone", [("X-API-Key", "evk_gone")], 403, "not_your_connection"),
      ]
      for (connection, headers, status, code) in refusals {
        let answer = try await get(connection, headers)
        #expect(answer.status == status, "\(headers)")
        #expect(try JSON.parse(answer.body)["error"]?["code"]?.string == code)
        #expect(!answer.text.contains("eva_live"))
      }
    }
  }

  @Test("a token that cannot be had is 503 with what happened and when to try again")
  func unavailable() async throws {
    let held = FakeGateway(
      keys: ["evk": key()], waited: .failure(.temporarily("The provider is down.", retryAfter: 30)))
    try await serving(held) { port, client in
      let answer = try await client.send(
        "GET", "http://127.0.0.1:\(port)/v1/token/shop", headers: [("X-API-Key", "evk")])
      #expect(answer.status == 503)
      #expect(answer[header: "Retry-After"] == "30")
      #expect(answer.text == "{\"error\":{\"code\":\"unavailable\",\"message\":\"The provider is down.\"}}")
    }
    let broken = FakeGateway(keys: ["evk": key()], waited: .failure(.needsApproval("Run evergrant reconnect shop.")))
    try await serving(broken) { port, client in
      let answer = try await client.send(
        "GET", "http://127.0.0.1:\(port)/v1/token/shop", headers: [("X-API-Key", "evk")])
      #expect(answer.status == 503)
      #expect(try JSON.parse(answer.body)["error"]?["code"] == "needs_approval")
    }
  }

  @Test("K22 a token that comes after the connection was approved anew is not handed to who waited for the one before")
  func approvedMeanwhile() async throws {
    let token = AccessToken(
      secret: Secret("eva_b"), generation: 1, epoch: 2, from: time.now, until: time.now + .seconds(90))
    try await serving(FakeGateway(keys: ["evk": key()], waited: .success(token))) { port, client in
      let answer = try await client.send(
        "GET", "http://127.0.0.1:\(port)/v1/token/shop", headers: [("X-API-Key", "evk")])
      #expect(answer.status == 503 && answer.text.contains("connection_changed") && !answer.text.contains("eva_b"))
    }
  }

  @Test("a key sees the state of its own connection")
  func ownConnection() async throws {
    try await serving(FakeGateway(keys: ["evk": key(handsOut: false)])) { port, client in
      let url = "http://127.0.0.1:\(port)/v1/connections"
      #expect(try await client.send("GET", url).status == 401)
      let answer = try await client.send("GET", url, headers: [("X-API-Key", "evk")])
      #expect(answer.text == "{\"connections\":[{\"name\":\"shop\"}]}")
    }
  }

  @Test("K31 the control plane listens on loopback alone, in each form that the data plane takes")
  func loopback() throws {
    func site(on host: String) throws -> KeeperSite {
      try KeeperSite(
        gateway: FakeGateway(), status: { Line(name: $0.connection) }, isReady: { true },
        address: ListenAddress(host: host, port: 0), logger: .silent)
    }
    for host in ["0.0.0.0", "::", "192.168.1.2", "example.com", "::ffff:127.0.0.1", "128.0.0.1"] {
      #expect(throws: ListenRefusal.self) { try site(on: host) }
    }
    for host in ["127.0.0.1", "127.8.8.8", "::1", "localhost"] { _ = try site(on: host) }
  }

  @Test("K31 a Host that is not ours is 421, whatever the key")
  func rebinding() async throws {
    try await serving(FakeGateway(keys: ["evk": key()], fresh: token)) { port, _ in
      func get(_ host: String) async throws -> Int {
        try await RawClient.call(
          "GET /v1/token/shop HTTP/1.1\r\nHost: \(host)\r\nX-API-Key: evk\r\n\r\n", port: port
        ).status
      }
      for host in [
        "evil.example", "evil.example:\(port)", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:\(port)",
      ] {
        let status = try await get(host)
        #expect(status == 421, "\(host)")
      }
      for host in [
        "127.0.0.1:\(port)", "localhost:\(port)", "LocalHost:\(port)", "[::1]:\(port)", "keeper.internal:8440",
      ] {
        let status = try await get(host)
        #expect(status == 200, "\(host)")
      }
    }
  }

  @Test("health, an unknown address and an unknown method answer without a key")
  func health() async throws {
    try await serving(FakeGateway(fresh: token)) { port, client in
      for path in ["/livez", "/readyz"] {
        #expect(try await client.send("GET", "http://127.0.0.1:\(port)\(path)").status == 204)
      }
      let missing = try await client.send("GET", "http://127.0.0.1:\(port)/nothing")
      #expect(missing.status == 404)
      #expect(missing.text == "{\"error\":{\"code\":\"not_found\",\"message\":\"There is nothing at this address.\"}}")
    }
    try await serving(FakeGateway()) { port, _ in
      for request in ["CONNECT shop.example:443", "PURGE /livez", "PROPFIND /nothing"] {
        let host = request.hasPrefix("CONNECT") ? "shop.example:443" : "127.0.0.1:\(port)"
        let refused = try await RawClient.call("\(request) HTTP/1.1\r\nHost: \(host)\r\n\r\n", port: port)
        #expect(refused.status == 501 && refused.body.contains("\"code\":\"not_implemented\""), "\(request)")
      }
    }
    try await serving(FakeGateway()) { port, client in
      let ready = try await client.send("GET", "http://127.0.0.1:\(port)/readyz")
      #expect(ready.status == 503)
      let live = try await client.send("GET", "http://127.0.0.1:\(port)/livez")
      #expect(live.status == 204)
    }
  }
}
