import Keeper
import OAuth
import Operator
import TestKit

/// A keeper's surroundings, the provider as a model, and a connection that was just approved there.
package struct ProviderStage {
  package let world: KeeperWorld
  package let model: ModelProvider
  package let wire: ModelWire
  package let first: (access: Secret, refresh: Secret?)

  package init(_ entry: ProviderCase) async throws {
    guard let provider = try ProviderCatalogue.builtIn().entries[entry.name] else {
      throw KeeperError.noSuchProvider(entry.name)
    }
    let world = try await KeeperWorld { $0 = provider }
    model = ModelProvider(entry.behaviour, random: .seeded(5))
    model.behaviour.accepts = [entry.refresh]
    model.setClient("id", secret: Secret("s3cr3t+/="))
    try await world.keeper().desk.addClient(
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

  package func refresh() async throws -> Result<AccessToken, TokenUnavailable> {
    await world.refresher().refresh("shop", .due(try await world.row().generation))
  }
}
