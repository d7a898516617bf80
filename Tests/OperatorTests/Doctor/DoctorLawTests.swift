import Foundation
import KeeperKit
import OAuth
import Store
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// K30: whatever is broken, doctor tells of it, and touches nothing.
struct DoctorLawTests {
  /// What is seen of a folder, and a server on it.
  private func facts(_ world: FileWorld) async -> DoctorFacts {
    var facts = await DoctorFacts.gather(
      world.folder, providers: world.providers, probe: ScriptedProbe(world.time),
      serverProbe: ScriptedProbe(world.time),
      clock: world.clock)
    facts.server = .serving
    return facts
  }

  /// A keeper that has run, was backed up and has been stopped.
  private func healthy() async throws -> FileWorld {
    let world = try FileWorld()
    try await world.connect()
    try await world.refresh()
    try world.stop()
    _ = try await world.folder.backUpKeeper(
      to: world.file("backup"), ring: try world.folder.keyRing(), replacing: false, clock: world.clock)
    return world
  }

  private func problems(_ examination: Examination) -> [Finding.Check] {
    examination.findings.filter { $0.verdict == .problem }.map(\.check)
  }

  @Test("K30: doctor finds nothing wrong with a keeper that is well, and looks at everything")
  func well() async throws {
    let world = try await healthy()
    let examination = Doctor.diagnose(await facts(world), folder: world.folder)
    #expect(examination.findings.filter { $0.verdict != .ok } == [])
    let looked = Set(examination.findings.map(\.check))
    #expect(
      looked.isSuperset(of: [
        .folder, .server, .space, .key, .store, .witness, .journal, .secret, .redirect, .network, .clock, .lease,
        .doubt,
        .quarantine, .backup,
      ]))
    #expect(!examination.hasProblem)
    #expect(examination.findings.allSatisfy { $0.remedy == nil })
  }

  /// One thing that is broken, by what doctor has seen of it.
  struct Breakage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var check: Finding.Check
    var word: String
    var act: @Sendable (inout DoctorFacts) -> Void

    init(
      _ name: String, _ check: Finding.Check, says word: String, _ act: @escaping @Sendable (inout DoctorFacts) -> Void
    ) {
      testDescription = name
      self.check = check
      self.word = word
      self.act = act
    }

    /// Changes what the store holds.
    static func rows(
      _ name: String, _ check: Finding.Check, says word: String, _ act: @escaping @Sendable (inout StoreRows) -> Void
    ) -> Breakage {
      Breakage(name, check, says: word) { facts in
        guard case .seen(var content) = facts.store, var rows = content.rows.fact else { return }
        act(&rows)
        content.rows = .seen(rows)
        facts.store = .seen(content)
      }
    }

    static func content(
      _ name: String, _ check: Finding.Check, says word: String, freeBytes: Int64 = 1 << 40,
      _ act: @escaping @Sendable (inout StoreContent) -> Void
    ) -> Breakage {
      Breakage(name, check, says: word) { facts in
        facts.folder = .seen(mode: 0o700, isWritable: true, freeBytes: freeBytes)
        guard case .seen(var content) = facts.store else { return }
        act(&content)
        facts.store = .seen(content)
      }
    }

    static func origin(_ name: String, _ check: Finding.Check, says word: String, _ sight: OriginSight) -> Breakage {
      Breakage(name, check, says: word) { facts in for key in facts.origins.keys { facts.origins[key] = sight } }
    }
  }

  static let breakages: [Breakage] = [
    Breakage("a folder that is gone", .folder, says: "--data") { $0.folder = .missing },
    Breakage("a file in the folder's place", .folder, says: "no folder") { $0.folder = .notAFolder },
    Breakage("a folder that cannot be written", .folder, says: "owner") {
      $0.folder = .seen(mode: 0o700, isWritable: false, freeBytes: 1 << 40)
    },
    Breakage("a folder that others can read", .folder, says: "chmod 700") {
      $0.folder = .seen(mode: 0o755, isWritable: true, freeBytes: 1 << 40)
    },
    Breakage("a grant that no server keeps alive", .server, says: "systemctl start evergrant") { $0.server = .none },
    Breakage("a server that does not answer", .server, says: "as process 71: calls with keys get no answer") {
      $0.server = .silent(process: 71)
    },
    Breakage("a full disk", .space, says: "Make room") {
      $0.folder = .seen(mode: 0o700, isWritable: true, freeBytes: 1 << 20)
    },
    Breakage("a full disk, on which a whole database cannot be opened", .space, says: "Make room") {
      $0.folder = .seen(mode: 0o700, isWritable: true, freeBytes: 0)
      $0.store = .unusable("cannot be read: disk I/O error")
      $0.lastBackup = .seen(nil)
    },
    .content("a full disk that refuses to write", .space, says: "Make room", freeBytes: 0) {
      $0.writing = .refused("database or disk is full")
    },
    Breakage("a key file that is missing", .key, says: "Put the one back") { $0.key = .missing },
    Breakage("a key file of somebody else's", .key, says: "whom it belongs to") { $0.key = .unreadable },
    Breakage("a damaged key file", .key, says: "damaged") { $0.key = .damaged },
    Breakage("a key file that others can read", .key, says: "chmod 600") {
      if case .seen(_, let ring) = $0.key { $0.key = .seen(mode: 0o644, ring) }
    },
    Breakage("no database", .store, says: "evergrant restore") { $0.store = .unusable("is damaged: a page") },
    .content("a database that cannot be written", .store, says: "read-only") { $0.writing = .refused("read-only") },
    .content("a database that does not sync", .store, says: "not 2") { $0.writing = .possible(synchronous: 1) },
    .content("a secret that does not open", .secret, says: "evergrant reconnect shop") {
      $0.unopened = .seen([SealedValue(table: "connections", owner: "shop", column: "refresh_token")])
    },
    .content("a client's secret that does not open", .secret, says: "evergrant client add app --replace") {
      $0.unopened = .seen([SealedValue(table: "clients", owner: "app", column: "secret")])
    },
    Breakage("a damaged witness", .witness, says: "cannot be read") { $0.witness = .seen(.damaged) },
    Breakage("a lost witness", .witness, says: "no witness") { $0.witness = .seen(.missing) },
    .rows("a database that is older than its witness", .witness, says: "refreshes are missing") {
      $0.mark.landings -= 1
    },
    .rows("another store's database", .witness, says: "another database") { $0.mark.store = "other" },
    Breakage("answers of a dead process that do not open", .journal, says: "Put the key back") {
      $0.journals = .seen([left([0])])
    },
    Breakage(
      "an approval of which nobody can be asked any more who gave it", .journal, says: "evergrant reconnect shop"
    ) {
      $0.journals = .seen([approval(of: "shop", in: $0)])
    },
    Breakage("such an approval of a connection that was never stored", .journal, says: "evergrant connect new") {
      $0.journals = .seen([approval(of: "new", in: $0)])
    },
    Breakage("a journal that was cut", .journal, says: "lost its end") { $0.journals = .seen([left([], isCut: true)]) },
    .rows("a stopped client", .client, says: "--replace") { $0.clients[0].stopped = .refused(words: "401") },
    .rows("a provider that nobody knows", .client, says: "--provider") { $0.clients[0].provider = nil },
    .rows("a redirect URI that is none", .redirect, says: "--redirect-uri") { $0.clients[0].redirectURI = "nowhere" },
    .rows("plain http in a redirect URI", .redirect, says: "https") {
      $0.clients[0].redirectURI = "http://shop.example/back"
    },
    .rows("loopback where the provider takes none", .redirect, says: "https redirect URIs only") {
      $0.clients[0].provider?.loopbackRedirects = false
    },
    .rows("no redirect URI where the provider needs one", .redirect, says: "needs one") {
      $0.clients[0].provider?.loopbackRedirects = false
      $0.clients[0].redirectURI = nil
    },
    .origin("a name without an address", .network, says: "name service", .unresolved),
    .origin("a provider that is down", .network, says: "nothing listens", .unreachable("nothing listens there")),
    .origin("a certificate for another name", .network, says: "certificates", .insecure("wrong name")),
    Breakage("a certificate that ends soon", .network, says: "ends in 2 days") { facts in
      for origin in facts.origins.keys {
        facts.origins[origin] = .answered(date: facts.now, certificateEnds: facts.now + .days(2) + .hours(1))
      }
    },
    Breakage("a clock that is wrong", .clock, says: "time service") { facts in
      for origin in facts.origins.keys {
        facts.origins[origin] = .answered(date: facts.now + .seconds(90), certificateEnds: nil)
      }
    },
    Breakage("a lost answer that another process may hold", .doubt, says: "evergrant trust shop --gone p9") { facts in
      Breakage.rows("", .doubt, says: "") {
        $0.connections[0].intent = Connection.Intent(
          epoch: 1, generation: 2, fingerprint: [1], at: Timestamp(seconds: 1), process: "p9")
      }.act(&facts)
      facts.journals = .unseen("the folder cannot be read")
    },
    .rows("a connection that is set apart", .quarantine, says: "evergrant check shop") {
      $0.connections[0].quarantine = Connection.Quarantine(
        cause: .told("it is old"), at: Timestamp(seconds: 1), uptime: 0)
    },
    Breakage("no backup", .backup, says: "evergrant backup") { $0.lastBackup = .seen(nil) },
    Breakage("an old backup", .backup, says: "8 days") {
      $0.lastBackup = .seen(BackupRecord(at: $0.now - .days(8), key: 1, path: "/b"))
    },
    Breakage("a backup under a dropped key", .backup, says: "no longer holds") {
      $0.lastBackup = .seen(BackupRecord(at: $0.now, key: 9, path: "/b"))
    },
  ]

  /// What a dead process has left of an approval whose access token has ended.
  private static func approval(of name: String, in facts: DoctorFacts) -> JournalSight {
    let members = #""access_token":"a","refresh_token":"r","token_type":"bearer","expires_in":3600"#
    let answer = ApprovalAnswer(
      connection: name,
      client: Client(name: "app", provider: .unknown("evergrant"), clientID: "id", changed: 1, isVouched: false),
      epoch: 0, era: 0, callback: FormFields([]), answer: Secret("{\(members)}"),
      timing: AnswerTiming(sentAt: facts.now - .hours(2), clockSkew: .zero),
      replacesTenant: false)
    guard case .seen(_, let ring) = facts.key, let sealed = try? answer.sealed(ring, .seeded(1)) else {
      return left([])
    }
    return left(sealed)
  }

  private static func left(_ byte: [UInt8], isCut: Bool = false) -> JournalSight {
    let medium = MemoryMedium()
    let journal = Journal(process: "dead", medium: medium)
    var entries: [Journal.Entry] = []
    if !byte.isEmpty, let slot = journal.reserve() { entries = [Journal.Entry(slot: slot, bytes: byte)] }
    return JournalSight(process: "dead", isLiving: false, entries: entries, isCut: isCut)
  }

  @Test("K30: each broken thing alone is told of, with what to do, and nothing else is", arguments: breakages)
  func alone(_ breakage: Breakage) async throws {
    let world = try await healthy()
    var facts = await facts(world)
    breakage.act(&facts)
    let examination = Doctor.diagnose(facts, folder: world.folder)
    #expect(Set(problems(examination)) == [breakage.check])
    let found = examination.findings.filter { $0.verdict == .problem }
    #expect(found.allSatisfy { $0.remedy != nil })
    #expect(found.contains { ($0.says + " " + ($0.remedy ?? "")).contains(breakage.word) }, "\(found)")
    #expect(examination.hasProblem)
  }

  @Test("K30: what could not be checked is no failure, and says why")
  func unknown() async throws {
    let world = try await healthy()
    var facts = await facts(world)
    facts.journals = .unseen("the folder cannot be read")
    facts.witness = .unseen("the witness cannot be read")
    facts.lastBackup = .unseen("the record cannot be read")
    facts.folder = .seen(mode: 0o700, isWritable: true, freeBytes: nil)
    for origin in facts.origins.keys { facts.origins[origin] = .silent("no answer in time") }
    guard case .seen(var content) = facts.store else { throw StoreError.unreadable("store") }
    content.writing = .busy
    content.unopened = .unseen("there is no key file that could be tried")
    content.rows = .unseen("a column is unreadable")
    facts.store = .seen(content)
    facts.server = .unknown
    let examination = Doctor.diagnose(facts, folder: world.folder)
    #expect(problems(examination) == [])
    #expect(!examination.hasProblem)
    let unknown = examination.findings.filter { $0.verdict == .couldNotCheck }
    #expect(
      Set(unknown.map(\.check)) == [
        .server, .space, .store, .secret, .client, .redirect, .network, .clock, .lease, .doubt, .quarantine, .journal,
        .witness,
        .backup,
      ])
    #expect(unknown.allSatisfy { !$0.says.isEmpty && $0.remedy == nil })
  }

  @Test("K30: leases are told with who holds them, and whether that process runs")
  func leases() async throws {
    let world = try await healthy()
    var facts = await facts(world)
    guard case .seen(var content) = facts.store, var rows = content.rows.fact else { return }
    rows.connections[0].lease = Lease(holder: "p7", from: facts.uptime)
    content.rows = .seen(rows)
    facts.store = .seen(content)
    let says = { (facts: DoctorFacts) in
      Doctor.diagnose(facts, folder: world.folder).findings.first { $0.check == .lease }
    }
    facts.journals = .seen([JournalSight(process: "p7", isLiving: true, entries: [])])
    #expect(says(facts)?.says.contains("is refreshing") == true)
    facts.journals = .seen([])
    #expect(says(facts)?.says.contains("has ended") == true)
    #expect(says(facts)?.verdict == .ok)
    facts.journals = .unseen("no")
    #expect(says(facts)?.verdict == .couldNotCheck)
  }

  /// How a folder was left.
  enum Left: CaseIterable { case running, stopped, killed, broken, empty, gone }

  @Test(
    "K30: a server that runs is asked where it has said that it is, and one that takes the call and is silent is named")
  func asked() async throws {
    let world = try FileWorld(), origin = "http://127.0.0.1:8081"
    func sees(_ sight: ServerSight, asking count: Int, _ looks: OriginSight?) async {
      let probe = ScriptedProbe(world.time, looks)
      #expect(await world.folder.server(asking: probe) == sight)
      #expect(probe.asked.count == count)
    }
    await sees(.none, asking: 0, .silent("no answer"))
    let presence = try world.folder.beginServing()
    // Nobody has said where.
    await sees(.serving, asking: 0, .silent("no answer"))
    var notice: FileLock? = try world.folder.tellOrigin(origin, of: 71)
    await sees(.silent(process: 71), asking: 1, .silent("no answer"))
    await sees(.serving, asking: 1, nil)
    // It may listen where this process cannot see it.
    await sees(.serving, asking: 1, .unreachable("refused"))
    var other: FileLock? = try world.folder.tellOrigin("http://127.0.0.1:9081", of: 72)
    await sees(.silent(process: 71), asking: 1, .silent("no answer"))
    await sees(.serving, asking: 2, nil)
    #expect(notice != nil && other != nil)
    (notice, other) = (nil, nil)
    // Both have ended.
    await sees(.serving, asking: 0, .silent("no answer"))
    withExtendedLifetime((presence, notice, other)) {}
  }

  @Test("K30: doctor makes nothing, changes nothing and asks for no token", arguments: Left.allCases)
  func touchesNothing(_ left: Left) async throws {
    let world = try await healthy()
    try await leave(world, as: left)
    // The index of the log of writes is no data: whoever opens it may note there how far it has read.
    let before = try world.bytes(except: "-shm"), asked = world.provider.requests.count
    let probe = ScriptedProbe(world.time)
    let examination = await Doctor.examine(
      world.folder, providers: world.providers, probe: probe, serverProbe: probe, clock: world.clock)
    #expect(try world.bytes(except: "-shm") == before)
    #expect(FileManager.default.fileExists(atPath: world.folder.path) == (left != .gone))
    #expect(world.provider.requests.count == asked)
    let isWell = [Left.running, .stopped, .killed].contains(left)
    #expect(probe.asked.isEmpty == !isWell)
    // Nobody serves here.
    let found = examination.findings.filter { $0.verdict == .problem && $0.check != .server }
    #expect(found.isEmpty == isWell, "\(found)")
    if left == .broken {
      #expect(Set(problems(examination)) == [.key, .store, .witness])
      #expect(examination.findings.filter { $0.verdict == .ok }.map(\.check) == [.folder, .space])
    }
    if left == .stopped { #expect(before.keys.contains { $0.hasSuffix("-wal") } == false) }
    try world.stop()
    // And it is as good as before.
    if isWell { #expect(try await world.row().generation == 2) }
  }

  private func leave(_ world: FileWorld, as left: Left) async throws {
    let files = FileManager.default, data = world.folder.path
    switch left {
    case .running: _ = try await world.keeper()
    case .stopped: break
    case .killed:
      // Commits that stand in the log of writes alone, and nobody who has the database open.
      let database = try await world.database()
      try await database.write { try $0.execute("UPDATE connections SET trouble = NULL") }
      for name in ["keeper.sqlite", "keeper.sqlite-wal", "keeper.sqlite-shm"] {
        try files.copyItem(atPath: world.folder.file(name), toPath: world.file(name))
      }
      try world.stop()
      try files.removeItem(atPath: world.folder.file("keeper.sqlite"))
      for name in ["keeper.sqlite", "keeper.sqlite-wal", "keeper.sqlite-shm"] {
        try files.moveItem(atPath: world.file(name), toPath: world.folder.file(name))
      }
    case .broken:
      for name in try files.subpathsOfDirectory(atPath: data) where name != "journal" {
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: world.folder.file(name)))
      }
      try files.removeItem(atPath: world.folder.file("journal"))
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: world.folder.file("journal")))
    case .empty:
      for name in try files.contentsOfDirectory(atPath: data) { try files.removeItem(atPath: world.folder.file(name)) }
    case .gone: try files.removeItem(atPath: data)
    }
  }
}
