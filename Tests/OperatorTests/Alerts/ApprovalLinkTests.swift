import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// K33 by a link: what an alert that needs a person carries.
struct ApprovalLinkTests {
  private func linkToken(_ notice: AlertNotice) throws -> Secret {
    let link = try #require(notice.link?.exposed)
    #expect(link.hasPrefix("http://127.0.0.1:8082/approve/"))
    return Secret(String(try #require(link.split(separator: "/").last)))
  }

  private struct Person: Upstream {
    var email = "ann@example.org"
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      UpstreamResponse(status: 200, body: Array(#"{"email":"\#(email)"}"#.utf8))
    }
  }

  private let address = PublicAddress("http://127.0.0.1:8082")

  /// Follows a link to the provider.
  ///
  /// - Returns: the state that the provider is to send back.
  private func begin(_ token: Secret, _ keeper: Keeper) async throws -> String? {
    let there = try await keeper.desk.beginApproval(token, at: try #require(address))
    guard let there else { return nil }
    let asked = try #require(FormFields(parsing: there.split(separator: "?")[1]))
    #expect(asked["redirect_uri"] == "http://127.0.0.1:8082/callback")
    return asked["state"]
  }

  /// Follows a link to the provider and back.
  private func approve(_ token: Secret, at world: KeeperWorld, as person: Person = Person()) async throws
    -> LinkedApproval?
  {
    let keeper = world.keeper(upstream: person)
    let state = try #require(try await begin(token, keeper))
    world.provider.next(
      .body(200, #"{"access_token":"a7","refresh_token":"r7","expires_in":86400,"scope":"full|acme.example"}"#))
    return try await keeper.desk.finishApproval(
      FormFields([("code", "c"), ("state", state), ("iss", "http://127.0.0.1:9")]))
  }

  @Test("K33: a link leads to one approval of its connection, and counts no more after it")
  func link() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    for _ in 0..<3 { await desk.look() }
    #expect(desk.ears.heard().count == 1, "whoever has a link gets no second one")
    let token = try linkToken(try #require(desk.ears.heard().first))
    let stored = try await world.database.read { try $0.rows("SELECT * FROM approval_links") }
    #expect(stored.count == 1 && !"\(stored)".contains(token.exposed))
    let keeper = world.keeper()
    for _ in 0..<3 {
      #expect(
        try await keeper.desk.linkedApproval(token)
          == LinkedApproval(
            connection: "shop", provider: "Evergrant issuer", origin: "http://127.0.0.1:9", tenant: "acme.example",
            approver: "ann@example.org"), "looking uses nothing up")
    }
    let first = try #require(try await begin(token, keeper))
    #expect(try await approve(token, at: world)?.connection == "shop")
    #expect(try await world.row().state == .active)
    #expect(
      try await keeper.desk.finishApproval(FormFields([("code", "c"), ("state", first)])) == nil,
      "an attempt that a later one replaced")
    #expect(try await keeper.desk.linkedApproval(token) == nil)
    #expect(try await begin(token, keeper) == nil)
    await desk.look()
    #expect(desk.ears.lines() == ["began needs_approval", "over needs_approval"])
    #expect(desk.ears.heard().last?.link == nil)
  }

  @Test("K33: a link is for the same person alone, and ends after a week")
  func linkIdentity() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    await desk.look()
    let token = try linkToken(try #require(desk.ears.heard().first))
    await #expect(throws: KeeperError.self) {
      try await approve(token, at: world, as: Person(email: "eve@example.org"))
    }
    #expect(try await world.row().state == .needsApproval)
    #expect(try await world.keeper().desk.linkedApproval(token) != nil, "the right person can still use it")
    world.time.advance(by: .days(7))
    #expect(try await world.keeper().desk.linkedApproval(token) == nil)
    #expect(try await world.keeper().desk.linkedApproval(Secret("made-up")) == nil)
  }

  @Test(
    "K33: no link is given where nobody could be told from anybody else, or the provider would not send people back")
  func noLink() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    for change in [
      "UPDATE connections SET tenant = NULL, approver = NULL",
      "UPDATE clients SET redirect_uri = 'https://shop.example/connected'",
    ] {
      try await world.database.write {
        try $0.execute("UPDATE connections SET tenant = 't', approver = 'a'")
        try $0.execute(change)
      }
      let channel = "ops \(change.count)"
      try await desk.add(channel)
      await desk.look()
      let notice = try #require(desk.ears.heard(channel).first)
      #expect(notice.link == nil)
      #expect(
        notice.nextStep?.hasPrefix("Approve again with: evergrant reconnect shop. ") == true, "and why it has none")
    }
  }

  @Test("K33: whoever was alerted while no link worked gets one, once, when links work")
  func linkLater() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await world.database.write {
      try $0.execute("UPDATE clients SET redirect_uri = 'https://shop.example/connected'")
    }
    try await desk.refuse()
    for _ in 0..<2 { await desk.look() }
    let first = try #require(desk.ears.heard().first)
    #expect(desk.ears.heard().count == 1 && first.link == nil)
    #expect(first.nextStep?.contains("--redirect-uri http://127.0.0.1:8082/callback") == true)
    try await world.database.write {
      try $0.execute("UPDATE clients SET redirect_uri = 'http://127.0.0.1:8082/callback'")
    }
    for _ in 0..<3 { await desk.look() }
    #expect(desk.ears.lines() == ["began needs_approval", "began needs_approval"])
    let second = try #require(desk.ears.heard().last)
    #expect(second.id != first.id && second.alert == first.alert)
    #expect(try await approve(try linkToken(second), at: world)?.connection == "shop")
    await desk.look()
    #expect(desk.ears.lines().last == "over needs_approval")
  }

  @Test("K33: an operator makes a new link, and is told why none would work")
  func newLink() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper(), address = try #require(address)
    let (link, instruction) = try await keeper.desk.newLink(for: "shop", at: address)
    #expect(instruction.contains("ann@example.org"))
    let token = Secret(String(try #require(link.exposed.split(separator: "/").last)))
    #expect(try await keeper.desk.linkedApproval(token)?.connection == "shop")
    #expect(try await keeper.desk.linkObstacles(at: address) == [])
    try await world.database.write {
      try $0.execute("UPDATE clients SET redirect_uri = 'https://shop.example/connected'")
    }
    await #expect {
      try await keeper.desk.newLink(for: "shop", at: address)
    } throws: { "\($0)".contains("https://shop.example/connected") && "\($0)".contains("evergrant client add app") }
    #expect(try await keeper.desk.linkObstacles(at: address).count == 1)
    await #expect(throws: KeeperError.self) { try await keeper.desk.newLink(for: "nobody", at: address) }
  }

  @Test("an answer to an approval that was begun at a terminal is not taken by the page of links")
  func terminalAttempt() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper()
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    let asked = try #require(FormFields(parsing: attempt.address.split(separator: "?")[1]))
    #expect(
      try await keeper.desk.finishApproval(FormFields([("code", "c"), ("state", asked["state"] ?? "")])) == nil)
    #expect(try await world.database.read { try $0.rows("SELECT * FROM attempts") }.count == 1)
  }
}
