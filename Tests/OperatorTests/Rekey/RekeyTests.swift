import KeeperKit
import Logging
import OAuth
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// A new key for a keeper that goes on working.
struct RekeyTests {
  /// A store with everything in it that is sealed, and processes that each have a ring of their own.
  private struct Vault {
    let time = VirtualTime()
    let host = MemoryHost()
    let keys = MemoryKeys(.seeded(7))
    let inner: SQLite
    let provider = ScriptedProvider()
    let entry: Provider
    let names = (1...5).map { "shop\($0)" }

    init() async throws {
      inner = try SQLite.inMemory()
      try await inner.migrate(KeeperSchema.migrations)
      guard let entry = try ProviderCatalogue.builtIn().entries["evergrant"] else {
        throw KeeperError.noSuchProvider("evergrant")
      }
      self.entry = entry
      let keeper = try keeper("first")
      try await keeper.start()
      for client in ["app", "office"] {
        try await keeper.desk.addClient(
          client, provider: entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cr3t"),
          redirectURI: "http://127.0.0.1/callback", replacing: false)
      }
      for name in names { try await approve(name) }
      _ = try await keeper.desk.beginConnecting("new", client: "app", redirectURI: nil)
      // A spare and an offer of newer tokens.
      let row = try await row("shop1"), now = time.now
      try await inner.write { [ring = keeper.store.ring] db in
        let spare = try ring.seal(Secret("spare"), at: .spareToken("shop1"), random: .seeded(3))
        try db.execute(
          "UPDATE connections SET spare_token = $1, spare_fingerprint = $2 WHERE name = 'shop1'", spare,
          Secret("spare").fingerprint)
        try keeper.store.offer(
          Offer(
            connection: "shop1", epoch: row.epoch, generation: 9,
            access: Connection.Access(
              sealed: ring.seal(Secret("a9"), at: .accessToken("shop1", generation: 9), random: .seeded(4)),
              from: now, until: now),
            refresh: Connection.Refresh(
              sealed: ring.seal(Secret("r9"), at: .refreshToken("shop1", generation: 9), random: .seeded(5)),
              generation: 9, fingerprint: Secret("r9").fingerprint, until: nil)), db)
      }
    }

    var clock: WallClock {
      var clock = time.clock
      clock.sleep = { [time] in
        time.advance(by: $0)
        await Task.yield()
      }
      return clock
    }

    /// A process that starts now and reads the key file as it is.
    func keeper(_ process: String, on database: (any Database)? = nil, seed: UInt64 = 1) throws -> Keeper {
      Keeper(
        database: database ?? inner, ring: try keys.ring(), providers: ProviderCatalogue([entry]), endpoint: provider,
        upstream: { _, _ in NobodyHome() }, journals: host.journals(process), witness: host.witness, clock: clock,
        random: .seeded(seed), process: process, logger: .silent)
    }

    func approve(_ name: String) async throws {
      let keeper = try keeper("approver")
      time.advance(by: .seconds(1))
      _ = try await keeper.store.adopt(
        TokenResponse(accessToken: Secret("a \(name)"), expiresIn: 86_400, refreshToken: Secret("r \(name)")),
        as: name, client: try await keeper.desk.client("app"), identity: Identity(tenant: "acme", approver: "ann"),
        sentAt: time.now, replacingTenant: true)
    }

    func row(_ name: String) async throws -> Connection {
      try await keeper("reader").store.loadConnection(name).connection
    }

    func refresh(_ name: String, by keeper: Keeper) async throws -> Result<AccessToken, TokenUnavailable> {
      let seen = try await row(name).generation
      return await Refresher(
        store: keeper.store, endpoint: provider, snapshot: Snapshot(), settlement: keeper.settlement, clock: clock,
        logger: .silent
      ).refresh(name, .due(seen))
    }

    /// What does not open for a process that starts now, and every token that is not the one its row tells of.
    func faults() async throws -> [String] {
      let ring = try keys.ring()
      return try await inner.read { db in
        var faults = try SealedTable.unopened(with: ring, db).map(\.words)
        for row in try db.rows("SELECT * FROM connections").map(Connection.init) {
          guard let refresh = row.refresh else { continue }
          let token = try ring.open(refresh.sealed, at: .refreshToken(row.name, generation: refresh.generation))
          if token.fingerprint != refresh.fingerprint { faults.append("another token at \(row.name)") }
        }
        return faults
      }
    }

    func count() async throws -> Int { try await inner.read { try SealedTable.count($0) } }
  }

  /// Runs something before each access, which may also end the process that wanted it.
  private final class WatchedDatabase: Database {
    struct Death: Error {}
    private let inner: any Database
    private let before: @Sendable () async throws -> Void

    init(_ inner: any Database, before: @escaping @Sendable () async throws -> Void) {
      self.inner = inner
      self.before = before
    }

    func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      try await before()
      return try await inner.write(act)
    }

    func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      try await before()
      return try await inner.read(act)
    }

    func changeMark() async throws -> Int64 { try await inner.changeMark() }
  }

  @Test("after a rekey the old key is gone and everything opens with the new one, in running processes too")
  func whole() async throws {
    let vault = try await Vault()
    let running = try vault.keeper("server")
    try await running.start()
    let total = try await vault.count()
    #expect(total == 2 + 10 + 1 + 2 + 1)
    let seen = Mutex<[Rekeying.Progress]>([]), kept = Mutex<[String]>([])
    let report = try await vault.keeper("rekey").desk.rekey(
      keep: { lines in kept.withLock { $0.append(lines.exposed) } },
      progress: { progress in seen.withLock { $0.append(progress) } })
    #expect(report.key == 2 && report.isNew && report.dropped == [1] && report.kept == [] && report.unopened == [])
    #expect(report.renewed == total)
    #expect(seen.withLock { $0.last } == Rekeying.Progress(done: 9, total: 9))
    #expect(kept.withLock { $0 } == [KeyRing.newFile(.seeded(7)).exposed])
    #expect(try vault.keys.ring().ids == [2])
    #expect(try await vault.faults() == [])
    vault.time.advance(by: .hours(30))
    for name in vault.names { #expect(try await vault.refresh(name, by: running).text != nil) }
    #expect(vault.provider.presented.sorted() == vault.names.map { "r \($0)" })
    #expect(try await vault.faults() == [])

    let again = try await vault.keeper("rekey").desk.rekey()
    #expect(again.key == 3 && again.isNew && again.dropped == [2])
    #expect(try await vault.faults() == [])
  }

  @Test(
    "a rekey that dies anywhere, among landings and approvals, loses nothing and is ended by the next",
    arguments: 0..<80)
  func crashes(_ seed: UInt64) async throws {
    let vault = try await Vault()
    let server = try vault.keeper("server", seed: seed)
    try await server.start()
    let random = Mutex(SeededGenerator(seed: seed))
    @Sendable func draw(_ most: Int) -> Int { random.withLock { Int.random(in: 0..<most, using: &$0) } }
    let presents = draw(3) == 0
    let disturb: @Sendable () async throws -> Void = {
      let name = vault.names[draw(vault.names.count)]
      switch draw(8) {
      case 0:
        vault.time.advance(by: .hours(20))
        _ = try await vault.refresh(name, by: server)
      case 1: try await vault.approve(name)
      case 2:
        _ = try await server.desk.beginConnecting("new\(draw(1000))", client: "app", redirectURI: nil)
      case 3 where presents:
        // A flight that is in the air, and never heard of again.
        vault.time.advance(by: .hours(20))
        let seen = try await vault.row(name).generation
        _ = try await server.store.claim(name, seen: seen, forced: true)
      default: break
      }
    }
    var deaths = 0, report: RekeyReport?
    while report == nil, deaths < 40 {
      // Sooner or later the life of one of them is long enough.
      let life = Mutex(1 + draw(12 + 4 * deaths))
      let mortal = WatchedDatabase(vault.inner) {
        let isOver = life.withLock { life in
          life -= 1
          return life < 0
        }
        if isOver { throw WatchedDatabase.Death() }
        try await disturb()
      }
      let process = "rekey\(deaths)"
      do { report = try await vault.keeper(process, on: mortal, seed: seed).desk.rekey() } catch is WatchedDatabase
        .Death
      {
        deaths += 1
        vault.host.end(process)
      }
      #expect(try await vault.faults() == [])
    }
    let done = try #require(report)
    // Attempts to add a key were cut short at most once: what was begun is gone on with.
    #expect(done.key <= UInt32(2 + deaths))
    let last = try await vault.keeper("last").desk.rekey(finishing: true)
    #expect(last.kept == [])
    #expect(try vault.keys.ring().ids == [last.key])
    #expect(try await vault.faults() == [])
    vault.time.advance(by: .hours(30))
    for name in vault.names { #expect(try await vault.refresh(name, by: server).text != nil) }
    #expect(try await vault.faults() == [])
  }

  @Test("K2: a key that an answer in a journal names is not dropped before the answer has landed")
  func journal() async throws {
    let vault = try await Vault()
    let server = try vault.keeper("server")
    try await server.start()
    vault.time.advance(by: .hours(20))
    guard case .claimed(let claim) = try await server.store.claim("shop1", seen: 1, forced: false) else {
      throw KeeperError.refused("no claim")
    }
    let received = Received(
      TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2")), of: claim,
      AnswerTiming(sentAt: vault.time.now, clockSkew: .zero))
    let journal = try server.settlement.journals.own()
    let slot = try #require(journal.reserve())
    try await journal.write(received.sealed(server.store.ring, .seeded(9)), to: slot)

    let report = try await vault.keeper("rekey").desk.rekey()
    #expect(report.dropped == [])
    #expect(report.kept.map(\.key) == [1])
    #expect(report.kept.first?.reasons.first?.contains("journal of process server") == true)
    vault.host.end("server")
    // The next one lands what the dead process left, and then nothing names the old key.
    let finished = try await vault.keeper("later").desk.rekey(finishing: true)
    #expect(!finished.isNew && finished.key == 2 && finished.dropped == [1])
    #expect(try await vault.row("shop1").generation == 2)
    #expect(try await vault.faults() == [])
  }

  @Test("K2: a key that the answer of a dead process names is not dropped, whoever has taken its journal over")
  func journalTakenOver() async throws {
    let vault = try await Vault()
    let dead = vault.host.journals("dead"), journal = try dead.own()
    try await journal.write(
      vault.keeper("p9").store.ring.seal(Secret("kept"), at: .journal, random: .seeded(9)),
      to: try #require(journal.reserve()))
    vault.host.end("dead")
    let server = try vault.keeper("server")
    try await server.start()
    try await server.settlement.settle()
    let report = try await vault.keeper("rekey").desk.rekey()
    #expect(report.dropped == [])
    #expect(report.kept.first?.reasons.first?.contains("journal of process dead") == true)
  }

  @Test(
    "K2: what was given back before a key was dropped does not come back with a power cut, when nothing would open it")
  func powerCut() async throws {
    let vault = try await Vault()
    let server = try vault.keeper("server")
    try await server.start()
    let journal = try server.settlement.journals.own()
    let slot = try #require(journal.reserve())
    try await journal.write(
      server.store.ring.seal(Secret("landed long ago"), at: .journal, random: .seeded(9)), to: slot)
    journal.release(slot)
    #expect(try await vault.keeper("rekey").desk.rekey().dropped == [1])
    vault.host.end("server")
    #expect(try vault.host.journaled["server"] == 0)
  }

  @Test("a rekey waits for flights that were in the air when the key was added")
  func aloft() async throws {
    let vault = try await Vault()
    let server = try vault.keeper("server")
    try await server.start()
    vault.time.advance(by: .hours(20))
    _ = try await server.store.claim("shop1", seen: 1, forced: false)
    let begun = vault.time.now
    let report = try await vault.keeper("rekey").desk.rekey()
    #expect(report.dropped == [1])
    #expect(vault.time.now - begun >= Lease.length)
  }

  /// Another user of the ring.
  private final class Others: KeyUser {
    let reasons = Mutex(["living grants of the issuer: 3"])
    func renewKeys() async throws -> Int { 0 }
    func uses(of key: UInt32) async throws -> [String] { key == 1 ? reasons.withLock { $0 } : [] }
  }

  @Test("a key that the issuer's side still names stays, and goes when it names it no more")
  func others() async throws {
    let vault = try await Vault()
    let others = Others()
    let report = try await vault.keeper("rekey").desk.rekey(others: [others])
    #expect(report.dropped == [])
    #expect(report.kept == [RekeyReport.Kept(key: 1, reasons: ["living grants of the issuer: 3"])])
    #expect(try vault.keys.ring().ids == [1, 2])
    others.reasons.withLock { $0 = [] }
    #expect(try await vault.keeper("rekey").desk.rekey(finishing: true, others: [others]).dropped == [1])
  }

  @Test("a value that does not open is told of and keeps its key, and a new key can be had all the same")
  func damaged() async throws {
    let vault = try await Vault()
    try await vault.inner.write { db in
      let sealed: [UInt8] =
        try db.row("SELECT access_token FROM connections WHERE name = 'shop2'")?["access_token"] ?? []
      try db.execute(
        "UPDATE connections SET access_token = $1 WHERE name = 'shop2'", sealed.dropLast() + [(sealed.last ?? 0) ^ 1])
    }
    let value = SealedValue(table: "connections", owner: "shop2", column: "access_token")
    for key: UInt32 in [2, 3] {
      let report = try await vault.keeper("rekey").desk.rekey()
      #expect(report.key == key && report.isNew)
      #expect(report.unopened == [value])
      #expect(report.kept.map(\.key) == [1])
    }
    #expect(try vault.keys.ring().ids == [1, 3])
  }

  @Test("each column of the schema that may hold something sealed is known to a rekey, or known not to be sealed")
  func columns() async throws {
    let open: Set<String> = [
      "attempts.state_hash", "attempts.link", "approval_links.hash", "api_keys.hash", "connections.refresh_fingerprint",
      "connections.spent_fingerprint",
      "connections.spare_fingerprint", "connections.intent_fingerprint", "events.link", "offers.fingerprint",
      "store_state.event_head", "console_passes.hash",
    ]
    let vault = try await Vault()
    let blobs = try await vault.inner.read { db in
      try db.rows("SELECT name FROM sqlite_master WHERE type = 'table'").flatMap { table in
        let name: String = try table["name"]
        return try db.rows("SELECT name FROM pragma_table_info('\(name)') WHERE type = 'BLOB'").map {
          "\(name).\(try $0["name"] as String)"
        }
      }
    }
    let sealed = SealedTable.all.flatMap { table in table.columns.map { "\(table.name).\($0.name)" } }
    #expect(Set(blobs) == open.union(sealed))
  }
}
