import Foundation
import Logging
import OAuth
import Store
import Wire

/// What a keeper works on in a data folder, opened: its keys, its database and the providers' entries. Its journals and its
/// witness lie beside them.
package struct KeeperFiles: Sendable {
  package let folder: DataFolder
  package let ring: KeyRing
  package let database: SQLite
  package let providers: ProviderCatalogue

  /// Brings the database up to date; makes it, and the key file, where the folder is new.
  ///
  /// - Throws: ``DataFolder/Refusal``, or ``KeeperError/refused(_:)`` for a provider's entry, with a sentence that says what
  ///   to do.
  package init(_ folder: DataFolder) async throws {
    self.folder = folder
    ring = try folder.keyRing()
    database = try await folder.database(KeeperStore.name, migrations: KeeperSchema.migrations)
    providers = try ProviderCatalogue(of: folder)
  }

  /// A keeper on these files, which has yet to be started.
  ///
  /// - Parameters:
  ///   - watched: the database, wrapped in something that watches it; nil for the database as it is.
  ///   - upstream: how an API is called with a bearer token, to ask who has approved.
  ///   - surroundings: what is known outside the folder.
  ///   - process: a name of this process that no other has; it begins with the process id, by which a person knows the process.
  package func keeper(
    through watched: (any Database)? = nil, endpoint: any TokenEndpoint,
    upstream: @escaping @Sendable (Origin, Secret) -> any Upstream, surroundings: Surroundings,
    clock: WallClock = .system, process: String = Keeper.newProcessName, logger: Logger
  ) throws -> Keeper {
    Keeper(
      database: watched ?? database, ring: ring, providers: providers, endpoint: endpoint, upstream: upstream,
      journals: try folder.journals(of: process), witness: folder.witness(), surroundings: surroundings, clock: clock,
      random: .system, process: process, logger: logger)
  }
}

extension DataFolder {
  /// The journals of the folder's keepers; the one of `process` is this process's own.
  package func journals(of process: String) throws -> JournalFolder {
    try JournalFolder(path: journalPath, process: process)
  }

  package var journalPath: String { file("journal") }

  /// The count of landings beside the database (K28).
  package func witness() -> WitnessFile { WitnessFile(path: file("witness")) }
}

extension Keeper {
  /// Opens the keeper of a data folder and starts it, as commands and servers do. What measures them, or must see a keeper before
  /// it starts, has ``KeeperFiles`` make it of the same files.
  ///
  /// - Throws: as ``KeeperFiles/init(_:)`` does, or ``StoreError``.
  package static func open(
    _ folder: DataFolder, endpoint: any TokenEndpoint,
    upstream: @escaping @Sendable (Origin, Secret) -> any Upstream, surroundings: Surroundings, logger: Logger
  ) async throws -> Keeper {
    let keeper = try await KeeperFiles(folder).keeper(
      endpoint: endpoint, upstream: upstream, surroundings: surroundings, logger: logger)
    try await keeper.start()
    return keeper
  }

  /// The process's number, and what tells it from an earlier one with that number.
  package static var newProcessName: String {
    "\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))"
  }
}
