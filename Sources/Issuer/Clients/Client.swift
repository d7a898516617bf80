import OAuth
import Store
import Wire

/// A registered app.
struct Client: Sendable {
  var id: String
  var name: String
  var secretHash: [UInt8]?
  var redirectURIs: [RedirectURI]
  var scope: Scope
  var isLegacy: Bool
  var dialect: Dialect
  var isDisabled: Bool

  var isPublic: Bool { secretHash == nil }
  /// Whether a request for a code must bring a challenge (law P6).
  var needsChallenge: Bool { isPublic || !isLegacy }

  func allows(_ redirectURI: String) -> Bool { redirectURIs.contains { $0.allows(redirectURI) } }

  init(_ row: Row) throws {
    id = try row["id"]
    name = try row["name"]
    secretHash = try row["secret_hash"]
    let uris: String = try row["redirect_uris"]
    // A URI that could no longer be registered is dropped, so that no request matches it.
    redirectURIs = uris.split(separator: "\n").compactMap { try? RedirectURI(registering: String($0)) }
    scope = Scope(parsing: try row["scope"]) ?? Scope()
    isLegacy = try row["is_legacy"]
    dialect = try Dialect(row, "dialect")
    isDisabled = try row["disabled_at"] as Timestamp? != nil
  }

  static func find(_ id: String, _ db: any Transaction) throws -> Client? {
    try db.row("SELECT * FROM clients WHERE id = $1", id).map(Client.init)
  }

  /// The client that a request to the token or revocation endpoint proves to be (law P15).
  ///
  /// - Throws: `invalid_client`, worded alike for an unknown client and a wrong secret; `access_denied` for a client that is
  ///   switched off.
  static func authenticate(_ presented: PresentedClient, _ db: any Transaction) throws -> Client {
    let refusal = OAuthError(.invalidClient, "The client is unknown or its secret is wrong.")
    guard let client = try find(presented.clientID, db) else { throw refusal }
    let secrets = presented.secrets.filter { !$0.exposed.isEmpty }
    if let hash = client.secretHash {
      guard secrets.contains(where: { constantTimeEqual($0.fingerprint, hash) }) else { throw refusal }
    } else {
      guard secrets.isEmpty else { throw refusal }
    }
    // Only a caller that has proved to be the client is told that it is switched off for now (law P24).
    guard !client.isDisabled else {
      throw OAuthError(.accessDenied, "This client is switched off; its approvals stand. Ask the operator.")
    }
    return client
  }
}

extension Dialect {
  /// - Throws: ``StoreError/unreadable(_:)`` for a word that is none: a client is held to no rules that were guessed.
  init(_ row: Row, _ column: String) throws {
    let word: String = try row[column]
    guard let dialect = Dialect(rawValue: word) else { throw StoreError.unreadable("the dialect of a client") }
    self = dialect
  }
}
