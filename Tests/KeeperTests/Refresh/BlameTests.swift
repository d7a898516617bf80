import KeeperKit
import Operator
import Testing

@testable import Keeper
@testable import Wire

/// Whom an ambiguous refusal counts against, where there are clients beside the one that was refused (K7).
struct BlameTests {
  private func isStopped(_ world: KeeperWorld, _ client: String) async throws -> Bool {
    try await world.keeper().desk.client(client).stopped != nil
  }

  @Test("K7: a success of another client tells nothing of new credentials")
  func otherSuccess() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    world.time.advance(by: .hours(1))
    try await world.setSecret("wrong")
    world.time.advance(by: .hours(1))
    try await world.connect("other", token: "o1", client: "second")
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await world.row().state == .active)
    #expect(try await isStopped(world, "app"))
    #expect(try await !isStopped(world, "second"))
  }

  @Test("K7: refusals of another client's connections do not add up with those of this one")
  func otherRefusals() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    for name in ["one", "two"] { try await world.connect(name, token: name) }
    for name in ["three", "four"] { try await world.connect(name, token: name, client: "second") }
    for name in ["one", "three", "two", "four"] {
      world.time.advance(by: .seconds(1))
      world.provider.next(.refusal)
      _ = await world.refresher().refresh(name, .due())
      #expect(try await world.row(name).state == .needsApproval, "\(name)")
    }
    for client in ["app", "second"] { #expect(try await !isStopped(world, client)) }
  }

  @Test("K7: a success between two refusals begins the count anew")
  func successBetween() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    for name in ["one", "two", "three", "good"] { try await world.connect(name, token: name) }
    for name in ["one", "two", "three"] {
      world.time.advance(by: .seconds(1))
      world.provider.next(.refusal)
      _ = await world.refresher().refresh(name, .due())
      #expect(try await world.row(name).state == .needsApproval, "\(name)")
      world.time.advance(by: .seconds(1))
      let seen = try await world.row("good").generation
      #expect(await world.refresher().refresh("good", .due(seen)).text != nil)
    }
    #expect(try await !isStopped(world, "app"))
  }

  @Test("K7: a refresh that landed is a success, and what was changed after it is later, whatever the clocks say")
  func changedAfterLanding() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    try await world.setSecret("wrong")
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due(2))
    #expect(try await isStopped(world, "app"))
    #expect(try await world.row().state == .active)
  }

  @Test("K7: a secret that is set again as it is says that it is right, so a dead grant stops its client once")
  func deadGrant() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect("dead", token: "d1")
    try await world.connect("good", token: "g1")
    world.time.advance(by: .hours(1))
    try await world.setSecret("another")
    world.provider.otherwise { request in
      request.fields["refresh_token"] == "d1" ? .refusal : .tokens(access: "g-a2", refresh: "g2")
    }
    _ = await world.refresher().refresh("dead", .due())
    #expect(try await isStopped(world, "app"))
    #expect(try await world.keeper().desk.client("app").stopped?.words.contains("evergrant reconnect dead") == true)
    try await world.setSecret("another")
    #expect(try await !isStopped(world, "app"))
    _ = await world.refresher().refresh("dead", .due())
    #expect(try await world.row("dead").state == .needsApproval)
    #expect(try await !isStopped(world, "app"))
    #expect(await world.refresher().refresh("good", .due()).text == "g-a2")
  }

  @Test("K7: a secret that never worked is not vouched for by setting something else anew")
  func neverWorked() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    for _ in 1...2 { try await world.setSecret("mistyped") }
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await isStopped(world, "app"))
    #expect(try await world.row().state == .active)
  }

  @Test("K7: a refusal of a secret that was replaced counts against nobody, though both secrets were set twice")
  func earlierSecret() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    for _ in 1...2 { try await world.setSecret("wrong") }
    world.provider.next { _ in
      for _ in 1...2 { try? await world.setSecret("right") }
      return .refusal
    }
    _ = await world.refresher().refresh("shop", .due())
    #expect(world.provider.presented.count == 1)
    let row = try await world.row()
    #expect(row.state == .active && row.intent == nil && row.lease == nil)
    #expect(try await !isStopped(world, "app"))
  }

  @Test("K7: a success proves the secret that it was got with, and no other that was set meanwhile")
  func provenSecret() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    try await world.connect()
    world.provider.next { _ in
      try? await world.setSecret("wrong")
      return .tokens(access: "a2", refresh: "r2")
    }
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due(2))
    #expect(try await world.row().state == .active)
    #expect(try await isStopped(world, "app"))
  }

  @Test("K7, K13: refusals that lost answers explain do not add up against the client, and are told as such")
  func lostAnswers() async throws {
    let world = try await KeeperWorld(tolerant: false) { $0.answers[0].ambiguous = true }
    let names = ["one", "two", "three"], others = ["four", "five", "six"]
    for name in names + others { try await world.connect(name, token: name) }
    world.provider.otherwise { _ in .noAnswer("cut") }
    for name in names { _ = await world.refresher().refresh(name, .due()) }
    world.time.advance(by: .hours(25))
    world.provider.otherwise { _ in .refusal }
    for name in names { _ = await world.refresher().refresh(name, .due()) }
    #expect(try await !isStopped(world, "app"))
    for name in names { #expect(try await world.row(name).loss?.words.contains("answer lost at") == true, "\(name)") }
    // Nothing explains these, and where it is the client after all the others come back too.
    for name in others {
      #expect(try await !isStopped(world, "app"), "\(name)")
      _ = await world.refresher().refresh(name, .due())
    }
    #expect(try await isStopped(world, "app"))
    for name in names { #expect(try await world.row(name).state == .active, "\(name)") }
  }
}
