import OAuth
import Store
import Wire

/// Who approved, and for which tenant, as the provider tells it.
package struct Identity: Sendable, Equatable {
  package var tenant: String?
  package var approver: String?

  package init(tenant: String?, approver: String?) {
    self.tenant = tenant
    self.approver = approver
  }

  fileprivate mutating func complete(from old: Connection) {
    tenant = tenant ?? old.tenant
    approver = approver ?? old.approver
  }
}

extension GrantStore {
  /// Stores the tokens of a new approval: a new epoch, in which no answer, doubt or spare of the old one counts (K3).
  ///
  /// - Parameters:
  ///   - said: the words for the record where nobody has approved just now; nil to name who approved.
  ///   - isSameTenant: whether the operator says that a key is of the tenant that the one before was of.
  ///   - answer: the approval that the tokens came with; nil where they are known to be the newest.
  /// - Throws: ``KeeperError/refused(_:)`` where the name belongs to another tenant or approver and `replacingTenant` is not
  ///   set (K33).
  package func adopt(
    _ response: TokenResponse, as name: String, client: Client, identity: Identity, sentAt: Timestamp,
    clockSkew: Duration = .zero, replacingTenant: Bool, said: String? = nil, of answer: ApprovalAnswer? = nil,
    isSameTenant: Bool = false
  ) async throws -> Connection {
    try await counted { db in
      let old = try take(name, db)
      if let answer, try isDecided(since: answer, old, db) {
        // The approval may have landed in a transaction whose end nobody heard of.
        guard let old, let token = response.refreshToken, old.refresh?.fingerprint == token.fingerprint else {
          throw ApprovalFault.superseded
        }
        return old
      }
      var identity = identity
      if let old, !replacingTenant {
        // An approval names all that the provider names. What a key does not name of its owner is taken to be as before, except
        // the tenant: one person's keys may be of several.
        let told = identity
        if client.isForKeys { identity.complete(from: old) }
        try requireSameIdentity(old, identity, isByKey: client.isForKeys)
        if client.isForKeys, !isSameTenant { try requireTenant(told, of: old, client) }
      }
      let credentials = answer?.credentials ?? client.changed
      let isProof = try isCurrent(credentials, of: client.name, db)
      let moment = clock.moment
      let row = try adopted(
        response, as: name, client: client, identity: identity, sentAt: sentAt, isProof: isProof,
        refreshedAt: moment.now, over: old, db
      ).heard(clockSkew, moment)
      try row.save(db)
      // Whoever gives tokens to a client accepts it.
      try db.execute(
        "UPDATE clients SET stopped = NULL, touched = $3 WHERE name = $1 AND stopped IS NOT NULL AND changed = $2",
        client.name, credentials, try touch(db))
      let approval = "approved by \(identity.approver ?? "a person") for \(identity.tenant ?? "a tenant")"
      try event(.approved, name, said ?? approval, db)
      return row
    }
  }

  /// Puts on record that an approval which waited in a journal could not be kept.
  func noteLoss(of answer: ApprovalAnswer, because reason: String) async throws {
    try await database.write { db in
      try event(.answerNotKept, answer.connection, "an approval was not kept: \(reason)", db)
    }
  }

  /// Whether any connection holds a grant that was given to the app of this client.
  func hasGrants(of client: Client) async throws -> Bool {
    try await database.read { db in
      try db.row(
        """
        SELECT connections.name FROM connections JOIN clients ON clients.name = connections.client
        WHERE clients.client_id = $1 AND connections.refresh_token IS NOT NULL LIMIT 1
        """, client.clientID) != nil
    }
  }

  /// What has become of an approval, as far as the store tells.
  func fate(of answer: ApprovalAnswer) async throws -> ApprovalFate {
    let fingerprint = try answer.tokens().refreshToken?.fingerprint
    return try await database.read { db in
      let name = answer.connection
      let row = try connection(name, db)
      let offer = try db.row(
        "SELECT refresh_token FROM offers WHERE connection = $1 AND fingerprint = $2", name, fingerprint)
      if let offer, try offer["refresh_token"] as [UInt8]? == nil { return .awaited }
      let isHeld = fingerprint != nil && row?.refresh?.fingerprint == fingerprint
      if try isDecided(since: answer, row, db) {
        return isHeld ? row.map(ApprovalFate.landed) ?? .superseded : .superseded
      }
      return isHeld || offer != nil ? .atHand : .unknown
    }
  }

  /// Whether a newer approval or the operator has decided since this one was given. The row tells it, or what is offered beside
  /// a row that a restored backup has brought back (K28).
  private func isDecided(since answer: ApprovalAnswer, _ row: Connection?, _ db: any Transaction) throws -> Bool {
    let name = answer.connection, epoch = answer.epoch, now = row?.epoch ?? 0
    guard now <= epoch else { return true }
    // Whoever approved after the restored backup was noticed has seen what is offered, whatever the clocks say.
    if try answer.era == era(db) { return false }
    // A restored row may have the epoch that the approval began in before or after the restore: then what is offered is
    // newer only if it was got later.
    let offered = "SELECT connection FROM offers WHERE connection = $1 AND epoch > $2"
    return try now < epoch
      ? db.row(offered, name, epoch) != nil
      : db.row(offered + " AND access_from > $3", name, epoch, answer.timing.sentAt) != nil
  }

  /// Which notice of a restored backup was the last.
  package func era(_ db: any Transaction) throws -> Int64 {
    try db.row("SELECT quarantines FROM store_state WHERE id = 1")?["quarantines"] ?? 0
  }

  /// Stores the tokens of a grant that another program has held like those of a new approval, unless they are here already.
  ///
  /// - Returns: whether they are still to be refreshed.
  /// - Throws: ``KeeperError/refused(_:)`` where another connection has them, or where the name holds a grant.
  package func takeOver(
    _ response: TokenResponse, as name: String, client: Client, identity: Identity, sentAt: Timestamp,
    replacingTenant: Bool
  ) async throws -> Bool {
    try await counted { db in
      let holder = try db.row(
        """
        SELECT name, refresh_fingerprint FROM connections
        WHERE $1 IN (refresh_fingerprint, spent_fingerprint, spare_fingerprint, intent_fingerprint) LIMIT 1
        """, response.refreshToken?.fingerprint)
      if let holder {
        let known: String = try holder["name"], held: [UInt8]? = try holder["refresh_fingerprint"]
        guard known == name else {
          throw KeeperError.refused(
            "These tokens are those of the connection \(known) already. A grant has one holder: use that one.")
        }
        return held == response.refreshToken?.fingerprint
      }
      let old = try take(name, db)
      if let old {
        guard old.state != .active else {
          throw KeeperError.refused(
            "\(name) holds a grant, which other tokens would replace. Take these over under another name.")
        }
        if !replacingTenant { try requireSameIdentity(old, identity, isByKey: false) }
      }
      // Nothing is proved yet, neither of the tokens nor of the client (K7).
      try adopted(
        response, as: name, client: client, identity: identity, sentAt: sentAt, isProof: false, refreshedAt: nil,
        over: old, db
      ).save(db)
      try event(.approved, name, "taken over from another program, which must no longer use these tokens", db)
      return true
    }
  }

  /// The row with the tokens of an approval, whoever has got them. A new connection gets its row.
  private func adopted(
    _ response: TokenResponse, as name: String, client: Client, identity: Identity, sentAt: Timestamp, isProof: Bool,
    refreshedAt: Timestamp?, over old: Connection?, _ db: any Transaction
  ) throws -> Connection {
    if old == nil {
      let new = Connection(new: name, client: client.name)
      try db.execute(
        """
        INSERT INTO connections (name, client, state, epoch, generation, version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """, name, client.name, new.state.rawValue, new.epoch, new.generation, new.version, clock.now())
    }
    let row = try takeKnown(name, db)
    let tokens = try seal(
      response, refreshToken: response.refreshToken, for: name, generation: row.generation + 1, of: client.provider,
      from: sentAt)
    let epoch = try newEpoch(after: row, db)
    try db.execute("DELETE FROM offers WHERE connection = $1", name)
    try db.execute("UPDATE store_state SET landings = landings + 1 WHERE id = 1")
    return row.adopted(
      tokens, epoch: epoch, client: client.name, identity: identity, scope: response.scope, isProof: isProof,
      refreshedAt: refreshedAt)
  }

  /// Forgets a connection's tokens; its name and keys stay, for a new approval.
  ///
  /// - Returns: what is needed to tell the provider, read before it is forgotten.
  package func forget(_ name: String) async throws -> (client: Client, refreshToken: Secret?) {
    try await database.write { db in
      let row = try takeKnown(name, db)
      // A secret that does not open keeps nobody from forgetting.
      let opened = try? Client.named(row.client, in: db, ring: ring, providers: providers)
      let client = try opened ?? Client.named(row.client, in: db, ring: nil, providers: providers)
      let token = row.refresh.flatMap { try? ring.open($0.sealed, at: .refreshToken(name, generation: $0.generation)) }
      try disconnect(row, in: newEpoch(after: row, db), "disconnected by the operator", db)
      return (client, token)
    }
  }

  package func disconnect(_ row: Connection, in epoch: Int64, _ reason: String, _ db: any Transaction) throws {
    try row.forgotten(epoch: epoch).save(db)
    try db.execute("DELETE FROM offers WHERE connection = $1", row.name)
    try event(.disconnected, row.name, reason, db)
  }

  /// An epoch that no approval had before, not even one that a restored backup has forgotten: each approval counts as a
  /// landing, and the store's count of landings goes on from its witness (K28).
  private func newEpoch(after old: Connection?, _ db: any Transaction) throws -> Int64 {
    max((old?.epoch ?? 0), try mark(db).landings) + 1
  }

  private func requireTenant(_ identity: Identity, of old: Connection, _ client: Client) throws {
    guard !client.provider.tenant.isEmpty, identity.tenant == nil || old.tenant == nil else { return }
    throw KeeperError.refused(
      "\(client.provider.title) does not tell whether this key is of the account that the one before was of. If it is, say "
        + "--same-tenant; if the jobs of \(old.name) shall work on another one from now on, say --replace-tenant.")
  }

  private func requireSameIdentity(_ old: Connection, _ new: Identity, isByKey: Bool) throws {
    let pairs = [("tenant", old.tenant, new.tenant), ("approver", old.approver, new.approver)]
    for case (let what, let before?, let now) in pairs where before != now {
      let now = now ?? "nobody named"
      throw KeeperError.refused(
        "The connection \(old.name) belongs to the \(what) \(before), and "
          + (isByKey
            ? "this key is that of \(now). Make one as before"
            : "\(now) has approved. Sign in as before and approve again")
          + ", or say --replace-tenant if its jobs shall work on the other one from now on.")
    }
  }
}
