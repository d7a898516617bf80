import Foundation
import Logging
import OAuth
import Store
import Synchronization
import TestKit

@testable import Keeper

/// A keeper's data folder on a real disk, with virtual time and a provider that answers as told.
final class FileWorld: Sendable {
  let time = VirtualTime()
  let provider = ScriptedProvider()
  let folder: DataFolder
  let entry: Provider
  private let outer: TemporaryFolder
  private let mine = Mutex<SQLite?>(nil)

  init(adjust: (inout Provider) -> Void = { _ in }) throws {
    outer = try TemporaryFolder()
    folder = try DataFolder(path: outer.path + "/data")
    guard var entry = try ProviderCatalogue.builtIn().entries["evergrant"] else {
      throw KeeperError.noSuchProvider("evergrant")
    }
    adjust(&entry)
    self.entry = entry
    _ = try folder.keyRing(random: .seeded(7))
  }

  var providers: ProviderCatalogue { ProviderCatalogue([entry]) }

  /// Beside the data folder.
  func file(_ name: String) -> String { outer.file(name) }

  var clock: WallClock {
    var clock = time.clock
    // Whoever sleeps lets others run, or two of them would keep all threads.
    clock.sleep = { [time] in
      time.advance(by: $0)
      await Task.yield()
    }
    return clock
  }

  /// The open database, as a running server has it; ``stop()`` closes it.
  func database() async throws -> SQLite {
    if let open = mine.withLock({ $0 }) { return open }
    let database = try await folder.database("keeper.sqlite", migrations: KeeperSchema.migrations)
    mine.withLock { $0 = database }
    return database
  }

  func stop() throws {
    let open = mine.withLock { mine in
      defer { mine = nil }
      return mine
    }
    try open?.close()
  }

  func keeper(_ process: String = "p1") async throws -> Keeper {
    let keeper = Keeper(
      database: try await database(), ring: try folder.keyRing(creating: false), providers: providers,
      endpoint: provider, upstream: { _, _ in NobodyHome() },
      journals: try JournalFolder(path: folder.file("journal"), process: process),
      witness: WitnessFile(path: folder.file("witness")), clock: clock, random: .system, process: process,
      logger: .silent)
    try await keeper.start()
    return keeper
  }

  /// A connection that somebody has just approved.
  func connect(_ name: String = "shop", token: String = "r1", access: String = "a1") async throws {
    let keeper = try await keeper()
    if try await keeper.clients().isEmpty {
      try await keeper.addClient(
        "app", provider: entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cr3t"),
        redirectURI: "http://127.0.0.1/callback", replacing: false)
    }
    time.advance(by: .seconds(1))
    _ = try await keeper.store.adopt(
      TokenResponse(
        accessToken: Secret(access), expiresIn: 86_400, refreshToken: Secret(token), scope: "full|acme.example"),
      as: name, client: try await keeper.client("app"),
      identity: Identity(tenant: "acme.example", approver: "ann@example.org"), sentAt: time.now, replacingTenant: true)
  }

  /// One refresh, by a process that starts for it and ends after it.
  @discardableResult
  func refresh(_ name: String = "shop", as process: String = "p1") async throws -> Result<AccessToken, TokenUnavailable>
  {
    let keeper = try await keeper(process)
    let seen = try await row(name).generation
    let result = await Refresher(
      store: keeper.store, endpoint: provider, snapshot: keeper.snapshot, settlement: keeper.settlement, clock: clock,
      logger: .silent
    ).refresh(name, .due(seen))
    keeper.settlement.close()
    return result
  }

  func row(_ name: String = "shop") async throws -> Connection {
    try await database().read { db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name) else {
        throw KeeperError.noSuchConnection(name)
      }
      return try Connection(row)
    }
  }

  func restore(_ path: String) async throws -> Restoration {
    try await Restore(
      folder: folder, ring: try folder.keyRing(creating: false), providers: providers, clock: clock, random: .system,
      marks: StoreMarks(witness: WitnessFile(path: folder.file("witness")), logger: .silent)
    ).run(path)
  }

  /// Every file of the data folder, by its path in it.
  func bytes(except suffix: String? = nil) throws -> [String: Data] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [:] }
    var all: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      if let suffix, name.hasSuffix(suffix) { continue }
      all[name] = FileManager.default.contents(atPath: folder.file(name)) ?? Data()
    }
    return all
  }
}

/// Sees each origin as told, and remembers what it was asked for.
final class ScriptedProbe: OriginProbe {
  private let state: Mutex<(sight: OriginSight?, asked: [Origin])>
  private let time: VirtualTime

  /// - Parameter sight: what every origin looks like; without one, in good health.
  init(_ time: VirtualTime, _ sight: OriginSight? = nil) {
    self.time = time
    state = Mutex((sight, []))
  }

  var asked: [Origin] { state.withLock(\.asked) }

  func look(at origin: Origin) async -> OriginSight {
    state.withLock { state in
      state.asked.append(origin)
      return state.sight ?? .answered(date: time.now, certificateEnds: nil)
    }
  }
}
