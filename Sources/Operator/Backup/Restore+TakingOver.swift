import Foundation
import Keeper
import Store
import Wire

extension Restore {
  /// Takes from the replaced database what must not be lost with it. What is newer than the backup is kept, newer tokens are
  /// offered, and what was ended since stays ended: a connection that was disconnected or paused, a key that was revoked.
  ///
  /// - Returns: why nothing of the replaced database could be read, if it could not.
  func takeOver(into copy: SQLite, _ restoration: inout Restoration) async throws -> String? {
    guard FileManager.default.fileExists(atPath: folder.file(KeeperStore.name)) else { return nil }
    let replaced: Replaced
    do {
      replaced = try await Replaced.read(folder.file(KeeperStore.name), known: try? marks.known()) { store($0) }
    } catch {
      return "\(error)"
    }
    var columns: [String: [String]] = [:]
    for table in ["clients", "connections", "api_keys"] { columns[table] = try await copy.columns(of: table) }
    let takeOver = TakeOver(replaced: replaced, store: store(copy), columns: columns, now: clock.now())
    let before = restoration
    restoration = try await copy.write { db in
      var restoration = before
      try takeOver.perform(&restoration, db)
      return restoration
    }
    return nil
  }
}

/// What the replaced database holds, its rows column by column where they are added as they are.
struct Replaced: Sendable {
  var clients: [Row]
  var connections: [(row: Row, connection: Connection)]
  var keys: [Row]
  var offers: [Offer]
  /// Its count of changes, which orders what is kept of it.
  var touches: Int64
  /// Why it is itself older than what is known of it, if it is.
  var stale: StaleCause?

  /// Only looks at the file. Somebody may one day recover more from it, with the log of writes that it has.
  static func read(
    _ path: String, known: StoreMarks.Known?, _ store: (SQLite) -> GrantStore
  ) async throws -> Replaced {
    let look = try DatabaseLook(path: path)
    defer { look.close() }
    var database = look.database
    if try await database.read({ try KeeperStore.version($0) }) < KeeperStore.version {
      database = try database.copyInMemory()
      try await database.migrate(KeeperSchema.migrations)
    }
    let grants = store(database)
    return try await database.read { db in
      var replaced = try grants.replaced(db)
      replaced.stale = try known.flatMap { try grants.staleness($0, db) }
      return replaced
    }
  }
}

/// The acts of one transaction on the backup.
private struct TakeOver: Sendable {
  var replaced: Replaced
  var store: GrantStore
  /// The columns of each table that rows are added to.
  var columns: [String: [String]]
  var now: Timestamp

  func perform(_ restoration: inout Restoration, _ db: any Transaction) throws {
    // The count goes on from the higher of the two, so what happens from here on is later than anything that is kept.
    try store.countOn(from: replaced.touches, db)
    for old in replaced.clients { try renewCredentials(old, db) }
    for old in replaced.connections {
      guard let taken = try store.take(old.connection.name, db) else {
        try keep(old.row, old.connection, &restoration, db)
        continue
      }
      let row = taken.keepingDecisions(of: old.connection)
      try row.save(db)
      if old.connection.state == .disconnected, row.state != .disconnected, old.connection.epoch > row.epoch {
        try store.disconnect(row, in: old.connection.epoch, "it was disconnected after the backup was made", db)
        restoration.quarantined.removeAll { $0 == row.name }
        restoration.disconnected.append(row.name)
      } else if try offer(old.connection, for: row, db) {
        restoration.offered.append(row.name)
      } else if try isNewerApproval(old.connection, of: row, db) {
        try row.keepingGrant(of: old.connection).save(db)
        try store.event(.kept, row.name, "its newer approval is kept from the replaced data", db)
        restoration.kept.append(row.name)
      }
    }
    for key in replaced.keys { try takeOver(key: key, &restoration, db) }
    restoration.quarantined.sort()
  }

  /// Newer credentials of the same app count, like newer tokens.
  private func renewCredentials(_ old: Row, _ db: any Transaction) throws {
    guard let there = try store.clientRow(try old["name"], db), try isSameApp(old, there),
      try (there["changed_at"] as Int64) < old["changed_at"]
    else { return }
    try store.setCredentials(from: old, db)
  }

  private func keep(
    _ row: Row, _ connection: Connection, _ restoration: inout Restoration, _ db: any Transaction
  ) throws {
    let name = connection.name
    guard try keepClient(connection.client, db) else {
      restoration.missing.append(name)
      return
    }
    try store.add(row, to: "connections", columns, db)
    try store.takeKnown(name, db).withoutLease.save(db)
    try store.event(.kept, name, "kept from the replaced data, since it is newer than the backup", db)
    if connection.state != .disconnected { restoration.kept.append(name) }
    for offer in replaced.offers where offer.connection == name { try store.offer(offer, db) }
    if connection.quarantine == nil {
      guard let cause = replaced.stale, connection.refresh != nil, try store.rotates(connection.client, db) else {
        return
      }
      try store.setApart(name, .keptFrom(cause), db)
    }
    restoration.quarantined.append(name)
  }

  /// - Returns: whether the backup then has the app of the connection.
  private func keepClient(_ name: String, _ db: any Transaction) throws -> Bool {
    guard let old = try replaced.clients.first(where: { try $0["name"] == name }) else { return false }
    if let there = try store.clientRow(name, db) { return try isSameApp(old, there) }
    try store.add(old, to: "clients", columns, db)
    try store.touchClient(name, db)
    return true
  }

  private func isSameApp(_ one: Row, _ other: Row) throws -> Bool {
    try ["provider", "client_id", "base_url"].allSatisfy { try one[$0] as Value == other[$0] as Value }
  }

  /// Offers what is newer, if it is of the same client, tenant and approver.
  private func offer(_ old: Connection, for row: Connection, _ db: any Transaction) throws -> Bool {
    let candidates = replaced.offers.filter { $0.connection == old.name } + [Offer(old)].compactMap(\.self)
    let newer = candidates.filter { $0.isNewer(than: row) }
    guard row.quarantine != nil, Grantor(old) == Grantor(row), !newer.isEmpty else { return false }
    for offer in newer { try store.offer(offer, db) }
    return true
  }

  /// Whether a connection that does not rotate was approved again since, by the same person for the same tenant. None of its
  /// tokens can be spent, so the newest are the best, and nobody needs to be asked.
  private func isNewerApproval(_ old: Connection, of row: Connection, _ db: any Transaction) throws -> Bool {
    try row.quarantine == nil && old.state == .active && old.epoch > row.epoch && Grantor(old) == Grantor(row)
      && !store.rotates(row.client, db)
  }

  private func takeOver(key: Row, _ restoration: inout Restoration, _ db: any Transaction) throws {
    let name: String = try key["name"], hash: [UInt8] = try key["hash"], revokedAt: Timestamp? = try key["revoked_at"]
    if revokedAt != nil {
      if try store.revokeKey(hash: hash, at: now, db) { restoration.revokedKeys.append(name) }
      return
    }
    let isThere = try store.hasKey(hash: hash, orNamed: name, db), connection: String = try key["connection"]
    guard !isThere, try store.connection(connection, db) != nil else { return }
    try store.add(key, to: "api_keys", columns, db)
    try store.event(
      .kept, connection, "API key \(name) kept from the replaced data, since it is newer than the backup", db)
    restoration.keptKeys.append(name)
  }
}
