import KeeperKit
import OAuth
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// K7 and K12: what each answer of a token endpoint means.
struct RefusalLawTests {
  static func keap() throws -> Provider {
    guard let keap = try ProviderCatalogue.builtIn().entries["keap"] else { throw KeeperError.noSuchProvider("keap") }
    return keap
  }

  @Test("K7: Keap's two ways of refusing a refresh token are refusals, whatever the error code")
  func keapRefusals() throws {
    let now = Timestamp(seconds: 0)
    for body in [
      #"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#,
      #"{"error":"invalid_request","error_description":"Invalid Refresh Token"}"#,
    ] {
      guard case .refused(_, ambiguous: true) = try Self.keap().judge(.body(400, body), at: now) else {
        Issue.record("not read as a refusal: \(body)")
        continue
      }
    }
  }

  @Test(
    "K7: nothing but an explicit refusal of this token asks for a person",
    arguments: [
      TokenEndpointAnswer.body(
        400, #"{"error":"invalid_request","error_description":"response_type or grant_type is required"}"#),
      .body(400, #"{"error":"invalid_request","error_description":"Invalid redirect_uri"}"#),
      .body(400, #"{"error":"invalid_grant"}"#), .body(401, "{}"), .body(403, "<html>"), .body(404, ""),
      .body(500, "refresh token"),
      .body(400, "Invalid refresh token"),
    ])
  func notRefusals(_ answer: TokenEndpointAnswer) throws {
    if case .refused = try Self.keap().judge(answer, at: Timestamp(seconds: 0)) {
      Issue.record("read as a refusal: \(answer)")
    }
  }

  @Test("K7: a final refusal of the stored token moves the connection to needs approval, once, and by compare-and-set")
  func refusalMoves() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let late = try #require(try await world.claim("slow"))
    try await world.connect(token: "anew")
    guard case .superseded = try await world.store("slow").refuse(late, words: "400", ambiguous: false) else {
      throw KeeperError.refused("a refusal of an old approval was believed")
    }
    #expect(try await world.row().state == .active)

    world.provider.next(.refusal)
    guard case .failure(.needsApproval(let words)) = await world.refresher().refresh("shop", .due(2)) else {
      throw KeeperError.refused("not refused")
    }
    #expect(words.contains("evergrant reconnect shop"))
    #expect(try await world.row().state == .needsApproval)
    _ = await world.refresher().refresh("shop", .due(2))
    #expect(world.provider.requests.count == 1, "a dead grant is not presented again")
  }

  @Test("K7: an ambiguous refusal after the client's credentials changed blames the client")
  func changedSecret() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    world.time.advance(by: .hours(1))
    try await world.keeper().desk.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("wrong"),
      redirectURI: nil, replacing: true)
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await world.row().state == .active)
    #expect(try await world.keeper().desk.client("app").stopped != nil)
  }

  @Test("K7: the third connection refused with no success between blames the client, and gives back the first two")
  func threeRefusals() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    for name in ["one", "two", "three"] { try await world.connect(name, token: name) }
    for name in ["one", "two", "three"] {
      world.time.advance(by: .seconds(1))
      world.provider.next(.refusal)
      _ = await world.refresher().refresh(name, .due())
      if name == "two" { #expect(try await world.row("two").state == .needsApproval) }
    }
    for name in ["one", "two", "three"] { #expect(try await world.row(name).state == .active) }
    #expect(try await world.keeper().desk.client("app").stopped != nil)
  }

  private func refused(_ name: String, _ seen: Int64 = 1, in world: KeeperWorld) async throws -> Connection {
    world.provider.next(.refusal)
    _ = await world.refresher().refresh(name, .due(seen))
    return try await world.row(name)
  }

  private func setSecret(_ secret: String, id: String = "id", in world: KeeperWorld) async throws {
    try await world.keeper().desk.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: id, secret: Secret(secret),
      redirectURI: nil,
      replacing: true)
  }

  @Test("K7: what came first is counted: a clock set back after a success hides no change of the secret")
  func clockSetBack() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    world.time.stepWall(by: .hours(-1))
    try await setSecret("wrong", in: world)
    #expect(try await refused("shop", in: world).state == .active)
    #expect(try await world.keeper().desk.client("app").stopped != nil)
  }

  @Test("K7: what came first is counted: a client stored while the clock was ahead is not blamed after a success")
  func clockSetRight() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    world.time.stepWall(by: .hours(1))
    try await world.connect()
    world.time.stepWall(by: .hours(-1))
    try await world.connect()
    #expect(try await refused("shop", 2, in: world).state == .needsApproval)
    #expect(try await world.keeper().desk.client("app").stopped == nil)
  }

  @Test("K7: what came first is counted: refusals while the clock was ahead are not of after the next success")
  func refusalsAhead() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    for name in ["one", "two", "three", "four"] { try await world.connect(name, token: name) }
    world.time.stepWall(by: .hours(1))
    for name in ["one", "two"] { #expect(try await refused(name, in: world).state == .needsApproval) }
    world.time.stepWall(by: .hours(-1))
    _ = await world.refresher().refresh("three", .due())
    #expect(try await refused("four", in: world).state == .needsApproval)
    #expect(try await world.row("one").state == .needsApproval)
    #expect(try await world.keeper().desk.client("app").stopped == nil)
  }

  @Test(
    "K7: after another app was set, a plain refusal of the grants of before counts against the client, until a success")
  func anotherApp() async throws {
    let world = try await KeeperWorld()
    for name in ["one", "two"] { try await world.connect(name, token: name) }
    try await setSecret("s", id: "another", in: world)
    #expect(try await refused("one", in: world).state == .active)
    let client = try await world.keeper().desk.client("app")
    #expect(client.stopped?.words.contains("another app") == true)
    _ = await world.refresher().refresh("two", .due())
    #expect(world.provider.requests.count == 1, "nothing more is sent with that app")
    // A person approves with the new app: it works, and what it does not take is gone.
    try await world.connect("one", token: "anew")
    #expect(try await world.keeper().desk.client("app").stopped == nil)
    #expect(try await refused("two", in: world).state == .needsApproval)
  }

  @Test("K7: another secret of the same app takes nothing from the word of a provider that tells the two apart")
  func anotherSecret() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await setSecret("anew", in: world)
    #expect(try await refused("shop", in: world).state == .needsApproval)
  }

  @Test(
    "K7: what the provider has switched off for now ends no grant: it is told in words, alerted, and asked again before long"
  )
  func suspended() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.body(400, #"{"error":"access_denied"}"#))
    #expect(await world.refresher().refresh("shop", .due()).text == "a1", "the live token serves on")
    let row = try await world.row()
    #expect(row.state == .active && row.intent == nil && row.lease == nil && row.suspendedAt != nil)
    #expect(row.retryAt.map { $0 <= world.time.now + .minutes(5) } == true)
    let status = try await world.keeper().desk.status("shop")
    #expect(status.state == .trouble && !status.mustAct && !status.isServed)
    #expect(
      status.trouble?.contains("the approval stands") == true && status.nextStep?.contains("switches it on") == true)
    try await world.keeper().desk.alerts().look()
    let alerts = try await world.keeper().desk.consoleView().alerts
    #expect(alerts.contains { $0.title.contains("shop") && $0.nextStep?.contains("nobody has to approve") == true })
    for _ in 0..<20 {
      world.provider.next(.body(400, #"{"error":"access_denied"}"#))
      world.time.advance(by: .minutes(5))
      _ = await world.refresher().refresh("shop", .due())
    }
    #expect(world.provider.requests.count == 21, "never later than five minutes after the last time")
    world.time.advance(by: .minutes(5))
    #expect(await world.refresher().refresh("shop", .due()).text == "a23")
    let healed = try await world.row()
    #expect(healed.suspendedAt == nil && healed.trouble == nil)
  }

  @Test("K12: not sent is retried freely, while after the first byte everything unreadable is unknown")
  func outcomes() throws {
    let now = Timestamp(seconds: 0)
    let keap = try Self.keap()
    guard case .notSent = keap.judge(.notSent("x"), at: now) else { throw KeeperError.refused("not sent") }
    for answer: TokenEndpointAnswer in [
      .noAnswer("late"), .body(500, "{}"), .body(502, "<html>"), .body(503, ""), .body(504, ""), .body(200, "{"),
      .body(200, ""),
    ] {
      guard case .unknown = keap.judge(answer, at: now) else {
        Issue.record("not unknown: \(answer)")
        continue
      }
    }
    guard case .throttled(after: .seconds(7)) = keap.judge(.body(429, "", retryAfter: "7"), at: now) else {
      throw KeeperError.refused("not throttled")
    }
    guard
      case .throttled(after: .seconds(60)) = keap.judge(
        .body(429, "", retryAfter: "Thu, 01 Jan 1970 00:01:00 GMT"), at: now)
    else { throw KeeperError.refused("an HTTP date was not read") }
    guard case .clientRefused = keap.judge(.body(401, #"{"error":"invalid_client"}"#), at: now) else {
      throw KeeperError.refused("client not refused")
    }
  }

  @Test("K12: a refused client is stopped, and no grant ends")
  func clientRefused() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.body(401, #"{"error":"invalid_client"}"#))
    #expect(await world.refresher().refresh("shop", .due()).text == "a1", "the live token serves on")
    #expect(try await world.row().state == .active)
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.requests.count == 1, "nothing more is sent with that client")
    try await world.keeper().desk.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("right"),
      redirectURI: nil, replacing: true)
    #expect(await world.refresher().refresh("shop", .due()).text == "a3")
  }

  @Test("K12: an unknown answer is not presented again before its lease has ended, a not-sent one is")
  func unknownWaits() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .seconds(60))
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.requests.count == 1)
    world.time.advance(by: .seconds(121))
    #expect(await world.refresher().refresh("shop", .due()).text == "a3")
    #expect(world.provider.presented == ["r1", "r1"])
  }

  @Test(
    "K9: a machine that sleeps between claim and send sends nothing with a lease that is nearly over; the row is put back"
  )
  func sleptBeforeSending() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next { [time = world.time] request in
      time.advance(by: .seconds(61))
      return request.lateness(at: time.clock.uptime()).map { .notSent($0) } ?? .tokens(access: "a2", refresh: "r2")
    }
    _ = await world.refresher().refresh("shop", .due())
    let row = try await world.row()
    #expect(row.generation == 1 && row.lease == nil && row.intent == nil)
    #expect(row.trouble?.words("").contains("asleep") == true)
  }

  @Test("K12: where a second presentation may kill the grant, the live access token is used up first")
  func strictProviderWaits() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .hours(20))
    #expect(await world.refresher().refresh("shop", .due()).text == "a1")
    #expect(world.provider.requests.count == 1)
    world.time.advance(by: .hours(5))
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.requests.count == 2)
  }
}
