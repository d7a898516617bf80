import Keeper
import OAuth
import Store
import Synchronization
import TestKit
import Wire

/// One machine with its keepers' processes, a store, a network, providers with people, and whoever watches over the laws.
final class World: Sendable {
  /// A connection by a key of the provider's own pages, and that key.
  static let keyed = "tags"
  static let key = Secret("key-of-the-providers-own-pages")

  let seed: UInt64
  let dice: Dice
  let time = VirtualTime()
  let host = MemoryHost()
  let keys: MemoryKeys
  /// The keys for whoever watches: what was dropped still opens.
  let ring: KeyRing
  let store: SharedStore
  let issuer: IssuerService
  let models: [ModelService]
  let figures: FigureCount
  let begun: Timestamp
  /// What does not happen here.
  let omitted: Set<Incident>
  /// How long an access token lives.
  let lifetime: Duration
  /// How much longer than asked for a process sleeps at most.
  let pace: Duration
  /// The connections by grants, each with the place of its provider among ``services``.
  private let homes: [String: Int]
  private let hasKey: Bool
  private let providers: ProviderCatalogue
  private let weatherNow = Mutex((weather: Weather.still, since: Timestamp(milliseconds: 0)))
  private let lives = Mutex<[(life: Life, keeper: Keeper, hasStarted: Bool)]>([])
  private let watching = Mutex<(truth: Truth, custody: Custody, network: Network)?>(nil)
  /// The connections by the codes of their approvals.
  let codes = Mutex<[String: String]>([:])
  let suspensions = Mutex(0)

  init(seed: UInt64, omitting omitted: Set<Incident>, isTelling: Bool = false) async throws {
    self.seed = seed
    self.omitted = omitted
    dice = Dice(seed: seed)
    let begun = time.trueNow
    self.begun = begun
    figures = FigureCount(isTelling: isTelling) { [time] in time.trueNow - begun }
    lifetime = dice.pick([.minutes(10), .minutes(30), .hours(2)]) ?? .hours(1)
    pace = min(.milliseconds(lifetime.milliseconds / 12), .minutes(3))
    providers = try .builtIn()
    keys = MemoryKeys(.seeded(seed))
    ring = try keys.ring()
    store = try SharedStore()
    try await store.migrate(KeeperSchema.migrations)
    let reports = Reports()
    issuer = try await IssuerService(
      seed: seed, lifetime: lifetime, time: time, rules: IssuerRules { reports.truth?.violated($0, $1) })
    let kind = dice.pick(ModelService.Kind.allCases + [.keap]) ?? .keap
    models = [
      ModelService(kind, endsAtReplay: dice.chance(0.5), lifetime: lifetime, seed: seed &+ 3, time: time)
    ]
    let names = ["shop", "mail", "books"].prefix(Int(dice.number(1...3)))
    homes = Dictionary(uniqueKeysWithValues: names.map { [dice] in ($0, dice.chance(0.55) ? 0 : 1) })
    hasKey = dice.chance(0.3)
    let truth = Truth(self)
    reports.truth = truth
    watching.withLock { $0 = (truth, Custody(self), Network(self)) }
    store.onCommit { try await truth.observe() }
    let first = Life("first", in: self)
    let keeper = try keeper(first)
    try await keeper.start()
    for app in services.map(\.app) { try await register(app, by: keeper, replacing: false) }
    for name in connections { try await approve(name, by: keeper, first) }
    if hasKey {
      _ = try await keeper.desk.takeKey(Self.key, as: Self.keyed, provider: "keap")
      figures.count(.staticKey)
    }
    await first.die()
    issuer.breakStore { [weak self] in
      guard let self else { return false }
      return dice.chance(weather.issuerFails)
    }
  }

  /// Whoever reports before there is somebody to hear.
  private final class Reports: Sendable {
    private let heard = Mutex<Truth?>(nil)
    var truth: Truth? {
      get { heard.withLock { $0 } }
      set { heard.withLock { $0 = newValue } }
    }
  }

  var services: [any Service] { [issuer] + models }
  var connections: [String] { homes.keys.sorted() }
  /// What jobs call.
  var called: [String] { connections + (hasKey ? [Self.keyed] : []) }

  func service(of connection: String) -> any Service { services[homes[connection] ?? 0] }

  var truth: Truth { watching.withLock { $0?.truth } ?? Truth(self) }
  var custody: Custody { watching.withLock { $0?.custody } ?? Custody(self) }
  var network: Network { watching.withLock { $0?.network } ?? Network(self) }

  /// Whether a chance comes true of what is not left out.
  func happens(_ incident: Incident, _ chance: Double = 1) -> Bool {
    dice.chance(chance) && !omitted.contains(incident)
  }

  /// How often refresh tokens were rotated.
  func rotations() async throws -> Int64 {
    let ours: Int64 = try await issuer.database.read {
      try $0.row("SELECT COALESCE(SUM(generation - 1), 0) AS count FROM grants WHERE generation > 0")?["count"] ?? 0
    }
    return ours + Int64(models.flatMap { $0.model.log }.count { $0.outcome == .rotated })
  }

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
    let isUndisturbed =
      weather.storeFails == 0 && weather.storeLies == 0 && weather.storeWaits == 0 && weather.stalls == 0
      && weather.slowAnswers == 0
    return isUndisturbed && time.trueNow - since > .minutes(15)
  }

  // MARK: - Processes

  func keeper(_ life: Life) throws -> Keeper {
    let keeper = Keeper(
      database: ReachedStore(life: life, world: self), ring: try keys.ring(), providers: providers,
      endpoint: ReachedEndpoint(life: life, world: self),
      upstream: { [self] in ReachedAPI(life: life, world: self, origin: $0, token: $1) },
      journals: ReachedJournals(life, self), witness: ReachedWitness(life: life, world: self),
      surroundings: host.surroundings(machine: "one"), clock: life.clock,
      random: .seeded(seed &+ Self.number(life.name)), process: life.name, logger: .silent)
    life.begin(keeper)
    lives.withLock { $0.append((life, keeper, false)) }
    return keeper
  }

  /// The same in every process, unlike a hash value.
  private static func number(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// The storage acts of a process that is not a keeper: a command.
  func grants(_ life: Life) throws -> GrantStore {
    GrantStore(
      database: store, ring: try keys.ring(), providers: providers, clock: time.clock, random: .seeded(seed),
      process: life.name,
      marks: StoreMarks(witness: host.witness, surroundings: host.surroundings(machine: "one"), logger: .silent))
  }

  func started(_ life: Life) {
    lives.withLock { lives in
      if let place = lives.firstIndex(where: { $0.life === life }) { lives[place].hasStarted = true }
    }
  }

  func left(_ life: Life) { lives.withLock { $0.removeAll { $0.life === life } } }

  /// Lets go of the processes, which hold this world: many thousands of worlds follow each other in one program.
  func end() {
    for (life, _) in running { life.kill() }
    lives.withLock { $0 = [] }
  }

  /// What people and jobs can reach.
  var living: [(life: Life, keeper: Keeper)] {
    lives.withLock { $0.filter { !$0.life.isDead && $0.hasStarted }.map { ($0.life, $0.keeper) } }
  }

  /// All that remembers something, those among them that have not started yet.
  var running: [(life: Life, keeper: Keeper)] {
    lives.withLock { $0.filter { !$0.life.isDead }.map { ($0.life, $0.keeper) } }
  }

  /// The refresh tokens of the answers that wait on one disk.
  func answers(in medium: MemoryMedium) -> [Secret] {
    let entries = (try? Journal(process: "", medium: medium).entries()) ?? []
    return entries.compactMap { (try? Journaled(sealed: $0.bytes, ring))?.refreshToken }
  }
}
