import Keeper
import OAuth
import Store
import Wire

extension Desk {
  /// Makes an API key; its text is returned once and stored only as a hash (K21).
  ///
  /// - Parameters:
  ///   - expectedEvery: silence for longer is alerted.
  ///   - keep: is handed the text before the key counts, so that no key is made whose text is lost; where it throws, none is.
  package func addKey(
    _ name: String, connection: String, rules: [APIKey.Rule], handsOutTokens: Bool, lifetime: Duration = .days(365),
    expectedEvery: Duration? = nil, keep: @Sendable (Secret) throws -> Void = { _ in }
  ) async throws -> Secret {
    if let fault = GivenName.fault(in: name) { throw KeeperError.refused("The key's name \(fault).") }
    try await requireNewKey(name)
    let secret = Credential.apiKey.draw(store.random)
    try keep(secret)
    let now = clock.now()
    do {
      try await store.addKey(
        name, secret, connection: connection, rules: rules, handsOutTokens: handsOutTokens, at: now,
        until: now + lifetime, expectedEvery: expectedEvery)
    } catch StoreError.conflict {
      // Somebody else made it in the same moment.
      throw KeeperError.keyNameTaken(name, isRevoked: false)
    }
    // The key counts already; what cannot be read now is read by the watch.
    try? await keeper.reload()
    return secret
  }

  /// - Throws: ``KeeperError/keyNameTaken(_:isRevoked:)`` where a key has that name, or had it.
  package func requireNewKey(_ name: String) async throws {
    if let isRevoked = try await store.isKeyRevoked(name) { throw KeeperError.keyNameTaken(name, isRevoked: isRevoked) }
  }

  /// Revokes a key: at once here, and in every other process within a second.
  package func revokeKey(_ name: String) async throws {
    try await store.revokeKey(name, at: clock.now())
    try await keeper.reload()
  }

  /// Whether a key was made here, whether or not it still counts.
  package func hasMade(_ key: Secret) async throws -> Bool { try await store.hasKey(key) }

  /// The keys that are not revoked, by name.
  package func keys() async throws -> [APIKey] { try await store.keys() }
}
