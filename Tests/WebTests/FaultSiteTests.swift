import Foundation
import NetworkKit
import OAuth
import Synchronization
import TestKit
import Testing
import Wire

@testable import Issuer
@testable import Outbound
@testable import Web

@Suite("What goes wrong at the issuer on purpose") struct FaultSiteTests {
  private typealias Client = (id: String, secret: Secret)

  private func refresh(
    _ world: IssuerSiteWorld, _ token: Secret?, _ client: Client, fault: String
  ) async throws -> OutboundResponse {
    try await world.tokenRequest(
      [
        ("grant_type", "refresh_token"), ("refresh_token", token?.exposed ?? ""), ("client_id", client.id),
        ("client_secret", client.secret.exposed),
      ], headers: [("X-Evergrant-Fault", fault)])
  }

  private func read(_ answer: OutboundResponse) throws -> TokenResponse {
    try JSONDecoder().decode(TokenResponse.self, from: Data(answer.body))
  }

  /// How often the tokens of the shop have rotated.
  private func rotations(_ world: IssuerSiteWorld) async throws -> Int64 {
    try await world.issuer.rotations(ofClient: world.shop.clientID)
  }

  @Test("P27: a request chooses no fault where the operator did not allow it")
  func notAllowed() async throws {
    try await IssuerSiteWorld.serving { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      #expect(try await refresh(world, tokens.refreshToken, world.shopClient, fault: "503").status == 200)
      let api = try await world.client.send(
        "GET", world.base + "/crm/rest/v1/contacts", headers: [("X-Evergrant-Fault", "503")])
      #expect(api.status == 401)
    }
    let schedule = try FaultSchedule("api 500")
    try await IssuerSiteWorld.serving(faults: { _ in FaultPlan(schedule: schedule) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      #expect(try await refresh(world, tokens.refreshToken, world.shopClient, fault: "503").status == 200)
    }
  }

  @Test(
    "P27: an answer that is dropped or cut was given: the token is spent, and by Keap's rules nothing brings it back")
  func lostAnswer() async throws {
    for fault in ["drop", "cut"] {
      try await IssuerSiteWorld.serving(
        adjust: { $0.dialect = .keap }, faults: { _ in FaultPlan(obeysRequests: true) }
      ) { world in
        let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
        await #expect(throws: (any Error).self) {
          try await refresh(world, tokens.refreshToken, world.shopClient, fault: fault)
        }
        #expect(try await rotations(world) == 1)
        #expect(try await world.refresh(tokens.refreshToken, world.shopClient).status == 400)
      }
    }
  }

  @Test("P27: an empty 200 has none of the tokens that were given, and the one before is spent")
  func empty() async throws {
    try await IssuerSiteWorld.serving(
      adjust: { $0.dialect = .keap }, faults: { _ in FaultPlan(obeysRequests: true) }
    ) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let answer = try await refresh(world, tokens.refreshToken, world.shopClient, fault: "empty")
      #expect(answer.status == 200 && answer.body.isEmpty && answer[header: "Content-Type"] == nil)
      #expect(answer[header: "X-Content-Type-Options"] == "nosniff")
      #expect(try await rotations(world) == 1)
      #expect(try await world.refresh(tokens.refreshToken, world.shopClient).status == 400)
    }
  }

  @Test("P27: by this server's own rules a dropped answer is given again")
  func givenAgain() async throws {
    try await IssuerSiteWorld.serving(faults: { _ in FaultPlan(obeysRequests: true) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      await #expect(throws: (any Error).self) {
        try await refresh(world, tokens.refreshToken, world.shopClient, fault: "drop")
      }
      #expect(try await world.refresh(tokens.refreshToken, world.shopClient).status == 200)
      #expect(try await rotations(world) == 1)
    }
  }

  @Test("P27: what is refused on purpose has no effect, and says what Keap's gateway would")
  func refused() async throws {
    try await IssuerSiteWorld.serving(faults: { _ in FaultPlan(obeysRequests: true) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let client = world.shopClient
      let failed = try await refresh(world, tokens.refreshToken, client, fault: "503")
      #expect(failed.status == 503)
      let page = try await refresh(world, tokens.refreshToken, client, fault: "html")
      #expect(page.status == 502 && page[header: "Content-Type"] == "text/html")
      let throttled = try await refresh(world, tokens.refreshToken, client, fault: "429=30s")
      #expect(throttled.status == 429 && throttled[header: "Retry-After"] == "30")
      #expect(throttled.text.contains(#""message":"Quota Exceeded""#))
      let unknown = try await refresh(world, tokens.refreshToken, client, fault: "lose")
      #expect(unknown.status == 400 && unknown.text.contains("slow=12s"))
      #expect(try await rotations(world) == 0)
      #expect(try await world.refresh(tokens.refreshToken, client).status == 200)
    }
  }

  @Test("P27: a slow answer comes late, and a skewed one tells a longer life than the token has")
  func worsened() async throws {
    let slept = Mutex<[Duration]>([])
    var clock = VirtualTime().clock
    clock.sleep = { span in slept.withLock { $0.append(span) } }
    let waiting = clock
    try await IssuerSiteWorld.serving(faults: { _ in FaultPlan(obeysRequests: true, clock: waiting) }) { world in
      let first = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let slow = try await refresh(world, first.refreshToken, world.shopClient, fault: "slow=12s")
      #expect(slow.status == 200 && slept.withLock { $0 } == [.seconds(12)])
      let next = try read(slow)
      let skewed = try await refresh(world, next.refreshToken, world.shopClient, fault: "skew=10m")
      #expect(try read(skewed).expiresIn == 86_400 + 600)
      // What is no token answer stays as it is.
      let list = try await world.client.send(
        "GET", world.base + "/crm/rest/v1/contacts",
        headers: [
          ("Authorization", "Bearer \(try read(skewed).accessToken.exposed)"),
          ("X-Evergrant-Fault", "skew=10m"),
        ])
      #expect(list.status == 200 && list.text.contains("contacts"))
    }
  }

  @Test("P27: no request holds its place for longer than a minute by a fault")
  func longest() async throws {
    let slept = Mutex<[Duration]>([])
    var clock = VirtualTime().clock
    clock.sleep = { span in slept.withLock { $0.append(span) } }
    let waiting = clock
    try await IssuerSiteWorld.serving(faults: { _ in FaultPlan(obeysRequests: true, clock: waiting) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      for fault in ["slow=61s", "slow=24h"] {
        let refused = try await refresh(world, tokens.refreshToken, world.shopClient, fault: fault)
        #expect(refused.status == 400 && refused.text.contains("slow=12s (60 s at most)"), "\(fault): \(refused.text)")
      }
      #expect(try await rotations(world) == 0 && slept.withLock { $0.isEmpty })
      #expect(try await refresh(world, tokens.refreshToken, world.shopClient, fault: "slow=1m").status == 200)
      #expect(slept.withLock { $0 } == [.seconds(60)])
    }
    #expect(throws: FaultSchedule.Unreadable.self) { try FaultSchedule("api slow=2m") }
  }

  @Test("P27: what is answered on purpose has the fields of every other answer, for a page of another origin too")
  func fields() async throws {
    let origin = "https://shop.example"
    try await IssuerSiteWorld.serving(origins: [origin], faults: { _ in FaultPlan(obeysRequests: true) }) { world in
      func call(_ method: String, _ fault: String) async throws -> RawAnswer {
        try await HTTP.send(
          method, world.base + "/crm/rest/v2/contacts", headers: [("Origin", origin), ("X-Evergrant-Fault", fault)])
      }
      let usual = try await call("GET", "skew=1s")
      #expect(usual.status == 401)
      for fault in ["503", "html", "429=30s", "lose"] {
        let answer = try await call("GET", fault)
        for name in [
          "X-Content-Type-Options", "Referrer-Policy", "Cache-Control", "Access-Control-Allow-Origin",
          "Access-Control-Expose-Headers",
        ] {
          #expect(usual[header: name] != nil && answer[header: name] == usual[header: name], "\(fault): \(name)")
        }
        #expect(answer[header: "X-Request-ID"] != nil && answer[header: "Vary"]?.contains("Origin") == true)
      }
      #expect(try await call("HEAD", "html").body.isEmpty)
      let asked = try await HTTP.send(
        "OPTIONS", world.base + "/crm/rest/v2/contacts",
        headers: [("Origin", origin), ("Access-Control-Request-Method", "GET")])
      let taken = try #require(asked[header: "Access-Control-Allow-Headers"]).lowercased()
      #expect(taken.contains("authorization, ") && taken.hasSuffix(", x-evergrant-fault"))
    }
  }

  @Test("P27: a browser that asks before it calls is answered, and does not count as a call")
  func preflight() async throws {
    let schedule = try FaultSchedule("api 500 every 2")
    let origin = "https://shop.example"
    try await IssuerSiteWorld.serving(origins: [origin], faults: { _ in FaultPlan(schedule: schedule) }) { world in
      for status in [401, 500, 401, 500] {
        let asked = try await world.client.send(
          "OPTIONS", world.base + "/crm/rest/v2/contacts",
          headers: [("Origin", origin), ("Access-Control-Request-Method", "GET")])
        #expect(asked.status == 204)
        let called = try await world.client.send("GET", world.base + "/crm/rest/v2/contacts")
        #expect(called.status == status)
      }
    }
  }

  @Test("P27: a schedule acts at its place alone, and never on a page")
  func scheduled() async throws {
    let schedule = try FaultSchedule("api 500, token 500 every 2")
    try await IssuerSiteWorld.serving(faults: { _ in FaultPlan(schedule: schedule) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      #expect(try await world.refresh(tokens.refreshToken, world.shopClient).status == 500)
      for path in [
        "/crm/rest/v1/contacts", "/crm/rest/v2/contacts", "/crm/xmlrpc/v1", "/api/xmlrpc", "/v1/contacts:batch",
      ] {
        #expect(try await world.api("POST", path, tokens.accessToken, "{}").status == 500, "\(path)")
      }
      #expect(try await world.client.send("GET", world.base + "/livez").status == 204)
      #expect(try await world.client.send("GET", world.base + "/signin").status == 200)
    }
  }

  @Test("P27: a rehearsal sees each request, what it brought and what came of it")
  func rehearsal() async throws {
    let seen = Mutex<Rehearsal?>(nil)
    try await IssuerSiteWorld.serving(
      adjust: { $0.dialect = .keap },
      faults: { issuer in
        let rehearsal = Rehearsal(issuer)
        seen.withLock { $0 = rehearsal }
        return FaultPlan(rehearsal: rehearsal)
      }
    ) { world in
      let rehearsal = try #require(seen.withLock { $0 })
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      rehearsal.begin(.dropped, for: .hours(1))
      await #expect(throws: (any Error).self) { try await world.refresh(tokens.refreshToken, world.shopClient) }
      #expect(try await world.refresh(tokens.refreshToken, world.shopClient).status == 400)
      #expect(try await world.refresh(nil, world.shopClient).status == 400)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken).status == 401)
      let report = try #require(rehearsal.end())
      #expect(report.verdict == .held && report.asked == 3 && report.refreshed == 0 && report.spent == 1)
      #expect(report.calls == 1)
      #expect(rehearsal.end() == nil)
    }
  }
}
