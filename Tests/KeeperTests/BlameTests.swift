import OAuth
import Store
import Testing

@testable import Keeper

/// Whom an ambiguous refusal counts against, where there are clients beside the one that was refused (K7).
struct BlameTests {
  private func isStopped(_ world: World, _ client: String) async throws -> Bool {
    try await world.keeper().client(client).stopped != nil
  }

  @Test("K7: a success of another client tells nothing of new credentials")
  func otherSuccess() async throws {
    let world = try await World { $0.answers[0].ambiguous = true }
    try await world.connect()
    world.time.advance(by: .hours(1))
    try await world.keeper().addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("wrong"),
      redirectURI: nil, replacing: true)
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
    let world = try await World { $0.answers[0].ambiguous = true }
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
    let world = try await World { $0.answers[0].ambiguous = true }
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
}
