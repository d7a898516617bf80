import Foundation
import HostileProvider
import Keeper
import KeeperKit
import OAuth
import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Web

/// A real keeper with its real way to the network, and a hostile provider at the other end; time alone is virtual.
struct HostileWorld {
  let script = Script()
  let model: ModelProvider
  let server: HostileServer
  /// How long the keeper waits for an answer.
  private let patience: Duration
  /// The first refresh token of the grant `shop`.
  let first: Secret
  private let world: KeeperWorld
  private let access: Secret
  var entry: Provider { world.entry }
  private var time: VirtualTime { world.time }

  init(
    _ behaviour: ModelBehaviour = ModelBehaviour(rotation: .tolerant(.untilSuccessorIsUsed)),
    entry name: String = "evergrant",
    patience: Duration = .minutes(5), _ adjust: (inout Provider) -> Void = { _ in }
  ) async throws {
    self.patience = patience
    model = ModelProvider(behaviour, random: .seeded(5))
    model.setClient("id", secret: Secret("s3cr3t+/="))
    let time = VirtualTime()
    let server = try await HostileServer.start(model, clock: time.clock, director: script)
    self.server = server
    world = try await KeeperWorld(tolerant: nil, time: time, entry: name) { entry in
      entry.base = nil
      entry.tokenEndpoint = server.address + "/oauth/token"
      entry.authorizationEndpoint = server.address + "/oauth/authorize"
      entry.revocationEndpoint = nil
      entry.apiOrigin = server.address
      adjust(&entry)
    }
    let tokens = model.grant("shop", client: "id", at: time.now)
    first = try #require(tokens.refresh)
    access = tokens.access
  }

  /// Presents a refresh token as the keeper does.
  func present(_ token: Secret, deadline: Duration) async throws -> TokenEndpointAnswer {
    var fields = TokenRequest(.refreshToken(token, scope: nil, notAfter: nil)).fields
    let authorization = entry.authentication(entry.refreshAuthentication, id: "id", secret: Secret("s3cr3t+/="))
      .apply(to: &fields)
    return await OneShotTokenEndpoint().post(
      TokenEndpointRequest(url: entry.tokenEndpoint, fields: fields, authorization: authorization, deadline: deadline))
  }

  func addClient(secret: String = "s3cr3t+/=", replacing: Bool = false) async throws {
    try await keeper("operator").desk.addClient(
      "app", provider: entry.name, baseURL: nil, clientID: "id", secret: Secret(secret), redirectURI: nil,
      replacing: replacing)
  }

  /// Stores the grant, as if somebody had just approved.
  func connect() async throws {
    let keeper = keeper("operator")
    try await addClient()
    _ = try await keeper.store.adopt(
      TokenResponse(accessToken: access, expiresIn: 86_400, refreshToken: first), as: "shop",
      client: try await keeper.desk.client("app"), identity: Identity(tenant: nil, approver: nil),
      sentAt: time.now, replacingTenant: false)
  }

  /// Lets the access token end and a keeper work until it has a new one, which must be the provider's newest.
  func refreshed() async throws {
    let before: Int64 = try await row("connections")["generation"]
    time.advance(by: .days(1))
    try await untilEnded { try await row("connections")["generation"] as Int64 > before ? () : nil }
    let after = try await row("connections")
    #expect(try after["state"] as String == "active")
    #expect(try after["refresh_fingerprint"] as [UInt8] == model.newestRefreshToken(of: "shop")?.fingerprint)
    #expect(try after["intent_process"] as String? == nil, "nothing is in doubt")
  }

  /// Lets the access token end and a keeper work until a person is needed.
  ///
  /// - Returns: why.
  func refused() async throws -> Loss {
    time.advance(by: .days(1))
    return try await untilEnded { try await row("connections")["reason"] as Loss? }
  }

  /// Lets the access token end and a keeper work until the client is stopped.
  func stopped() async throws {
    time.advance(by: .days(1))
    try await untilEnded { try await row("clients")["stopped"] as String? }
  }

  /// Runs a keeper until there is an answer; time goes by meanwhile.
  @discardableResult
  private func untilEnded<Value: Sendable>(_ probe: () async throws -> Value?) async throws -> Value {
    let keeper = keeper("serve"), isOver = Flag()
    try await keeper.start()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        await keeper.run()
        isOver.set()
      }
      group.addTask {
        while !isOver.isSet {
          time.advance(by: .seconds(1))
          try await Task.sleep(for: .milliseconds(1))
        }
      }
      defer { keeper.close() }
      for _ in 0..<60_000 {
        if let value = try await probe() { return value }
        try await Task.sleep(for: .milliseconds(1))
      }
      throw StoreError.unavailable("what was awaited did not come")
    }
  }

  func row(_ table: String) async throws -> Row {
    try #require(try await world.database.read { try $0.row("SELECT * FROM \(table)") })
  }

  private func keeper(_ process: String) -> Keeper {
    world.keeper(process, clock: time.clock, endpoint: Hurried(patience: patience))
  }

  /// The real way, with less patience than a minute.
  private struct Hurried: TokenEndpoint {
    var patience: Duration

    func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
      var request = request
      request.deadline = patience
      return await OneShotTokenEndpoint().post(request)
    }
  }

  private final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
  }
}
