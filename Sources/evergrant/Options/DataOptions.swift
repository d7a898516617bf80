import ArgumentParser
import Foundation
import Issuer
import Keeper
import Logging
import OAuth
import Store
import Web

/// Where a server's data is; commands work on it beside the running server.
struct DataOptions: ParsableArguments {
  @Option(name: .customLong("data"), help: "\(SettingsTable.data.help)", completion: .directory) var path: String?

  @Option(name: .customLong("master-key"), help: "\(SettingsTable.masterKey.help)", completion: .file())
  var keyPath: String?

  var folder: DataFolder { get throws { try open { try DataFolder(path: $0, keyPath: $1) } } }

  /// The folder to be looked at: nothing is made in it.
  var folderAsItIs: DataFolder { get throws { try open { DataFolder(lookingAt: $0, keyPath: $1) } } }

  /// The folder for looking at what is in it: one that is named must be there.
  var folderThatIs: DataFolder {
    get throws {
      let folder = try folderAsItIs
      let isNamed = try Settings()(SettingsTable.data, flag: path) != nil
      guard !isNamed || FolderSight(folder.path) != .missing else {
        throw Denied(
          "There is no data at \(folder.path). Name the data folder with --data, or make one: evergrant setup")
      }
      return try self.folder
    }
  }

  private func open(_ make: (_ path: String, _ keyPath: String?) throws -> DataFolder) throws -> DataFolder {
    let settings = try Settings()
    let environment = ProcessInfo.processInfo.environment
    let usual = (environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? ".") + "/.local/share") + "/evergrant"
    let folder = try settings(SettingsTable.data, flag: path) ?? usual
    try DataOwner.become(of: folder)
    return try make(folder, settings(SettingsTable.masterKey, flag: keyPath, notBelow: SettingsTable.data, flag: path))
  }

  /// Opens the keeper's side of the folder.
  func keeper(logger: Logger) async throws -> Keeper { try await Keeper.open(try folder, logger: logger) }

  /// Opens the issuer's side of the folder.
  func issuer(_ settings: IssuerSettings, logger: Logger) async throws -> Issuer {
    try await Issuer.open(try folder, settings, logger: logger)
  }
}

extension Keeper {
  /// - Parameter surroundings: what is known outside the folder; without it, what this machine knows.
  static func open(
    _ folder: DataFolder, surroundings: Surroundings? = nil, logger: Logger
  ) async throws -> Keeper {
    let ring = try folder.keyRing()
    let process = "\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8))"
    let keeper = Keeper(
      database: try await folder.database("keeper.sqlite", migrations: KeeperSchema.migrations), ring: ring,
      providers: try ProviderCatalogue(of: folder),
      endpoint: OneShotTokenEndpoint(),
      upstream: { origin, token in BearerUpstream(origin: origin, token: token) },
      journals: try JournalFolder(path: folder.file("journal"), process: process),
      witness: WitnessFile(path: folder.file("witness")), surroundings: surroundings ?? .of(folder), clock: .system,
      random: .system, process: process,
      logger: logger)
    try await keeper.start()
    return keeper
  }

  /// Flies what `body` asks for. A signal to end starts nothing more, and what is in the air lands (K29).
  func working<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    try await StopSignals.held { _ in
      self.close()
    } during: {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await self.fly() }
        defer { self.close() }
        return try await body()
      }
    }
  }
}

extension Surroundings {
  /// What this machine knows of a data folder outside it.
  static func of(_ folder: DataFolder) -> Surroundings {
    let environment = ProcessInfo.processInfo.environment
    return Surroundings(
      marks: MarkFolder.usual(for: folder.path, environment: environment).map(MarkFolder.init(path:)),
      machine: MachineIdentity.current(environment: environment))
  }
}

extension Issuer {
  static func open(_ folder: DataFolder, _ settings: IssuerSettings, logger: Logger) async throws -> Issuer {
    let ring = try folder.keyRing()
    let issuer = Issuer(
      database: try await folder.database("issuer.sqlite", migrations: IssuerSchema.migrations), ring: ring,
      clock: .system, random: .system, settings: settings,
      revocationLog: try RevocationLog.file(path: folder.file("revocations.log")), logger: logger)
    try await issuer.start()
    return issuer
  }
}

/// Calls a provider's API with a bearer token, which `HTTPUpstream` can refuse only when it is made.
struct BearerUpstream: Upstream {
  var origin: Origin
  var token: Secret

  func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    try await HTTPUpstream(base: origin.description, credential: .bearer(token)).send(request)
  }
}
