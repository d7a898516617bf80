import OAuth
import Store

/// The storage acts of a refresh: each is one transaction, and each begins by taking the row.
package struct GrantStore: Sendable {
  let database: any Database
  let ring: KeyRing
  let providers: ProviderCatalogue
  let clock: WallClock
  let random: Randomness
  /// This process, among those that share the store.
  let process: String
  let marks: StoreMarks

  package init(
    database: any Database, ring: KeyRing, providers: ProviderCatalogue, clock: WallClock, random: Randomness,
    process: String, marks: StoreMarks
  ) {
    self.database = database
    self.ring = ring
    self.providers = providers
    self.clock = clock
    self.random = random
    self.process = process
    self.marks = marks
  }

  /// Gives a new store its name, by which the witness knows it.
  package func open() async throws {
    let name = Self.newName(random)
    try await database.write { db in
      try db.execute("UPDATE store_state SET store = $1 WHERE id = 1 AND store = ''", name)
      try countWaits(all: false, db)
    }
    try await counted { db in
      if let machine = marks.machine { try note(machine: machine, db) }
    }
  }

  static func newName(_ random: Randomness) -> String {
    random.bytes(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Takes a row for the rest of the transaction, and has other processes read it anew.
  ///
  /// A row that was taken and left as it is costs them one needless reading; one that was changed is never missed.
  func take(_ name: String, _ db: any Transaction) throws -> Connection? {
    let touch = try touch(db)
    return try db.row("UPDATE connections SET touched = $2 WHERE name = $1 RETURNING *", name, touch).map(
      Connection.init)
  }

  /// Counts a change; the changed row keeps the count.
  func touch(_ db: any Transaction) throws -> Int64 {
    guard let row = try db.row("UPDATE store_state SET touches = touches + 1 WHERE id = 1 RETURNING touches") else {
      throw StoreError.unreadable("no store state")
    }
    return try row["touches"]
  }

  /// Whether a client still has the credentials that something was sent with.
  func isCurrent(_ credentials: Int64, of client: String, _ db: any Transaction) throws -> Bool {
    try db.row("SELECT name FROM clients WHERE name = $1 AND changed = $2", client, credentials) != nil
  }

  /// Keeps how far the provider's clock is ahead of ours, by an answer that has just come (K17).
  func note(clockSkew: Duration, of name: String, _ db: any Transaction) throws {
    let uptime = clock.uptime()
    let offset = (clock.now() + clockSkew).milliseconds - uptime.milliseconds
    try db.execute(
      "UPDATE connections SET clock_skew = $2, clock_boot = $3, clock_offset = $4 WHERE name = $1", name,
      clockSkew.milliseconds, uptime.boot, offset)
  }

  /// Writes down what an act has done, at the end of the chain that `audit --verify` looks along.
  func event(_ kind: Event.Kind, _ connection: String, _ detail: String, _ db: any Transaction) throws {
    try append(kind, connection, detail, db)
  }
}

/// Something that happened to a connection; rows are only ever added.
package struct Event: Sendable, Equatable, Codable {
  package enum Kind: String, Sendable, Codable {
    case approved, refreshed, refused, clientRefused = "client_refused", answerLost = "answer_lost", putOff = "put_off"
    case spareKept = "spare_kept", answerNotKept = "answer_not_kept", disconnected, keyAdded = "key_added"
    case keyRevoked = "key_revoked", quarantined, offered, trusted, checked, declaredGone = "declared_gone"
    case paused, resumed, takenAgain = "taken_again", kept
  }

  /// Milliseconds since 1970.
  package var at: Int64
  package var kind: Kind
  package var detail: String
}
