import OAuth
import Store

/// An app registered at a provider, as the operator told us of it.
package struct Client: Sendable, Equatable {
  package var name: String
  package var provider: Provider
  package var clientID: String
  package var secret: Secret?
  package var redirectURI: String?
  /// What its connections ask for, where that is not what the provider's entry names.
  package var scopes: [String]?
  /// When its credentials were last set.
  package var changedAt: Timestamp
  /// Why the provider no longer knows it; nothing is refreshed with it until its credentials are set anew.
  package var stopped: String?
}

extension Client {
  /// Reads a client with its provider's entry and its secret.
  static func named(
    _ name: String, in db: any Transaction, ring: KeyRing?, providers: ProviderCatalogue
  ) throws -> Client {
    guard let row = try db.row("SELECT * FROM clients WHERE name = $1", name) else {
      throw KeeperError.noSuchClient(name)
    }
    let entry: String = try row["provider"]
    guard let provider = providers.entries[entry]?.at(base: try row["base_url"]) else {
      throw KeeperError.noSuchProvider(entry)
    }
    let sealed: [UInt8]? = try row["secret"]
    let scopes: String? = try row["scopes"]
    let secret: Secret?
    do { secret = try sealed.flatMap { try ring?.open($0, at: .clientSecret(name)) } } catch {
      throw KeeperError.refused("The secret of the client \(name) does not open. \(error)")
    }
    return Client(
      name: name, provider: provider, clientID: try row["client_id"], secret: secret,
      redirectURI: try row["redirect_uri"], scopes: scopes?.split(separator: " ").map(String.init),
      changedAt: try row["changed_at"], stopped: try row["stopped"])
  }
}

/// What an operator asked for that cannot be done, in a sentence that says what to do.
package enum KeeperError: Error, Sendable, Equatable {
  case noSuchClient(String)
  case noSuchProvider(String)
  case noSuchConnection(String)
  case noSuchKey(String)
  case noSuchChannel(String)
  case alreadyThere(String)
  case refused(String)
}

extension KeeperError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSuchClient(let name): "There is no client \(name). Add it with: evergrant client add \(name) --provider …"
    case .noSuchProvider(let name): "There is no provider \(name). Known: \(ProviderCatalogue.names)."
    case .noSuchConnection(let name):
      "There is no connection \(name). Make it with: evergrant connect \(name) --client …"
    case .noSuchKey(let name): "There is no API key \(name). List them with: evergrant key list"
    case .noSuchChannel(let name): "There is no alert channel \(name). List them with: evergrant alert list"
    case .alreadyThere(let what): "There is already \(what); choose another name."
    case .refused(let sentence): sentence
    }
  }
}
