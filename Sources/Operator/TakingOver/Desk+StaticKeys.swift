import Keeper
import OAuth
import Wire

extension Desk {
  /// Takes a key that a person has made on the provider's own pages, and gives jobs keys of ours in its place, each with its
  /// own rights and its own end. The key is sent in the field that the provider's entry names for such keys, or as an access
  /// token is. Nobody renews it, and nobody knows when it ends.
  ///
  /// - Parameters:
  ///   - providerName: needed for a new connection; one that holds such a key already keeps its provider.
  ///   - isSameTenant: whether the operator says that the key is of the same account as the key before.
  ///   - baseURL: what `{base}` stands for in the provider's addresses, where its entry has one.
  /// - Returns: the status, and whether the provider's API has taken the key, nil where nothing is known to ask it for.
  /// - Throws: ``KeeperError/refused(_:)`` where the API does not accept the key, or cannot be asked.
  package func takeKey(
    _ key: Secret, as name: String, provider providerName: String?, baseURL: String? = nil,
    replacingTenant: Bool = false, isSameTenant: Bool = false
  ) async throws -> (status: ConnectionStatus, isAccepted: Bool?) {
    try await requireName(name)
    guard key.isFitForField else {
      throw KeeperError.refused(
        "That is no key: it has blanks or letters in it that no key has. Copy it again, all of it.")
    }
    let client = try await clientForKeys(connection: name, provider: providerName, baseURL: baseURL)
    let isAccepted = try await isAccepted(key, client.provider)
    let identity = try await keeper.owner(of: key, client.provider)
    let row = try await store.adopt(
      TokenResponse(accessToken: key, expiresIn: Self.keyLifetime, refreshToken: nil), as: name, client: client,
      identity: identity,
      sentAt: clock.now(), replacingTenant: replacingTenant,
      said: "a key made at \(client.provider.title) was stored\(identity.approver.map { ", which is \($0)'s" } ?? "")",
      isSameTenant: isSameTenant)
    snapshot.publish(try await store.loadConnection(row.name))
    return (try await status(name), isAccepted)
  }

  /// Seconds for which a key is held to be good unless the API says otherwise, since it names no end.
  private static let keyLifetime: Int64 = 10 * 365 * 86_400

  private func clientForKeys(connection: String, provider: String?, baseURL: String?) async throws -> Client {
    if let known = try await store.clientName(of: connection) {
      let client = try await client(known)
      guard client.isForKeys, provider == nil || provider == client.provider.name else {
        throw KeeperError.refused(
          "\(connection) was approved at \(client.provider.title) with the client \(client.name). Store the key under "
            + "another name.")
      }
      return client
    }
    guard let provider else {
      throw KeeperError.refused("There is no connection \(connection) yet: name whose key it is with --provider.")
    }
    let name = ([provider] + (baseURL == nil ? [] : [connection]) + ["keys"]).joined(separator: "-")
    do {
      try await addClient(
        name, provider: provider, baseURL: baseURL, clientID: "", secret: nil, redirectURI: nil, replacing: false)
    } catch KeeperError.alreadyThere {}
    let client = try await client(name)
    guard client.isForKeys else {
      throw KeeperError.refused(
        "The client \(name) is an app, and its name is needed for keys. Give the app another one.")
    }
    return client
  }

  /// - Throws: where the API says that it does not know the key, or does not answer.
  private func isAccepted(_ key: Secret, _ provider: Provider) async throws -> Bool? {
    let path: String? =
      switch provider.contacts {
      case .keap: "/crm/rest/v2/contacts?page_size=1"
      case nil: provider.userinfo
      }
    guard let path, let origin = provider.route(for: nil)?.origin else { return nil }
    let status: Int
    let request = UpstreamRequest("GET", path, keyHeader: provider.keyHeader)
    do { status = try await keeper.upstream(origin, key).send(request).status } catch {
      throw KeeperError.refused("\(provider.title) could not be asked whether it takes the key (\(error)). Try again.")
    }
    switch status {
    // A key that has no right to do this one thing is known to the API all the same.
    case 200..<300, 403: return true
    case 401:
      throw KeeperError.refused(
        "\(provider.title) does not accept this key. Copy it again, all of it, or make another.")
    default:
      throw KeeperError.refused("\(provider.title) did not say whether it takes the key (status \(status)). Try again.")
    }
  }
}
