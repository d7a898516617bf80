import Keeper
import OAuth
import Store
import Wire

/// What an authorization was begun with, and how the store stands when its code is redeemed.
struct BegunAttempt: Sendable {
  var client: Client
  var redirectURI: String
  var verifier: PKCE.Verifier?
  var epoch: Int64
  var era: Int64
}

/// The storage acts of attempts: authorizations that were begun, and are to be ended once.
extension GrantStore {
  /// - Parameter link: fingerprint of the link that the person has followed, if it was one.
  func addAttempt(
    _ state: Secret, for name: String, client: String, redirectURI: String, verifier: PKCE.Verifier?,
    link: [UInt8]?, at now: Timestamp, until end: Timestamp
  ) async throws {
    try await database.write { db in
      let sealed = try verifier.map { try ring.seal($0.secret, at: .verifier(name), random: random) }
      try db.execute("DELETE FROM attempts WHERE ends_at <= $1", now)
      try db.execute(
        """
        INSERT INTO attempts (state_hash, connection, client, redirect_uri, verifier, ends_at, link)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """, state.fingerprint, name, client, redirectURI, sealed, end, link)
    }
  }

  /// Uses an attempt up (K33).
  func takeAttempt(_ state: Secret, of name: String, at now: Timestamp) async throws -> BegunAttempt {
    try await database.write { db in
      guard
        let row = try db.row(
          "DELETE FROM attempts WHERE state_hash = $1 AND connection = $2 AND ends_at > $3 RETURNING *",
          state.fingerprint, name, now)
      else {
        throw KeeperError.refused(
          "That answer does not belong to an approval begun here in the last ten minutes. Begin again, and use the newest link."
        )
      }
      let client = try Client.named(try row["client"], in: db, ring: ring, providers: providers)
      let sealed: [UInt8]? = try row["verifier"]
      let verifier = try sealed.flatMap { PKCE.Verifier(try ring.open($0, at: .verifier(name)).exposed) }
      let epoch: Int64 = try db.row("SELECT epoch FROM connections WHERE name = $1", name)?["epoch"] ?? 0
      return BegunAttempt(
        client: client, redirectURI: try row["redirect_uri"], verifier: verifier, epoch: epoch, era: try era(db))
    }
  }

  /// Which connection is being approved with a link, and with which client; nil where no attempt has that state.
  func linkedAttempt(_ state: Secret) async throws -> (connection: String, client: String)? {
    try await database.read { db in
      try db.row(
        "SELECT connection, client FROM attempts WHERE state_hash = $1 AND link IS NOT NULL", state.fingerprint
      ).map { (try $0["connection"], try $0["client"]) }
    }
  }

  /// The client of a connection; nil where there is no such connection.
  func clientName(of connection: String) async throws -> String? {
    try await database.read { db in
      try db.row("SELECT client FROM connections WHERE name = $1", connection)?["client"]
    }
  }
}
