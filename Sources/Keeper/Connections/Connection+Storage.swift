import Store
import Wire

extension Connection {
  /// A connection that nobody has approved yet.
  init(new name: String, client: String) {
    self.name = name
    self.client = client
    state = .active
    (epoch, generation, version, failures, touched) = (0, 0, 0, 0, 0)
    clockSkew = .zero
  }

  package init(_ row: Row) throws {
    name = try row["name"]
    client = try row["client"]
    let state: String = try row["state"]
    guard let known = State(rawValue: state) else { throw StoreError.unreadable("connection state \(state)") }
    self.state = known
    loss = try row["reason"]
    epoch = try row["epoch"]
    generation = try row["generation"]
    version = try row["version"]
    tenant = try row["tenant"]
    approver = try row["approver"]
    scope = try row["scope"]
    if let sealed: [UInt8] = try row["access_token"] {
      access = Access(sealed: sealed, from: try row["access_from"], until: try row["access_until"])
    }
    if let sealed: [UInt8] = try row["refresh_token"] {
      refresh = Refresh(
        sealed: sealed, generation: try row["refresh_generation"], fingerprint: try row["refresh_fingerprint"],
        until: try row["refresh_until"])
    }
    spent = try row["spent_fingerprint"]
    if let sealed: [UInt8] = try row["spare_token"] {
      spare = Spare(sealed: sealed, fingerprint: try row["spare_fingerprint"])
    }
    refreshedAt = try row["refreshed_at"]
    proven = try row["proven"]
    refused = try row["refused"]
    if let holder: String = try row["lease_holder"] {
      lease = Lease(holder: holder, until: try row["lease_until"])
    }
    if let fingerprint: [UInt8] = try row["intent_fingerprint"] {
      intent = Intent(
        epoch: try row["intent_epoch"], generation: try row["intent_generation"], fingerprint: fingerprint,
        at: try row["intent_at"], process: try row["intent_process"])
    }
    retryAt = try row["retry_at"]
    retryFrom = try row["retry_from"]
    failures = try row["failures"]
    trouble = try row["trouble"]
    suspendedAt = try row["suspended_at"]
    pausedAt = try row["paused_at"]
    clockSkew = .milliseconds(try row["clock_skew"] as Int64)
    if let boot: String = try row["clock_boot"] {
      providerClock = Uptime(boot: boot, milliseconds: try row["clock_offset"])
    }
    if let cause: StaleCause = try row["quarantine"] {
      quarantine = try Quarantine(cause, row)
    }
    touched = try row["touched"]
  }

  /// What a row holds, without its name and its `touched`.
  fileprivate var columns: KeyValuePairs<String, any Storable> {
    [
      "client": client, "state": state.rawValue, "reason": loss, "epoch": epoch, "generation": generation,
      "version": version, "tenant": tenant, "approver": approver, "scope": scope,
      "access_token": access?.sealed, "access_from": access?.from, "access_until": access?.until,
      "refresh_token": refresh?.sealed, "refresh_generation": refresh?.generation,
      "refresh_fingerprint": refresh?.fingerprint, "refresh_until": refresh?.until,
      "spent_fingerprint": spent, "spare_token": spare?.sealed, "spare_fingerprint": spare?.fingerprint,
      "refreshed_at": refreshedAt, "proven": proven, "refused": refused,
      "lease_holder": lease?.holder, "lease_until": lease?.until,
      "intent_epoch": intent?.epoch, "intent_generation": intent?.generation,
      "intent_fingerprint": intent?.fingerprint, "intent_at": intent?.at, "intent_process": intent?.process,
      "retry_at": retryAt, "retry_from": retryFrom, "failures": failures, "trouble": trouble,
      "suspended_at": suspendedAt, "paused_at": pausedAt, "clock_skew": clockSkew.milliseconds,
      "clock_boot": providerClock?.boot, "clock_offset": providerClock?.milliseconds,
      "quarantine": quarantine?.cause, "quarantined_at": quarantine?.at,
      "quarantined_uptime": quarantine.flatMap { $0.uptime == .max ? nil : $0.uptime },
      "quarantine_refused_at": quarantine?.refusedAt,
    ]
  }

  private static let update: String = {
    let settings = Connection(new: "", client: "").columns.enumerated().map { "\($1.key) = $\($0 + 2)" }
    return "UPDATE connections SET \(settings.joined(separator: ", ")) WHERE name = $1"
  }()

  /// Saves the whole row, which the transaction has taken. All that changes a row comes here, but for
  /// ``GrantStore/endLeases(_:)``, ``GrantStore/countWaits(all:_:)`` and the desk's rekeying, whose changes nobody who follows
  /// the rows needs to see.
  package func save(_ db: any Transaction) throws {
    _ = try db.execute(Self.update, values: [name.stored] + columns.map { $1.stored })
  }
}

extension GrantStore {
  /// Takes a row for the rest of the transaction, and has other processes read it anew.
  ///
  /// A row that was taken and left as it is costs them one needless reading; one that was changed is never missed.
  package func take(_ name: String, _ db: any Transaction) throws -> Connection? {
    let touch = try touch(db)
    return try db.row("UPDATE connections SET touched = $2 WHERE name = $1 RETURNING *", name, touch).map(
      Connection.init)
  }

  /// A row as it is, not taken; nil where there is none of that name.
  package func connection(_ name: String, _ db: any Transaction) throws -> Connection? {
    try db.row("SELECT * FROM connections WHERE name = $1", name).map(Connection.init)
  }

  /// Takes a row that must be there.
  package func takeKnown(_ name: String, _ db: any Transaction) throws -> Connection {
    guard let row = try take(name, db) else { throw KeeperError.noSuchConnection(name) }
    return row
  }
}
