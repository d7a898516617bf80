import Store
import Wire

extension GrantStore {
  /// Sets every rotating connection apart: nothing of it is refreshed until it is checked or trusted (K28).
  ///
  /// - Returns: how many connections that are.
  @discardableResult
  package func quarantineRotating(_ cause: StaleCause) async throws -> Int {
    try await compared { db, known in try quarantineRotating(cause, known: known, db) }
  }

  /// Quarantines if the store is behind what is known of it.
  func quarantineIfBehind() async throws {
    try await counted { _ in }
  }

  @discardableResult
  package func quarantineRotating(_ cause: StaleCause, known: StoreMarks.Known?, _ db: any Transaction) throws -> Int {
    // From here on the store counts on from what is known, or the next look would find it behind again.
    switch known {
    case .mark(let mark), .outer(let mark):
      guard mark.store == (try self.mark(db)).store else { break }
      try db.execute(
        "UPDATE store_state SET landings = $1 WHERE id = 1 AND landings < $1", mark.landings)
      // If a double is at work under the same name, each of the two would find itself behind again and again.
      if case .outer = known { try db.execute("UPDATE store_state SET store = $1 WHERE id = 1", Self.newName(random)) }
    case nil, .nothing, .missing, .damaged: break
    }
    // The notice gets a number that none had before, not even one that a second backup has forgotten: memory tells notices
    // apart by it.
    try db.execute(
      """
      UPDATE store_state SET landings = landings + 1,
        quarantines = 1 + CASE WHEN quarantines < landings THEN landings ELSE quarantines END WHERE id = 1
      """)
    try db.execute("DELETE FROM offerings")
    var count = 0
    for row in try db.rows("SELECT name FROM clients ORDER BY name") {
      let client: String = try row["name"]
      guard try rotates(client, db) else { continue }
      for row in try db.rows(
        "SELECT name FROM connections WHERE client = $1 AND refresh_token IS NOT NULL ORDER BY name", client)
      {
        try setApart(try row["name"], cause, db)
        count += 1
      }
    }
    return count
  }

  /// Sets apart a row that holds an older token than one that was spent, with all that may have come back with it.
  func setApart(behind row: Connection, _ db: any Transaction) throws {
    guard row.quarantine == nil else { return }
    try quarantineRotating(.behindSpent, known: nil, db)
    // A row without a token was approved again since the backup. What that approval brought is offered too, so the row is set
    // apart.
    if row.refresh == nil { try setApart(row.name, .behindSpent, db) }
  }

  package func setApart(_ name: String, _ cause: StaleCause, _ db: any Transaction) throws {
    try takeKnown(name, db).setApart(cause, clock.moment).save(db)
    try event(.quarantined, name, "not refreshed until it is checked or trusted: \(cause.words)", db)
  }

  /// Notes which machine works on the store. Another machine than before has a moved folder or a copy, and nobody can tell
  /// which: all that rotates is quarantined.
  func note(machine: String, _ db: any Transaction) throws {
    let last: String? = try db.row("SELECT machine FROM store_state WHERE id = 1").flatMap { try $0["machine"] }
    guard last != machine else { return }
    try db.execute("UPDATE store_state SET machine = $1 WHERE id = 1", machine)
    guard last != nil else { return }
    try countWaits(all: true, db)
    try quarantineRotating(.otherMachine, known: nil, db)
  }

  /// Whether the provider may replace the refresh tokens of a client's connections.
  package func rotates(_ client: String, _ db: any Transaction) throws -> Bool {
    try Client.named(client, in: db, ring: nil, providers: providers).provider.rotates
  }

  /// Ends every lease: those of a restored backup belong to processes that are gone. No row is taken, since nobody follows the
  /// backup yet.
  package func endLeases(_ db: any Transaction) throws {
    try db.execute("UPDATE connections SET lease_holder = NULL, lease_until = NULL")
  }

  /// Begins the waits of quarantines anew that this machine's clock has not counted. No row is taken: a process calls this
  /// before it reads the store, or in a transaction that also notices a restored backup, after which all read everything.
  ///
  /// - Parameter all: whether another machine's clock has counted them all; otherwise only those begin that no clock has
  ///   counted.
  package func countWaits(all: Bool, _ db: any Transaction) throws {
    try db.execute(
      "UPDATE connections SET quarantined_uptime = $1 WHERE quarantine IS NOT NULL AND (quarantined_uptime IS NULL OR $2 = 1)",
      clock.uptime().milliseconds, all)
  }
}

extension Connection.Quarantine {
  /// How long the access token before the newest may outlive its successor's first use: a call that succeeds sooner proves
  /// nothing.
  static let wait = Duration.minutes(10)

  init(_ cause: StaleCause, _ row: Row) throws {
    let uptime: Int64? = try row["quarantined_uptime"]
    // A row of an earlier version has no such moment until ``GrantStore/open()`` gives it one.
    self.init(
      cause: cause, at: try row["quarantined_at"], uptime: uptime ?? .max,
      refusedAt: try row["quarantine_refused_at"])
  }

  /// How long it is until a check counts.
  ///
  /// A clock that is behind the beginning has begun anew since, so all that it has counted passed after the beginning.
  func rest(at moment: Uptime) -> Duration {
    let age = moment.milliseconds < uptime ? moment.milliseconds : moment.milliseconds - uptime
    return max(.zero, Self.wait - .milliseconds(age))
  }
}
