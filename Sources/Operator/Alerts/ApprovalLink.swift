import Keeper
import OAuth
import Store
import Wire

/// Where people reach this keeper from outside: an https origin, or one on this machine.
package struct PublicAddress: Sendable, Equatable {
  package let origin: Origin
  /// The redirect URI that a client must have registered for a link to work.
  package var callback: String { "\(origin)/callback" }

  /// Nil unless it is `https://host[:port]`, or http on this machine, without a path.
  package init?(_ text: String) {
    guard let origin = Origin(text.hasSuffix("/") ? String(text.dropLast()) : text) else { return nil }
    self.origin = origin
  }

  func link(_ token: Secret) -> Secret { Secret("\(origin)/approve/\(token.exposed)") }

  /// Why the provider would not send people back here, and what to do, in sentences; nil where it will.
  func obstacle(app: String, redirectURI: String?, provider: Provider) -> String? {
    let fits =
      redirectURI.map { (try? RedirectURI(registering: $0))?.allows(callback) ?? false }
      ?? (provider.loopbackRedirects && origin.isLoopback)
    guard !fits else { return nil }
    return
      "Links in alerts come back to \(callback), and the app \(app) is stored with \(redirectURI ?? "no redirect URI"), so "
      + "none is made. Register \(callback) at \(provider.title), and then: evergrant client add \(app) --replace "
      + "--redirect-uri \(callback)"
  }

  func obstacle(_ client: Client) -> String? {
    obstacle(app: client.name, redirectURI: client.redirectURI, provider: client.provider)
  }
}

/// What a link is for, as its page tells it.
package struct LinkedApproval: Sendable, Equatable {
  package var connection: String
  package var provider: String
  /// The origin where the person approves.
  package var origin: String
  package var tenant: String?
  package var approver: String?

  package init(connection: String, provider: String, origin: String, tenant: String?, approver: String?) {
    self.connection = connection
    self.provider = provider
    self.origin = origin
    self.tenant = tenant
    self.approver = approver
  }

  fileprivate init(_ row: Connection, _ client: Client) {
    self.init(
      connection: row.name, provider: client.provider.title,
      origin: Origin(of: client.provider.authorizationEndpoint)?.description ?? "", tenant: row.tenant,
      approver: row.approver)
  }
}

/// A link is used up by the approval that it leads to, or ends after a week. Whoever holds it can approve for the same tenant
/// and approver only (K33), so none is given for a connection whose approver is not known.
extension AlertBook {
  struct IssuedLink: Sendable {
    var address: Secret
    var instruction: String
  }

  /// What a link can be made of, or why none would work.
  enum LinkProspect {
    case possible(PublicAddress, Connection, Client)
    case impossible(String)
    /// Nobody reaches this keeper from outside.
    case none
  }

  func linkProspect(for connection: String, _ db: any Transaction) throws -> LinkProspect {
    guard let address,
      let row = try store.connection(connection, db)
    else { return .none }
    let client = try Client.named(row.client, in: db, ring: nil, providers: store.providers)
    guard !client.isForKeys else { return .impossible("\(connection) is a key, and nobody approves it.") }
    guard row.approver != nil || row.tenant != nil else {
      return .impossible("It is not known who approved \(connection), so a link would let in anybody.")
    }
    if let obstacle = address.obstacle(client) { return .impossible(obstacle) }
    return .possible(address, row, client)
  }

  /// Makes a link that a person has asked for.
  ///
  /// - Throws: ``KeeperError/refused(_:)`` with the reason where none would work.
  fileprivate func newLink(for connection: String) async throws -> IssuedLink? {
    try await database.write { db in
      if case .impossible(let reason) = try linkProspect(for: connection, db) { throw KeeperError.refused(reason) }
      return try issueLink(for: connection, db)
    }
  }

  /// Makes a link to approve a connection again, where one works.
  func issueLink(for connection: String, _ db: any Transaction) throws -> IssuedLink? {
    guard case .possible(let address, let row, let client) = try linkProspect(for: connection, db) else { return nil }
    let token = Secret(store.random)
    let now = store.clock.now(), endsAt = now + AlertPolicy.link
    try db.execute("DELETE FROM approval_links WHERE ends_at <= $1", now)
    try db.execute(
      "INSERT INTO approval_links (hash, connection, epoch, ends_at) VALUES ($1, $2, $3, $4)", token.fingerprint,
      connection, row.epoch, endsAt)
    let who =
      row.approver.map { "sign in at \(client.provider.title) as \($0)" } ?? "sign in at \(client.provider.title)"
    return IssuedLink(
      address: address.link(token),
      instruction: "Open the link on any phone or computer, \(who), and approve. It works once, until "
        + "\(endsAt.readableToTheMinute).")
  }
}

extension Desk {
  /// Makes a new link by which its person approves a connection again.
  ///
  /// - Returns: the link, and what its person is to do, in sentences.
  package func newLink(
    for connection: String, at address: PublicAddress
  ) async throws -> (link: Secret, instruction: String) {
    let issued = try await alerts(address: address).newLink(for: connection)
    guard let issued else { throw KeeperError.noSuchConnection(connection) }
    return (issued.address, issued.instruction)
  }

  /// Why links would not lead back here: a reason and what to do for each app.
  package func linkObstacles(at address: PublicAddress) async throws -> [String] {
    try await clients().filter { !$0.isForKeys && !$0.provider.isUnknown }.compactMap(address.obstacle)
  }

  /// What a link is for; nil where it was used, has ended, or never was.
  package func linkedApproval(_ token: Secret) async throws -> LinkedApproval? {
    let now = clock.now()
    return try await store.linked(token, at: now).map { LinkedApproval($0, $1) }
  }

  /// Begins the approval that a link is for, in place of one that was begun with it before.
  ///
  /// - Returns: where the person goes; nil where the link counts no more.
  package func beginApproval(_ token: Secret, at address: PublicAddress) async throws -> String? {
    let now = clock.now()
    guard let (row, client) = try await store.endAttempts(with: token, at: now) else { return nil }
    return try await beginConnecting(
      row.name, client: client.name, redirectURI: address.callback, link: token.fingerprint
    ).address
  }

  /// Ends an approval that was begun with a link; nil where the answer belongs to none.
  package func finishApproval(_ answer: FormFields) async throws -> LinkedApproval? {
    guard let state = answer["state"] else { return nil }
    guard let begun = try await store.linkedAttempt(Secret(state)) else { return nil }
    _ = try await finishConnecting(begun.connection, fields: answer)
    return LinkedApproval(
      try await store.loadConnection(begun.connection).connection, try await client(begun.client))
  }
}

extension GrantStore {
  /// The connection that a link is for, while the approval that it shall replace is still the newest.
  fileprivate func linked(_ token: Secret, at now: Timestamp) async throws -> (Connection, Client)? {
    try await database.read { try linked(token, at: now, $0) }
  }

  /// Ends what was begun with a link, so that a new attempt takes its place.
  ///
  /// - Returns: what the link is for; nil where it counts no more.
  fileprivate func endAttempts(with link: Secret, at now: Timestamp) async throws -> (Connection, Client)? {
    try await database.write { db in
      try db.execute("DELETE FROM attempts WHERE link = $1", link.fingerprint)
      return try linked(link, at: now, db)
    }
  }

  private func linked(_ token: Secret, at now: Timestamp, _ db: any Transaction) throws -> (Connection, Client)? {
    guard
      let row = try db.row(
        """
        SELECT connections.* FROM connections JOIN approval_links ON approval_links.connection = connections.name
        WHERE hash = $1 AND ends_at > $2 AND approval_links.epoch = connections.epoch
        """, token.fingerprint, now
      ).map(Connection.init)
    else { return nil }
    return (row, try Client.named(row.client, in: db, ring: nil, providers: providers))
  }
}
