import Foundation
import Keeper
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
  private let mine = Mutex<KeeperFiles?>(nil)

  /// - Parameters:
  ///   - source: a data folder to begin with, its key among it; without one, an empty folder with a new key.
  ///   - changes: lines of the provider's entry by their names, which the operator has set to something else.
  package init(copying source: String? = nil, changing changes: [String: String] = [:]) throws {
    outer = try TemporaryFolder()
    if let source { try Self.copy(source, to: outer.path + "/data") }
    folder = try DataFolder(path: outer.path + "/data")
    if !changes.isEmpty { try Self.write(changes, to: folder.file("providers")) }
    guard let entry = try ProviderCatalogue(of: folder).entries["evergrant"] else {
      throw KeeperError.noSuchProvider("evergrant")
    }
    self.entry = entry
    _ = try folder.keyRing(random: .seeded(7))
  }

  /// Writes an operator's own entry, which takes the place of the built-in one.
  private static func write(_ changes: [String: String], to folder: String) throws {
    let builtIn = try String(
      contentsOfFile: Project.file("Sources/Keeper/Providers/Entries/evergrant.yaml"), encoding: .utf8)
    let lines = builtIn.components(separatedBy: "\n").map { line in
      let name = String(line.prefix { $0 != ":" })
      return changes[name].map { "\(name): \($0)" } ?? line
    }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try DataFolder.writePrivately(lines.joined(separator: "\n"), to: folder + "/evergrant.yaml")
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

  /// The opened folder, as a running server has it; ``stop()`` closes it.
  private func files() async throws -> KeeperFiles {
    if let open = mine.withLock({ $0 }) { return open }
    let files = try await KeeperFiles(folder)
    mine.withLock { $0 = files }
    return files
  }

  package func database() async throws -> SQLite { try await files().database }

  package func stop() throws {
    let open = mine.withLock { mine in
      defer { mine = nil }
      return mine
    }
    try open?.database.close()
  }

  package func keeper(_ process: String = "p1") async throws -> Keeper {
    let keeper = try await files().keeper(
      endpoint: provider, upstream: { _, _ in NobodyHome() }, surroundings: .unknown, clock: clock, process: process,
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
