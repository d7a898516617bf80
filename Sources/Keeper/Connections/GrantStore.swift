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
    try await database.write { try $0.execute("UPDATE store_state SET store = $1 WHERE id = 1 AND store = ''", name) }
    try await quarantineIfBehind()
  }

  static func newName(_ random: Randomness) -> String {
    random.bytes(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Takes a row for the rest of the transaction.
  func take(_ name: String, _ db: any Transaction) throws -> Connection? {
    try db.row("UPDATE connections SET version = version WHERE name = $1 RETURNING *", name).map(Connection.init)
  }

  func event(_ kind: Event.Kind, _ connection: String, _ detail: String, _ db: any Transaction) throws {
    try db.execute(
      "INSERT INTO events (at, connection, kind, detail) VALUES ($1, $2, $3, $4)", clock.now(), connection,
      kind.rawValue,
      detail)
  }
}

/// Something that happened to a connection; rows are only ever added.
package struct Event: Sendable, Equatable, Codable {
  package enum Kind: String, Sendable, Codable {
    case approved, refreshed, refused, clientRefused = "client_refused", answerLost = "answer_lost", putOff = "put_off"
    case spareKept = "spare_kept", answerNotKept = "answer_not_kept", disconnected, keyAdded = "key_added"
    case keyRevoked = "key_revoked", quarantined, offered, trusted, checked
  }

  /// Milliseconds since 1970.
  package var at: Int64
  package var kind: Kind
  package var detail: String
}
