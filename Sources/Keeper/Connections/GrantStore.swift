import Store
import Wire

/// The storage acts of the keeper and the desk. An act that changes a connection is one transaction, which takes the row before
/// it reads it.
package struct GrantStore: Sendable {
  package let database: any Database
  package let ring: KeyRing
  package let providers: ProviderCatalogue
  package let clock: WallClock
  package let random: Randomness
  /// This process, among those that share the store.
  package let process: String
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

  /// Makes the store ready to work on: gives a new one its name, by which the witness knows it, begins the waits of quarantines
  /// that no clock has counted yet, and notes the machine.
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

  /// A number that differs from an earlier one where another process has written in between.
  func changeMark() async throws -> Int64 { try await database.changeMark() }

  package static func newName(_ random: Randomness) -> String {
    random.bytes(16).hex
  }

  /// Counts a change; the changed row keeps the count.
  package func touch(_ db: any Transaction) throws -> Int64 {
    guard let row = try db.row("UPDATE store_state SET touches = touches + 1 WHERE id = 1 RETURNING touches") else {
      throw StoreError.unreadable("no store state")
    }
    return try row["touches"]
  }

  /// Whether a client still has the credentials that something was sent with.
  func isCurrent(_ credentials: Int64, of client: String, _ db: any Transaction) throws -> Bool {
    try db.row("SELECT name FROM clients WHERE name = $1 AND changed = $2", client, credentials) != nil
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
