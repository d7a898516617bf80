import Foundation
import HostileProvider
import Keeper
import OAuth
import Operator
import Store
import TestKit
import Web
import Wire

/// A data folder with a client and connections, and the provider that gave them: where keepers are killed.
final class Yard: Sendable {
  enum Kind: String, Sendable {
    /// The entry says that presenting a token twice is harmless, and so it is.
    case tolerant
    /// The entry says that it is not, and the provider ends the grant of whoever does.
    case strict
  }

  static let client = "app"
  let kind: Kind
  let folder: DataFolder
  let server: HostileServer
  let files: KeeperFiles
  /// For what an operator does; it never runs.
  let keeper: Keeper
  private let journals: any Journals
  private let binary: String

  var model: ModelProvider { server.model }

  static func layOut(
    _ kind: Kind, at path: String, binary: String, director: any Director, seed: UInt64
  ) async throws -> Yard {
    let folder = try DataFolder(path: path)
    let rotation: ModelBehaviour.Rotation =
      switch kind {
      case .tolerant: .tolerant(.untilSuccessorIsUsed)
      case .strict: .strictFamily
      }
    let model = ModelProvider(ModelBehaviour(rotation: rotation), random: .seeded(seed))
    let secret = Secret("a drill's own & secret")
    model.setClient("drill", secret: secret)
    let server = try await HostileServer.start(model, director: director)
    // A provider that nobody knows, as an operator would tell of it.
    let entry = StrictEntry.text
    try FileManager.default.createDirectory(atPath: folder.file("providers"), withIntermediateDirectories: true)
    try DataFolder.writePrivately(entry, to: folder.file("providers/strict.yaml"))
    let yard = try await Yard(kind, folder, server, binary)
    try await yard.keeper.start()
    try await yard.keeper.desk.addClient(
      client, provider: kind == .tolerant ? "evergrant" : "strict", baseURL: server.address, clientID: "drill",
      secret: secret, redirectURI: nil, replacing: false)
    return yard
  }

  private init(_ kind: Kind, _ folder: DataFolder, _ server: HostileServer, _ binary: String) async throws {
    self.kind = kind
    self.folder = folder
    self.server = server
    self.binary = binary
    files = try await KeeperFiles(folder)
    keeper = try files.drilled()
    journals = keeper.settlement.journals
  }

  /// Somebody approves, once or anew.
  ///
  /// - Parameters:
  ///   - lifetime: of the access token.
  ///   - age: how much of that is over already.
  func approve(_ name: String, lifetime: Duration, age: Duration = .zero) async throws {
    let now = WallClock.system.now()
    model.behaviour.accessLifetime = lifetime - age
    let tokens = model.grant(name, client: "drill", at: now)
    let response = TokenResponse(
      accessToken: tokens.access, expiresIn: lifetime.components.seconds, refreshToken: tokens.refresh)
    _ = try await keeper.store.adopt(
      response, as: name, client: try await keeper.desk.client(Self.client),
      identity: Identity(tenant: "acme.example", approver: "ann@acme.example"), sentAt: now - age,
      replacingTenant: false)
  }

  func startKeeper(_ record: String = "keeper") async throws -> KeeperProcess {
    try await KeeperProcess.start(binary, data: folder.path, record: folder.file(record))
  }

  /// What `evergrant status` says of the trouble of each connection that has one.
  func status() async throws -> [String: String] {
    struct Line: Decodable {
      var name: String
      var trouble: String?
    }
    struct Listing: Decodable { var connections: [Line] }
    let record = folder.file("status")
    let process = KeeperProcess(pid: try spawn([binary, "status", "--json", "--data", folder.path], record: record))
    try await process.ending()
    let said = FileManager.default.contents(atPath: record + ".out") ?? Data()
    let listing = try JSONDecoder().decode(Listing.self, from: said)
    return Dictionary(listing.connections.compactMap { line in line.trouble.map { (line.name, $0) } }) { $1 }
  }

  /// What the store has of a connection.
  struct Standing: Sendable {
    var name: String
    var needsApproval: Bool
    /// Why its grant is lost, where it is.
    var loss: Loss?
    var generation: Int64
    var accessUntil: Int64
    /// Of the refresh token.
    var fingerprint: [UInt8]
    /// The process that presented the token and has no answer on record, the token that it was, and since when.
    var intent: (process: String, fingerprint: [UInt8], at: Int64)?
  }

  func standings() async throws -> [Standing] {
    try await files.database.read { db in
      try db.rows("SELECT * FROM connections ORDER BY name").map { row in
        var standing = Standing(
          name: try row["name"], needsApproval: try row["state"] as String == "needs_approval",
          loss: try row["reason"], generation: try row["generation"], accessUntil: try row["access_until"],
          fingerprint: try row["refresh_fingerprint"])
        if let process: String = try row["intent_process"] {
          standing.intent = (process, try row["intent_fingerprint"], try row["intent_at"])
        }
        return standing
      }
    }
  }

  /// The connections whose answers wait in the journal of a process.
  func journaled(by pid: Int32) throws -> Set<String> {
    let processes = try journals.processes().filter { $0.hasPrefix("\(pid)-") }
    return Set(
      try processes.flatMap { try journals.entries(of: $0) }
        .compactMap { try? Received(sealed: $0.bytes, files.ring).connection })
  }
}

extension KeeperFiles {
  /// A keeper of this process, which asks the provider for tokens and calls nobody's API.
  func drilled(through watched: (any Database)? = nil, clock: WallClock = .system) throws -> Keeper {
    try keeper(
      through: watched, endpoint: OneShotTokenEndpoint(), upstream: { _, _ in NobodyHome() }, surroundings: .unknown,
      clock: clock, logger: .silent)
  }
}

/// A provider whose refresh tokens work once and end the grant when they come again.
enum StrictEntry {
  static let text = """
    name: strict
    title: A provider that forgives nothing
    base:
      what: where it listens
    authorization_endpoint: "{base}/oauth/authorize"
    token_endpoint: "{base}/oauth/token"
    api_origin: "{base}"
    tenant: [scope]
    approver: []
    scopes: [full]
    pkce: true
    sends_issuer: false
    loopback_redirects: true
    code_authentication: basic
    refresh_authentication: basic
    default_lifetime_seconds: 3600
    refresh_window_days: 90
    rotates: true
    ends_access_tokens: false
    tolerates_retry: false
    understands_not_after: false
    answers:
      - {status: 400, error: invalid_grant, means: refused}
      - {status: 401, error: invalid_client, means: client_refused}
      - {status: 429, means: throttled}
    token_faults: [invalid_access_token]
    unauthorized_precedes_processing: true

    """
}
