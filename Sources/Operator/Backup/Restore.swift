import Foundation
import Keeper
import Store
import Wire

/// What a restored backup brought back, and what it did not.
package struct Restoration: Sendable, Equatable, Codable {
  /// The connections that are not refreshed until they are checked or trusted.
  package var quarantined: [String]
  /// Those of them for which the replaced database had newer tokens.
  package var offered: [String]
  /// The connections that are newer than the backup, and are kept as the replaced database had them.
  package var kept: [String]
  /// The connections of the replaced database that the backup does not know, and whose app is another there.
  package var missing: [String]
  /// The connections that were disconnected since the backup was made; they stay so.
  package var disconnected: [String]
  /// The API keys that are newer than the backup; they work as before.
  package var keptKeys: [String]
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
/// A restore always counts as a restored backup, also where the witness cannot tell: every rotating connection is quarantined
/// before the file is put in place, so that no process ever sees one that is not.
package struct Restore: Sendable {
  let folder: DataFolder
  private let ring: KeyRing
  private let providers: ProviderCatalogue
  let clock: WallClock
  private let random: Randomness
  let marks: StoreMarks

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
    try folder.finishReplacing(KeeperStore.name)
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
    restoration.unread = try await takeOver(into: copy, &restoration)
    let mark = try await copy.read { try store(copy).mark($0) }
    try copy.close()
    restoration.aside = try folder.put(draft, inPlaceOf: KeeperStore.name, at: clock.now())
    await marks.note(mark)
    withExtendedLifetime(lock) {}
    return restoration
  }

  func store(_ database: SQLite) -> GrantStore {
    GrantStore(
      database: database, ring: ring, providers: providers, clock: clock, random: random, process: "restore",
      marks: marks)
  }

  /// Quarantines what rotates, and ends the leases and the console's passes that the backup has brought along.
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
      try store.comeAlive(on: marks.machine, db)
      try store.endLeases(db)
      try store.countWaits(all: true, db)
      try store.quarantineRotating(.restored(backup: name), known: known, db)
      return Restoration(
        quarantined: try store.quarantinedNames(db), offered: [], kept: [], missing: [], disconnected: [],
        keptKeys: [], revokedKeys: [], unopened: unopened)
    }
  }
}
