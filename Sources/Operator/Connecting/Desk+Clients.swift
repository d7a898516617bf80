import Keeper
import OAuth
import Store

extension Desk {
  /// Stores an app's credentials, or sets them anew: the secret is sealed, and a client that was stopped goes on.
  ///
  /// - Parameters:
  ///   - baseURL: what `{base}` stands for in the provider's addresses, where its entry has one.
  ///   - scopes: what its connections ask for; none is what the provider's entry names.
  package func addClient(
    _ name: String, provider: String, baseURL: String?, clientID: String, secret: Secret?, redirectURI: String?,
    scopes: [String] = [], replacing: Bool
  ) async throws {
    if !replacing, let fault = GivenName.fault(in: name) { throw KeeperError.refused("The client's name \(fault).") }
    let known = try self.provider(provider)
    guard let entry = known.at(base: baseURL) else {
      throw KeeperError.refused("\(known.title) needs --base-url: \(known.base?.what ?? "its address").")
    }
    guard entry.route(for: nil) != nil else {
      throw KeeperError.refused(
        "\(baseURL ?? entry.apiOrigin) is not an https address, or http on this machine, without a path.")
    }
    if let endpoint = entry.unusableEndpoint {
      throw KeeperError.refused("\(endpoint) is not an https address, or http on this machine. Check --base-url.")
    }
    guard let scopeText = Scope(parsing: scopes.joined(separator: " "))?.text else {
      throw KeeperError.refused(
        "A scope has a character that no scope may have. Give each one by a --scope of its own.")
    }
    if let redirectURI { try entry.requireRedirect(redirectURI) }
    let now = clock.now()
    let given = GivenClient(
      name: name, provider: provider, baseURL: baseURL, clientID: clientID, secret: secret, redirectURI: redirectURI,
      scopes: scopeText.isEmpty ? nil : scopeText)
    do {
      try await replacing ? store.replaceClient(given, at: now) : store.addClient(given, at: now)
    } catch StoreError.conflict {
      throw KeeperError.alreadyThere("a client named \(name)")
    }
    try await keeper.reload()
  }

  /// An entry by its name.
  package func provider(_ name: String) throws -> Provider {
    guard let entry = store.providers.entries[name] else { throw KeeperError.noSuchProvider(name) }
    return entry
  }

  /// The clients by name, without their secrets.
  package func clients() async throws -> [Client] { try await store.clients() }

  /// A client that can be used to approve with.
  package func client(_ name: String) async throws -> Client { try await store.usableClient(name) }
}
