import Foundation
import Keeper
import Logging
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Wire

/// A keeper's data folder on a real disk, with virtual time and a provider that answers as told.
package final class FileWorld: Sendable {
  package let time = VirtualTime()
  package let provider = ScriptedProvider()
  package let folder: DataFolder
  package let entry: Provider
  private let outer: TemporaryFolder
  private let mine = Mutex<SQLite?>(nil)

  /// - Parameter source: a data folder to begin with, its key among it; without one, an empty folder with a new key.
  package init(copying source: String? = nil, adjust: (inout Provider) -> Void = { _ in }) throws {
    outer = try TemporaryFolder()
    if let source { try Self.copy(source, to: outer.path + "/data") }
    folder = try DataFolder(path: outer.path + "/data")
    guard var entry = try ProviderCatalogue.builtIn().entries["evergrant"] else {
      throw KeeperError.noSuchProvider("evergrant")
    }
    adjust(&entry)
    self.entry = entry
    _ = try folder.keyRing(random: .seeded(7))
  }

  /// Copies a folder, and makes it its owner's alone, as no checkout leaves it.
  private static func copy(_ source: String, to path: String) throws {
    let files = FileManager.default
    try files.copyItem(atPath: source, toPath: path)
    for name in [""] + (try files.subpathsOfDirectory(atPath: path)) {
      var isFolder: ObjCBool = false
      _ = files.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
      try files.setAttributes(
        [.posixPermissions: isFolder.boolValue ? 0o700 : 0o600], ofItemAtPath: "\(path)/\(name)")
    }
  }

  package var providers: ProviderCatalogue { ProviderCatalogue([entry]) }

  /// Beside the data folder.
  package func file(_ name: String) -> String { outer.file(name) }

  package var clock: WallClock {
    var clock = time.clock
    // Whoever sleeps lets others run, or two of them would keep all threads.
    clock.sleep = { [time] in
      time.advance(by: $0)
      await Task.yield()
    }
    return clock
  }

  /// The open database, as a running server has it; ``stop()`` closes it.
  package func database() async throws -> SQLite {
    if let open = mine.withLock({ $0 }) { return open }
    let database = try await folder.database(KeeperStore.name, migrations: KeeperSchema.migrations)
    mine.withLock { $0 = database }
    return database
  }

  package func stop() throws {
    let open = mine.withLock { mine in
      defer { mine = nil }
      return mine
    }
    try open?.close()
  }

  package func keeper(_ process: String = "p1") async throws -> Keeper {
    let keeper = Keeper(
      database: try await database(), ring: try folder.keyRing(creating: false), providers: providers,
      endpoint: provider, upstream: { _, _ in NobodyHome() },
      journals: try folder.journals(of: process), witness: folder.witness(), clock: clock, random: .system,
      process: process,
      logger: .silent)
    try await keeper.start()
    return keeper
  }

  /// A connection that somebody has just approved.
  package func connect(_ name: String = "shop", token: String = "r1", access: String = "a1") async throws {
    let keeper = try await keeper()
    if try await keeper.desk.clients().isEmpty {
      try await keeper.desk.addClient(
        "app", provider: entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cr3t"),
        redirectURI: "http://127.0.0.1/callback", replacing: false)
    }
    time.advance(by: .seconds(1))
    _ = try await keeper.store.adopt(
      TokenResponse(
        accessToken: Secret(access), expiresIn: 86_400, refreshToken: Secret(token), scope: "full|acme.example"),
      as: name, client: try await keeper.desk.client("app"),
      identity: Identity(tenant: "acme.example", approver: "ann@example.org"), sentAt: time.now, replacingTenant: true)
  }

  /// One refresh, by a process that starts for it and ends after it.
  @discardableResult
  package func refresh(_ name: String = "shop", as process: String = "p1") async throws -> Result<
    AccessToken, TokenUnavailable
  > {
    let keeper = try await keeper(process)
    let seen = try await row(name).generation
    let result = await Refresher(
      store: keeper.store, endpoint: provider, snapshot: keeper.snapshot, settlement: keeper.settlement, clock: clock,
      logger: .silent
    ).refresh(name, .due(seen))
    keeper.settlement.close()
    return result
  }

  package func row(_ name: String = "shop") async throws -> Connection {
    try await database().read { db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name) else {
        throw KeeperError.noSuchConnection(name)
      }
      return try Connection(row)
    }
  }

  package func restore(_ path: String) async throws -> Restoration {
    try await Restore(
      folder: folder, ring: try folder.keyRing(creating: false), providers: providers, clock: clock, random: .system,
      marks: StoreMarks(witness: folder.witness(), logger: .silent)
    ).run(path)
  }

  /// Every file of the data folder, by its path in it.
  package func bytes(except suffix: String? = nil) throws -> [String: Data] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [:] }
    var all: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      if let suffix, name.hasSuffix(suffix) { continue }
      all[name] = FileManager.default.contents(atPath: folder.file(name)) ?? Data()
    }
    return all
  }
}
