import Foundation
import Keeper
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Wire

/// A keeper's surroundings in one process: a store in memory, virtual time, and a provider that answers as told.
package struct KeeperWorld {
  package let time: VirtualTime
  package let host = MemoryHost()
  package let database: any Database
  package let ring: KeyRing
  package let provider = ScriptedProvider()
  package let entry: Provider
  private static let migrated = MigratedDatabase(KeeperSchema.migrations)

  /// - Parameters:
  ///   - tolerant: whether the entry says that presenting a token twice is harmless; nil for what it says itself.
  ///   - name: the entry's.
  package init(
    tolerant: Bool? = true, time: VirtualTime = VirtualTime(), database: (any Database)? = nil,
    entry name: String = "evergrant", adjust: (inout Provider) -> Void = { _ in }
  ) async throws {
    self.time = time
    if let database { self.database = database } else { self.database = try await Self.migrated.copy() }
    try await self.database.migrate(KeeperSchema.migrations)
    guard let ring = KeyRing(file: KeyRing.newFile(.seeded(7)).exposed) else { throw StoreError.unreadable("key") }
    self.ring = ring
    guard var entry = try ProviderCatalogue.builtIn().entries[name] else {
      throw KeeperError.noSuchProvider(name)
    }
    if let tolerant { entry.toleratesRetry = tolerant }
    adjust(&entry)
    self.entry = entry
    try await store().open()
  }

  /// Time that passes by itself whenever somebody waits.
  package var clock: WallClock {
    var clock = time.clock
    // Whoever sleeps lets others run, or two of them would keep all threads.
    clock.sleep = { [time] in
      time.advance(by: $0)
      await Task.yield()
    }
    return clock
  }

  package func store(_ process: String = "p1", database: (any Database)? = nil) -> GrantStore {
    GrantStore(
      database: database ?? self.database, ring: ring, providers: ProviderCatalogue([entry]), clock: clock,
      random: .seeded(1),
      process: process, marks: StoreMarks(witness: host.witness, logger: .silent))
  }

  package func keeper(
    _ process: String = "p1", clock: WallClock? = nil, endpoint: (any TokenEndpoint)? = nil,
    upstream: any Upstream = NobodyHome(), surroundings: Surroundings = .unknown
  ) -> Keeper {
    Keeper(
      database: database, ring: ring, providers: ProviderCatalogue([entry]), endpoint: endpoint ?? provider,
      upstream: { _, _ in upstream }, journals: host.journals(process), witness: host.witness,
      surroundings: surroundings, clock: clock ?? self.clock,
      random: .seeded(1), process: process, logger: .silent)
  }

  package func refresher(_ process: String = "p1", snapshot: Snapshot = Snapshot()) -> Refresher {
    refresher(store(process), snapshot: snapshot)
  }

  package func refresher(
    _ store: GrantStore, snapshot: Snapshot = Snapshot(), clock: WallClock? = nil, journals: (any Journals)? = nil
  ) -> Refresher {
    Refresher(
      store: store, endpoint: provider, snapshot: snapshot,
      settlement: Settlement(journals: journals ?? host.journals(store.process), store: store, logger: .silent),
      clock: clock ?? self.clock, logger: .silent)
  }

  /// A client and a connection that somebody has just approved: generation 1, refresh token `r1`, 24 hours of life.
  @discardableResult
  package func connect(
    _ name: String = "shop", token: String = "r1", access: String = "a1", lifetime: Int64? = 86_400,
    client: String = "app"
  ) async throws -> Connection {
    if try await database.read({ try $0.row("SELECT name FROM clients WHERE name = $1", client) }) == nil {
      try await keeper().desk.addClient(
        client, provider: entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cr3t+/="),
        redirectURI: "http://127.0.0.1/callback", replacing: false)
    }
    time.advance(by: .seconds(1))
    return try await store().adopt(
      TokenResponse(
        accessToken: Secret(access), expiresIn: lifetime, refreshToken: Secret(token), scope: "full|acme.example"),
      as: name, client: try await keeper().desk.client(client),
      identity: Identity(tenant: "acme.example", approver: "ann@example.org"),
      sentAt: time.now, replacingTenant: true)
  }

  /// Sets the client's secret, as an operator does who has got another or believes so.
  package func setSecret(_ secret: String, of client: String = "app") async throws {
    try await keeper().desk.addClient(
      client, provider: entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret(secret),
      redirectURI: "http://127.0.0.1/callback", replacing: true)
  }

  package func row(_ name: String = "shop") async throws -> Connection {
    try await database.read { db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name) else {
        throw KeeperError.noSuchConnection(name)
      }
      return try Connection(row)
    }
  }

  /// The refresh token that the store holds, opened.
  package func storedRefreshToken(_ name: String = "shop") async throws -> String? {
    let row = try await row(name)
    return try row.refresh.map { try ring.open($0.sealed, at: .refreshToken(name, generation: $0.generation)).exposed }
  }

  package func storedAccessToken(_ name: String = "shop") async throws -> String? {
    let row = try await row(name)
    return try row.access.map { try ring.open($0.sealed, at: .accessToken(name, generation: row.generation)).exposed }
  }

  private final class Ending: Sendable { let isOver = Mutex(false) }

  /// Runs a keeper's background work for as long as `body` takes; time passes until it has stopped.
  package func running(_ keeper: Keeper, _ body: () async throws -> Void) async throws {
    try await keeper.start()
    let ending = Ending()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        await keeper.run()
        ending.isOver.withLock { $0 = true }
      }
      let result: Result<Void, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      keeper.close()
      while !ending.isOver.withLock({ $0 }) {
        time.advance(by: .seconds(1))
        await Task.yield()
      }
      try result.get()
    }
  }

  /// Lets hours pass over a running keeper that sleeps by the virtual clock, and waits for each refresh that falls due; ends
  /// early where one does not come.
  package func pass(hours: Int, over keeper: Keeper) async {
    for _ in 0..<hours {
      time.advance(by: .hours(1))
      var turns = 0
      while let due = keeper.snapshot["shop"]?.dueAt, due <= time.now {
        await Task.yield()
        turns += 1
        // Its watch may have fallen asleep just after the hour passed; a flight in the air needs turns, and no time.
        if turns.isMultiple(of: 500), !keeper.flights.isFlying("shop") { time.advance(by: .seconds(1)) }
        if turns == 5_000_000 { return }
      }
    }
  }

  /// Lets others run until something has come about, or nothing will.
  package func until(_ isDone: () async throws -> Bool) async rethrows {
    for _ in 0..<500_000 {
      if try await isDone() { return }
      await Task.yield()
    }
  }

  /// A claim on any connection, as it is now.
  package func claimed(_ name: String, by process: String) async throws -> Claim? {
    let seen = try await row(name).generation
    guard case .claimed(let claim) = try await store(process).claim(name, seen: seen, forced: true) else { return nil }
    return claim
  }

  package func claim(_ process: String = "p1", seen: Int64 = 1, forced: Bool = false) async throws -> Claim? {
    var result = try await store(process).claim("shop", seen: seen, forced: forced)
    if case .unsettled(let other) = result {
      result = try await store(process).claim("shop", seen: seen, forced: forced, settled: other)
    }
    guard case .claimed(let claim) = result else { return nil }
    return claim
  }
}

/// Answers each request with the next of its answers, or with a fresh pair; remembers what it was asked.
package final class ScriptedProvider: TokenEndpoint {
  package typealias Script = @Sendable (TokenEndpointRequest) async -> TokenEndpointAnswer

  private struct State {
    var scripts: [Script] = []
    var otherwise: Script?
    var requests: [TokenEndpointRequest] = []
  }

  private let state = Mutex(State())

  package init() {}

  package var requests: [TokenEndpointRequest] { state.withLock { $0.requests } }
  package var presented: [String] { requests.compactMap { $0.fields["refresh_token"] } }

  package func next(_ script: @escaping Script) { state.withLock { $0.scripts.append(script) } }
  package func next(_ answer: TokenEndpointAnswer) { next { _ in answer } }
  /// What is answered when nothing else was planned.
  package func otherwise(_ script: @escaping Script) { state.withLock { $0.otherwise = script } }

  package func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let (script, count) = state.withLock { state -> (Script?, Int) in
      state.requests.append(request)
      return (state.scripts.isEmpty ? state.otherwise : state.scripts.removeFirst(), state.requests.count)
    }
    if let script { return await script(request) }
    return .tokens(access: "a\(count + 1)", refresh: "r\(count + 1)")
  }
}

extension TokenEndpointAnswer {
  package static func body(_ status: Int, _ text: String, retryAfter: String? = nil, date: String? = nil)
    -> TokenEndpointAnswer
  {
    .answer(Answer(status: status, retryAfter: retryAfter, date: date, body: Array(text.utf8)))
  }

  package static func tokens(access: String, refresh: String?, lifetime: Int64? = 86_400) -> TokenEndpointAnswer {
    var members = ["\"access_token\":\"\(access)\"", "\"token_type\":\"bearer\""]
    if let refresh { members.append("\"refresh_token\":\"\(refresh)\"") }
    if let lifetime { members.append("\"expires_in\":\(lifetime)") }
    return .body(200, "{\(members.joined(separator: ","))}")
  }

  package static let refusal = body(400, #"{"error":"invalid_grant","error_description":"The grant was revoked."}"#)
}

extension GrantStore {
  /// Lands an answer as a flight does.
  package func land(
    _ response: TokenResponse, of claim: Claim, sentAt: Timestamp, clockSkew: Duration
  ) async throws -> Landing {
    try await land(Received(response, of: claim, AnswerTiming(sentAt: sentAt, clockSkew: clockSkew)))
  }
}

extension Result where Success == AccessToken {
  package var text: String? { try? get().secret.exposed }
}

extension Flights.Request {
  package static func due(_ seen: Int64 = 1) -> Flights.Request { Flights.Request(seen: seen, forced: false) }
}
