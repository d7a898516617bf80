import Issuer
import Keeper
import Logging
import OAuth
import Store
import Synchronization
import TestKit

/// One machine with its keepers' processes, a store, a network, an issuer with people, and whoever watches over the laws.
final class World: Sendable {
  let seed: UInt64
  let dice: Dice
  let time = VirtualTime()
  let host = MemoryHost()
  let store: SharedStore
  let issuerStore: any Database
  let issuer: Issuer
  /// The same issuer for whoever watches: its store does not fail.
  let watched: Issuer
  let ring: KeyRing
  let figures = FigureCount()
  let begun: Timestamp
  /// How long an access token lives.
  let lifetime: Duration
  /// How much longer than asked for a process sleeps at most.
  let pace: Duration
  let connections: [String]
  private let providers: ProviderCatalogue
  private let session: Session
  private let weatherNow = Mutex((weather: Weather.still, since: Timestamp(milliseconds: 0)))
  private let lives = Mutex<[(life: Life, keeper: Keeper)]>([])
  private let watching = Mutex<(truth: Truth, network: Network)?>(nil)

  init(seed: UInt64) async throws {
    self.seed = seed
    dice = Dice(seed: seed)
    begun = time.trueNow
    lifetime = dice.pick([.minutes(10), .hours(1), .hours(6)]) ?? .hours(1)
    pace = min(.milliseconds(lifetime.milliseconds / 40), .minutes(2))
    connections = Array(["shop", "mail", "books"].prefix(Int(dice.number(1...3))))
    guard let ring = KeyRing(file: KeyRing.newFile(.seeded(seed)).exposed) else { throw StoreError.unreadable("key") }
    self.ring = ring
    providers = try .builtIn()
    store = try SharedStore()
    try await store.migrate(KeeperSchema.migrations)
    issuerStore = try SQLite.inMemory()
    try await issuerStore.migrate(IssuerSchema.migrations)
    let breakable = BreakableDatabase(issuerStore)
    var issuerClock = time.clock
    issuerClock.now = { [time] in time.trueNow }
    let settings = IssuerSettings(
      issuer: "http://127.0.0.1:9", accessLifetime: lifetime, sessionLifetime: .days(36_500),
      passwordCost: PasswordCost(rounds: 2, blockSize: 8, parallelism: 1))
    issuer = Issuer(
      database: breakable, ring: ring, clock: issuerClock, random: .seeded(seed &+ 1), settings: settings,
      revocationLog: .inMemory, logger: Self.silent)
    watched = Issuer(
      database: issuerStore, ring: ring, clock: issuerClock, random: .seeded(0), settings: settings,
      revocationLog: .inMemory, logger: Self.silent)
    _ = try await issuer.addTenant(name: "Acme")
    _ = try await issuer.addUser(email: "ann@acme.example", name: "Ann", password: Secret("correct horse"))
    try await issuer.addMember(email: "ann@acme.example", tenant: "Acme")
    let app = try await issuer.registerClient(
      ClientRegistration(name: "Shop", redirectURIs: ["http://127.0.0.1/callback"]))
    let cookie = try await issuer.signIn(
      email: "ann@acme.example", password: Secret("correct horse"), address: "127.0.0.1")
    guard let session = try await issuer.session(cookie) else { throw StoreError.unreadable("session") }
    self.session = session
    let truth = Truth(self)
    watching.withLock { $0 = (truth, Network(self)) }
    store.onCommit { try await truth.observe() }
    let first = Life("first", in: self)
    let keeper = keeper(first)
    try await keeper.start()
    try await keeper.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: app.clientID, secret: app.secret,
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    for name in connections { try await approve(name, by: keeper) }
    first.kill()
    breakable.breaks = { [weak self] in
      guard let self else { return false }
      return dice.chance(weather.issuerFails)
    }
  }

  private static let silent = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

  /// How often refresh tokens were rotated at the issuer.
  func rotations() async throws -> Int64 {
    try await issuerStore.read {
      try $0.row("SELECT COALESCE(SUM(generation - 1), 0) AS count FROM grants WHERE generation > 0")?["count"] ?? 0
    }
  }

  var issuerNow: Timestamp { time.trueNow }

  var truth: Truth { watching.withLock { $0?.truth } ?? Truth(self) }
  var network: Network { watching.withLock { $0?.network } ?? Network(self) }

  var weather: Weather {
    get { weatherNow.withLock(\.weather) }
    set {
      let now = time.trueNow
      weatherNow.withLock { $0 = (newValue, now) }
      host.setDisksFailing(newValue.disksFail)
    }
  }

  /// Whether a refused call would be nobody's fault but the keeper's: it could see its store for a while.
  var isSteady: Bool {
    let (weather, since) = weatherNow.withLock { $0 }
    let isUndisturbed = weather.storeFails == 0 && weather.storeLies == 0 && weather.stalls == 0
    return isUndisturbed && time.trueNow - since > .minutes(15)
  }

  // MARK: - Processes

  func keeper(_ life: Life) -> Keeper {
    let keeper = Keeper(
      database: ReachedStore(life: life, world: self), ring: ring, providers: providers,
      endpoint: ReachedEndpoint(life: life, world: self),
      upstream: { [self] _, token in Userinfo(world: self, life: life, token: token) },
      journals: ReachedJournals(life, host), witness: ReachedWitness(life: life, world: self), clock: life.clock,
      random: .seeded(seed &+ UInt64(truncatingIfNeeded: life.name.hashValue)), process: life.name,
      logger: Self.silent)
    life.begin(keeper)
    return keeper
  }

  /// The storage acts of a process that is not a keeper: a command.
  func grants(_ life: Life) -> GrantStore {
    GrantStore(
      database: store, ring: ring, providers: providers, clock: time.clock, random: .seeded(seed), process: life.name,
      marks: StoreMarks(witness: host.witness, logger: Self.silent))
  }

  func arrived(_ life: Life, _ keeper: Keeper) { lives.withLock { $0.append((life, keeper)) } }

  func left(_ life: Life) { lives.withLock { $0.removeAll { $0.life === life } } }

  /// Lets go of the processes, which hold this world: many thousands of worlds follow each other in one program.
  func end() {
    for (life, _) in living { life.kill() }
    lives.withLock { $0 = [] }
  }

  var living: [(life: Life, keeper: Keeper)] { lives.withLock { $0.filter { !$0.life.isDead } } }

  // MARK: - People

  /// A person approves at the issuer's pages, and the keeper takes the answer.
  func approve(_ connection: String, by keeper: Keeper) async throws {
    let attempt = try await keeper.beginConnecting(connection, client: "app", redirectURI: nil)
    guard let query = attempt.address.split(separator: "?", maxSplits: 1).last, let fields = FormFields(parsing: query),
      case .consent(let consent) = try await issuer.authorize(fields, session: session),
      case .redirect(let location) = try await issuer.decide(
        approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: .approve(tenantID: nil), session: session,
        address: "127.0.0.1"),
      let answer = FormFields(parsing: location.split(separator: "?", maxSplits: 1).last ?? "")
    else { throw StoreError.unreadable("approval") }
    _ = try await keeper.finishConnecting(connection, fields: answer)
    figures.count(\.approvals)
  }

  /// The person takes back the approval that the store's token hangs on.
  func revoke(_ connection: String) async throws {
    guard
      let row = try await store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", connection) }),
      let sealed: [UInt8] = try row["refresh_token"]
    else { return }
    let place = KeyRing.Place(
      table: "connections", row: connection, column: "refresh_token", generation: try row["refresh_generation"])
    guard let prospect = try await watched.foresee(ring.open(sealed, at: place)) else { return }
    if try await issuer.revokeApproval(prospect.grantID, by: session, csrf: session.csrf.exposed) {
      figures.count(\.revocations)
    }
  }
}
