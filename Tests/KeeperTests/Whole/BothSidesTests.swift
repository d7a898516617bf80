import Foundation
import Issuer
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// The real keeper against the real issuer, in one process, with a network between them that loses answers.
struct BothSidesTests {
  /// What the network does to one exchange.
  enum Fault: CaseIterable {
    case none, refused, lostRequest, lostAnswer, htmlInstead, lateAnswer
  }

  /// The issuer's token endpoint without a socket.
  final class FaultyNetwork: TokenEndpoint {
    private let issuer: Issuer
    private let time: VirtualTime
    fileprivate let plan = Mutex<[Fault]>([])

    init(_ issuer: Issuer, _ time: VirtualTime) {
      self.issuer = issuer
      self.time = time
    }

    func plan(_ fault: Fault) { plan.withLock { $0.append(fault) } }

    func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
      let fault = plan.withLock { $0.isEmpty ? Fault.none : $0.removeFirst() }
      if fault == .refused { return .notSent("connection refused") }
      if fault == .lostRequest { return .noAnswer("cut before it arrived") }
      let answer = await answer(request)
      switch fault {
      case .lostAnswer: return .noAnswer("cut on the way back")
      case .htmlInstead: return .body(502, "<html>bad gateway</html>")
      case .lateAnswer:
        // Later than the lease of the flight that waits for it.
        time.advance(by: .seconds(200))
        return answer
      default: return answer
      }
    }

    private func answer(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
      do throws(OAuthError) {
        guard let fields = FormFields(parsing: request.fields.encoded) else { return .noAnswer("no form") }
        let client = try PresentedClient(authorization: request.authorization?.exposed, fields: fields)
        let response = try await issuer.token(TokenRequest(fields: fields), client: client)
        return .answer(.init(status: 200, body: (try? Array(JSONEncoder().encode(response))) ?? []))
      } catch {
        return .answer(.init(status: error.status, body: (try? Array(JSONEncoder().encode(error))) ?? []))
      }
    }
  }

  /// Says who has approved, as the issuer's userinfo does.
  struct Approver: Upstream {
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      UpstreamResponse(status: 200, body: Array(#"{"email":"ann@acme.example"}"#.utf8))
    }
  }

  /// Both sides, connected by a person's approval.
  struct Pair {
    let time = VirtualTime()
    let host = MemoryHost()
    let issuer: Issuer
    let network: FaultyNetwork
    let database: any Database
    let ring: KeyRing
    let clientID: String
    private let providers: ProviderCatalogue
    private let session: Session
    private let seed: UInt64
    private static let migrated = (
      issuer: MigratedDatabase(IssuerSchema.migrations), keeper: MigratedDatabase(KeeperSchema.migrations)
    )

    init(seed: UInt64) async throws {
      self.seed = seed
      providers = try .builtIn()
      guard let ring = KeyRing(file: KeyRing.newFile(.seeded(seed)).exposed) else { throw StoreError.unreadable("key") }
      self.ring = ring
      let cheap = PasswordCost(rounds: 2, blockSize: 8, parallelism: 1)
      issuer = Issuer(
        database: try await Self.migrated.issuer.copy(), ring: ring, clock: time.clock, random: .seeded(seed),
        settings: IssuerSettings(
          issuer: "http://127.0.0.1:9", accessLifetime: .hours(24), refreshWindow: .days(183),
          codeLifetime: .seconds(60), sessionLifetime: .days(3650), passwordCost: cheap),
        revocationLog: .inMemory,
        logger: .silent)
      network = FaultyNetwork(issuer, time)
      database = try await Self.migrated.keeper.copy()
      _ = try await issuer.addTenant(name: "Acme")
      _ = try await issuer.addUser(email: "ann@acme.example", name: "Ann", password: Secret("correct horse"))
      try await issuer.addMember(email: "ann@acme.example", tenant: "Acme")
      let app = try await issuer.registerClient(
        ClientRegistration(name: "Shop", redirectURIs: ["http://127.0.0.1/callback"]))
      clientID = app.clientID
      let cookie = try await issuer.signIn(
        email: "ann@acme.example", password: Secret("correct horse"), address: "127.0.0.1")
      guard let session = try await issuer.session(cookie) else { throw StoreError.unreadable("session") }
      self.session = session
      try await keeper().desk.addClient(
        "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: app.clientID, secret: app.secret,
        redirectURI: "http://127.0.0.1/callback", replacing: false)
      try await approve()
    }

    var clock: WallClock {
      var clock = time.clock
      clock.sleep = { [time] in
        time.advance(by: $0)
        await Task.yield()
      }
      return clock
    }

    func keeper(_ process: String = "p1") -> Keeper {
      Keeper(
        database: database, ring: ring, providers: providers, endpoint: network, upstream: { _, _ in Approver() },
        journals: host.journals(process), witness: host.witness, clock: clock, random: .seeded(seed), process: process,
        logger: .silent)
    }

    func store(_ process: String) -> GrantStore {
      GrantStore(
        database: database, ring: ring, providers: providers, clock: clock, random: .seeded(seed), process: process,
        marks: StoreMarks(witness: host.witness, logger: .silent))
    }

    func approve() async throws {
      let keeper = keeper()
      let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
      let query = attempt.address.split(separator: "?", maxSplits: 1).last ?? ""
      guard let fields = FormFields(parsing: query),
        case .consent(let consent) = try await issuer.authorize(fields, session: session),
        case .redirect(let location) = try await issuer.decide(
          approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: .approve(tenantID: nil),
          session: session,
          address: "127.0.0.1"),
        let answer = FormFields(parsing: location.split(separator: "?", maxSplits: 1).last ?? "")
      else { throw KeeperError.refused("no approval came about") }
      _ = try await keeper.desk.finishConnecting("shop", fields: answer)
    }

    func revoke() async throws {
      for approval in try await issuer.approvals(of: session) {
        _ = try await issuer.revokeApproval(approval.grantID, by: session, csrf: session.csrf.exposed)
      }
    }

    /// One refresh by a process that knows nothing but the store.
    func refresh(_ process: String) async throws -> Result<AccessToken, TokenUnavailable> {
      let store = store(process)
      let seen = try await store.loadConnection("shop").connection.generation
      let refresher = Refresher(
        store: store, endpoint: network, snapshot: Snapshot(),
        settlement: Settlement(journals: host.journals(process), store: store, logger: .silent), clock: clock,
        logger: .silent)
      return await refresher.refresh("shop", .due(seen))
    }
  }

  @Test("the keeper's landings are the issuer's rotations, one for one")
  func counts() async throws {
    let pair = try await Pair(seed: 1)
    for _ in 0..<20 {
      pair.time.advance(by: .hours(19))
      let token = try await pair.refresh("p1").get()
      #expect(try await pair.issuer.authenticate(token.secret).userEmail == "ann@acme.example")
    }
    #expect(try await pair.issuer.rotations(ofClient: pair.clientID) == 20)
    #expect(try await pair.store("p1").loadConnection("shop").connection.generation == 21)
  }

  @Test(
    "K7, P24: what is switched off for six seconds or for an hour goes on by itself when it is on again",
    arguments: 0..<5, [6, 3600] as [Int64])
  func switchedOff(kind: Int, seconds: Int64) async throws {
    let pair = try await Pair(seed: UInt64(kind)), issuer = pair.issuer
    func set(_ isOff: Bool) async throws {
      switch kind {
      case 0: try await issuer.setDisabled(isOff, .user(email: "ann@acme.example"))
      case 1: try await issuer.setDisabled(isOff, .client(id: pair.clientID))
      case 2: try await issuer.setDisabled(isOff, .tenant(name: "Acme"))
      case 3 where isOff: try await issuer.removeMember(email: "ann@acme.example", tenant: "Acme")
      case 3: try await issuer.addMember(email: "ann@acme.example", tenant: "Acme")
      default: try await issuer.setScope(Scope(isOff ? [] : ["full"]), ofClient: pair.clientID)
      }
    }
    func row() async throws -> Connection { try await pair.store("p1").loadConnection("shop").connection }
    pair.time.advance(by: .hours(19) + .minutes(30))
    try await set(true)
    let end = pair.time.now + .seconds(seconds)
    while pair.time.now < end {
      _ = try await pair.refresh("p1").get()
      let row = try await row()
      #expect(row.state == .active && row.suspendedAt != nil && row.generation == 1)
      pair.time.advance(by: .seconds(max(6, seconds / 120)))
    }
    try await set(false)
    pair.time.advance(by: .minutes(5))
    let token = try await pair.refresh("p1").get()
    #expect(token.generation == 2)
    #expect(try await issuer.authenticate(token.secret).userEmail == "ann@acme.example")
    #expect(try await row().suspendedAt == nil)
  }

  @Test("P24: what has ended is refused for good, whatever else is switched off at the time")
  func endedAndOff() async throws {
    let pair = try await Pair(seed: 9)
    try await pair.revoke()
    try await pair.issuer.setDisabled(true, .tenant(name: "Acme"))
    pair.time.advance(by: .hours(19) + .minutes(30))
    _ = try await pair.refresh("p1")
    #expect(try await pair.store("p1").loadConnection("shop").connection.state == .needsApproval)
  }

  @Test("a grant survives whatever a network does to the answers of two keepers", arguments: 0..<60)
  func survives(_ seed: UInt64) async throws {
    let pair = try await Pair(seed: seed)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<30 {
      pair.time.advance(by: .seconds(Int64.random(in: 1...40_000, using: &random)))
      pair.network.plan(Fault.allCases.randomElement(using: &random) ?? .none)
      let process = ["p1", "p2"].randomElement(using: &random) ?? "p1"
      if Int.random(in: 0..<8, using: &random) == 0 {
        // Killed between the claim and the request.
        let seen = try await pair.store(process).loadConnection("shop").connection.generation
        _ = try await pair.store(process).claim("shop", seen: seen, forced: false)
        continue
      }
      if case .failure(.needsApproval(let why)) = try await pair.refresh(process) {
        Issue.record("a living grant was given up: \(why)")
      }
    }
    pair.time.advance(by: .hours(30))
    while pair.network.isPlanned { pair.network.unplan() }
    let token = try await pair.refresh("p2").get()
    #expect(try await pair.issuer.authenticate(token.secret).tenantName == "Acme")
    let row = try await pair.store("p1").loadConnection("shop").connection
    #expect(row.state == .active && row.intent == nil && row.trouble == nil)
  }

  @Test("an approval that is taken back ends in needs approval, and a new one heals it")
  func revoked() async throws {
    let pair = try await Pair(seed: 2)
    try await pair.revoke()
    pair.time.advance(by: .hours(20))
    guard case .failure(.needsApproval) = try await pair.refresh("p1") else {
      throw KeeperError.refused("still served")
    }
    try await pair.approve()
    pair.time.advance(by: .hours(20))
    let token = try await pair.refresh("p1").get()
    #expect(try await pair.issuer.authenticate(token.secret).userName == "Ann")
  }
}

extension BothSidesTests.FaultyNetwork {
  var isPlanned: Bool { plan.withLock { !$0.isEmpty } }
  func unplan() { plan.withLock { if !$0.isEmpty { $0.removeFirst() } } }
}
