import Foundation
import OAuth
import Store

/// What a restored backup brought back, and what it did not.
package struct Restoration: Sendable, Equatable, Codable {
  /// The connections that are not refreshed until they are checked or trusted.
  package var quarantined: [String]
  /// Those of them for which the replaced database had newer tokens.
  package var offered: [String]
  /// The connections of the replaced database that the backup does not know.
  package var missing: [String]
  /// The API keys that the backup had and that had been revoked since; they stay revoked.
  package var revokedKeys: [String]
  /// What is sealed under a key that the key file does not have.
  package var unopened: [SealedValue]
  /// Where the replaced database is now.
  package var aside: String?
  /// Why nothing of the replaced database could be read.
  package var unread: String?
}

/// Puts a backup in the place of a keeper's store (K28).
///
/// A restore always counts as a restored backup, also where the witness cannot tell: every rotating connection is
/// quarantined before the file is put in place, so that no process ever sees it without.
package struct Restore: Sendable {
  private let folder: DataFolder
  private let ring: KeyRing
  private let providers: ProviderCatalogue
  private let clock: WallClock
  private let random: Randomness
  private let marks: StoreMarks

  package init(
    folder: DataFolder, ring: KeyRing, providers: ProviderCatalogue, clock: WallClock, random: Randomness,
    marks: StoreMarks
  ) {
    self.folder = folder
    self.ring = ring
    self.providers = providers
    self.clock = clock
    self.random = random
    self.marks = marks
  }

  /// - Throws: ``DataFolder/Refusal`` with nothing changed, where a process works on the folder or the file is none that can
  ///   be restored.
  package func run(_ path: String) async throws -> Restoration {
    let lock = try folder.beginReplacing(KeeperStore.name)
    let draft = try folder.draft(of: path, for: KeeperStore.name)
    defer { unlink(draft) }
    let copy: SQLite
    do { copy = try SQLite.copy(at: draft) } catch {
      throw DataFolder.Refusal(
        description: "\(path) is no database, or a damaged one (\(error)). Nothing was changed; name another backup.")
    }
    if let fault = await KeeperStore.fault(in: copy) {
      throw DataFolder.Refusal(description: "\(path) \(fault). Nothing was changed; name another backup.")
    }
    try await copy.migrate(KeeperSchema.migrations)
    var restoration = try await setApart(copy, from: path)
    try await takeOver(into: copy, &restoration)
    let mark = try await copy.read { try store(copy).mark($0) }
    try copy.close()
    restoration.aside = try folder.put(draft, inPlaceOf: KeeperStore.name, at: clock.now())
    await marks.note(mark)
    withExtendedLifetime(lock) {}
    return restoration
  }

  private func store(_ database: SQLite) -> GrantStore {
    GrantStore(
      database: database, ring: ring, providers: providers, clock: clock, random: random, process: "restore",
      marks: marks)
  }

  /// Quarantines what rotates.
  private func setApart(_ copy: SQLite, from path: String) async throws -> Restoration {
    let store = store(copy), known = try? marks.known()
    let name = (path as NSString).lastPathComponent
    return try await copy.write { db in
      let unopened = try SealedTable.unopened(with: ring, db)
      if !unopened.isEmpty, unopened.count == (try SealedTable.count(db)) {
        throw DataFolder.Refusal(
          description:
            "Nothing in \(path) opens with the key file \(folder.keyPath). Put the key file back that it was made "
            + "with. Nothing was changed.")
      }
      try db.execute(
        "UPDATE store_state SET store = $1 WHERE id = 1 AND store = ''", GrantStore.newName(random))
      try db.execute("DELETE FROM console_passes")
      // The leases and doubts of then belong to processes that are gone.
      try store.quarantineRotating("it was restored from the backup \(name)", known: known, db)
      let quarantined = try db.rows("SELECT name FROM connections WHERE quarantined_at IS NOT NULL ORDER BY name")
      return Restoration(
        quarantined: try quarantined.map { try $0["name"] }, offered: [], missing: [], revokedKeys: [],
        unopened: unopened)
    }
  }

  /// Takes from the replaced database what must not be lost with it: newer tokens are offered, revoked keys stay revoked, and
  /// what was paused stays paused.
  private func takeOver(into copy: SQLite, _ restoration: inout Restoration) async throws {
    guard FileManager.default.fileExists(atPath: folder.file(KeeperStore.name)) else { return }
    let replaced: Replaced
    do { replaced = try await read() } catch {
      restoration.unread = "\(error)"
      return
    }
    let store = store(copy)
    let (offered, missing, revoked) = try await copy.write { db in
      var offered: [String] = [], missing: [String] = [], revoked: [String] = []
      for old in replaced.connections {
        guard let row = try db.row("SELECT * FROM connections WHERE name = $1", old.name).map(Connection.init) else {
          missing.append(old.name)
          continue
        }
        if let pausedAt = old.pausedAt {
          try db.execute("UPDATE connections SET paused_at = $2 WHERE name = $1", old.name, pausedAt)
        }
        let isSameGrantor = (old.client, old.tenant, old.approver) == (row.client, row.tenant, row.approver)
        let candidates = replaced.offers.filter { $0.connection == old.name } + [Offer(old)].compactMap(\.self)
        let newer = candidates.filter { ($0.epoch, $0.generation) > (row.epoch, row.generation) }
        guard row.quarantine != nil, isSameGrantor, !newer.isEmpty else { continue }
        for offer in newer { try store.offer(offer, db) }
        offered.append(old.name)
      }
      for (name, hash) in replaced.revoked {
        let changed = try db.execute(
          "UPDATE api_keys SET revoked_at = $2 WHERE hash = $1 AND revoked_at IS NULL", hash, clock.now())
        if changed == 1 { revoked.append(name) }
      }
      return (offered, missing, revoked)
    }
    restoration.offered = offered
    restoration.missing = missing
    restoration.revokedKeys = revoked
  }

  private struct Replaced: Sendable {
    var connections: [Connection]
    var offers: [Offer]
    var revoked: [(String, [UInt8])]
  }

  private func read() async throws -> Replaced {
    // Looked at only: what is wrong with it may be read by somebody else one day, with the log of writes that it has.
    let look = try DatabaseLook(path: folder.file(KeeperStore.name))
    defer { look.close() }
    return try await look.database.read { db in
      Replaced(
        connections: try db.rows("SELECT * FROM connections ORDER BY name").map(Connection.init),
        offers: try db.rows("SELECT * FROM offers").map(Offer.init),
        revoked: try db.rows("SELECT name, hash FROM api_keys WHERE revoked_at IS NOT NULL ORDER BY name").map {
          (try $0["name"], try $0["hash"])
        })
    }
  }
}

extension Offer {
  /// The tokens that a row holds.
  init?(_ row: Connection) {
    guard let access = row.access, let refresh = row.refresh else { return nil }
    self.init(connection: row.name, epoch: row.epoch, generation: row.generation, access: access, refresh: refresh)
  }
}
