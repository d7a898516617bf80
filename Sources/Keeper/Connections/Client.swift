import OAuth
import Store

/// An app registered at a provider, as the operator told us of it.
package struct Client: Sendable, Equatable {
  package var name: String
  package var provider: Provider
  /// What `{base}` stands for in the entry's addresses, where the operator has said so.
  package var baseURL: String?
  package var clientID: String
  package var secret: Secret?
  package var redirectURI: String?
  /// What its connections ask for, where that is not what the provider's entry names.
  package var scopes: [String]?
  /// When its credentials were last set, by the store's count of changes.
  package var changed: Int64
  /// Whether they were set again as they were, which says that they are right.
  package var isVouched: Bool
  /// When another app was last set behind its name, by the same count.
  package var appChanged: Int64?
  /// Why the provider no longer knows it; nothing is refreshed with it until its credentials are set anew.
  package var stopped: ClientStop?
}

extension Client {
  /// Reads a client with its provider's entry and, where there is a ring, its secret. A client whose entry is gone is stopped,
  /// and the others work.
  package static func named(
    _ name: String, in db: any Transaction, ring: KeyRing?, providers: ProviderCatalogue
  ) throws -> Client {
    guard let row = try db.row("SELECT * FROM clients WHERE name = $1", name) else {
      throw KeeperError.noSuchClient(name)
    }
    let entry: String = try row["provider"]
    let base: String? = try row["base_url"]
    let found = providers.entries[entry]?.at(base: base)
    let stopped: ClientStop? = try row["stopped"]
    let sealed: [UInt8]? = try row["secret"]
    let scopes: String? = try row["scopes"]
    let secret: Secret?
    do { secret = try sealed.flatMap { try ring?.open($0, at: .clientSecret(name)) } } catch {
      throw KeeperError.refused("The secret of the client \(name) does not open. \(error)")
    }
    return Client(
      name: name, provider: found ?? .unknown(entry), baseURL: base, clientID: try row["client_id"], secret: secret,
      redirectURI: try row["redirect_uri"], scopes: scopes?.split(separator: " ").map(String.init),
      changed: try row["changed"], isVouched: try row["is_vouched"], appChanged: try row["app_changed"],
      stopped: stopped ?? (found == nil ? .noEntry(provider: entry) : nil))
  }
}

extension Client {
  /// Whether it stands for keys that people make on the provider's own pages, and for no app.
  package var isForKeys: Bool { clientID.isEmpty }
}

extension GrantStore {
  /// A client without its secret, so that one whose secret does not open is read too.
  func sealedClient(_ name: String) async throws -> Client {
    try await database.read { try Client.named(name, in: $0, ring: nil, providers: providers) }
  }

  /// A client that can be used to approve with.
  package func usableClient(_ name: String) async throws -> Client {
    let client = try await database.read { db in
      try Client.named(name, in: db, ring: ring, providers: providers)
    }
    guard !client.provider.isUnknown else {
      throw KeeperError.refused("The client \(name) cannot be used: \(client.stopped?.words ?? ""). \(client.remedy)")
    }
    return client
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
  /// A key's name is on record with it, also once it is revoked.
  case keyNameTaken(String, isRevoked: Bool)
  /// The provider does not accept an app's id and secret.
  case clientRefused(String)
  /// An approval could not be stored now, and nothing is lost.
  case kept(KeptApproval)
  case refused(String)
}

extension KeeperError: CustomStringConvertible {
  package var description: String { words(meant: nil) }

  /// - Parameter meant: the name that there is and that was meant, as far as somebody knows.
  package func words(meant: String?) -> String {
    // Never behind a command, which is pasted with what follows it.
    let guess = meant.map { " Did you mean \($0)?" } ?? ""
    return switch self {
    case .noSuchClient(let name):
      "There is no client \(name).\(guess) Add it with: evergrant client add \(name) --provider …"
    case .noSuchProvider(let name): "There is no provider \(name).\(guess) Known: \(ProviderCatalogue.names)."
    case .noSuchConnection(let name):
      "There is no connection \(name).\(guess) See which there are with evergrant status, or make it: "
        + "evergrant setup keap --name \(name)"
    case .noSuchKey(let name): "There is no API key \(name).\(guess) List them with: evergrant key list"
    case .noSuchChannel(let name): "There is no alert channel \(name).\(guess) List them with: evergrant alert list"
    case .alreadyThere(let what): "There is already \(what); choose another name."
    case .keyNameTaken(let name, isRevoked: true):
      "There was already an API key named \(name), which is revoked and keeps its name on record; choose another name."
    case .keyNameTaken(let name, isRevoked: false):
      "There is already an API key named \(name), and what a key may do does not change. For other rights add one under "
        + "another name, put it in the place of this one, and then: evergrant key revoke \(name)"
    case .kept(let approval): approval.words
    case .clientRefused(let sentence), .refused(let sentence): sentence
    }
  }
}
