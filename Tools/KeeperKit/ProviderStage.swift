import OAuth
import Store
import TestKit
import Testing

@testable import Keeper

/// A keeper's surroundings, the provider as a model, and a connection that was just approved there.
struct ProviderStage {
  let world: World
  let model: ModelProvider
  let wire: ModelWire
  let first: (access: Secret, refresh: Secret?)

  init(_ entry: ProviderCase) async throws {
    let provider = try #require(try ProviderCatalogue.builtIn().entries[entry.name])
    let world = try await World { $0 = provider }
    model = ModelProvider(entry.behaviour, random: .seeded(5))
    model.behaviour.accepts = [entry.refresh]
    model.setClient("id", secret: Secret("s3cr3t+/="))
    try await world.keeper().addClient(
      "app", provider: entry.name, baseURL: entry.base, clientID: "id", secret: Secret("s3cr3t+/="),
      redirectURI: entry.redirectURI, replacing: false)
    first = model.grant("shop", client: "id", at: world.time.now)
    if let refresh = first.refresh {
      let lifetime = entry.behaviour.sendsExpiresIn ? entry.behaviour.accessLifetime?.components.seconds : nil
      try await world.connect(token: refresh.exposed, access: first.access.exposed, lifetime: lifetime)
    }
    let wire = ModelWire(model) { world.time.now }
    for _ in 0..<12 { world.provider.next { await wire.post($0) } }
    self.world = world
    self.wire = wire
  }

  func refresh() async throws -> Result<AccessToken, TokenUnavailable> {
    await world.refresher().refresh("shop", .due(try await world.row().generation))
  }

  /// Lets time pass until the stored access token is over.
  func outliveAccessToken() async throws {
    let until = try #require(try await world.row().access?.until)
    world.time.advance(by: until - world.time.now + .seconds(1))
  }

  func expectUnchanged() async throws {
    let row = try await world.row()
    #expect(row.state == .active && row.generation == 1)
    #expect(try await world.storedRefreshToken() == first.refresh?.exposed)
    #expect(try await world.storedAccessToken() == first.access.exposed)
  }
}
