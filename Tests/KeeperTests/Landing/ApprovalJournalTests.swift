import KeeperKit
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// What becomes of the tokens of an approval when something fails between the code and the store (K2, K3, K33).
struct ApprovalJournalTests {
  /// Says who approved, or what else it is told to say; `asked` sees each question.
  struct Userinfo: Upstream {
    var status = 200
    var asked: @Sendable () throws -> Void = {}

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      try asked()
      return UpstreamResponse(status: status, body: Array(#"{"email":"ann@example.org","sub":"1"}"#.utf8))
    }
  }

  func begin(
    _ keeper: Keeper, at world: KeeperWorld, tenant: String = "acme.example", token: String,
    meanwhile: @escaping @Sendable () -> Void = {}
  ) async throws -> FormFields {
    if try await keeper.desk.clients().isEmpty {
      try await keeper.desk.addClient(
        "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cr3t+/="),
        redirectURI: "http://127.0.0.1/callback", replacing: false)
    }
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    let asked = try #require(attempt.address.split(separator: "?").last.flatMap { FormFields(parsing: $0) })
    let members = #""access_token":"a-\#(token)","refresh_token":"\#(token)","expires_in":86400"#
    world.provider.next { _ in
      meanwhile()
      return .body(200, #"{\#(members),"scope":"full|\#(tenant)"}"#)
    }
    return AuthorizationResponse(.code(Secret("c0de")), state: asked["state"], issuer: "http://127.0.0.1:9").fields
  }

  func expectKept(_ keeper: Keeper, _ fields: FormFields) async throws {
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: fields)
    }
    guard case .kept = error else { throw KeeperError.refused("\(String(describing: error))") }
  }

  /// Runs a later process until nothing waits in the journals of those that have ended.
  func later(_ world: KeeperWorld, _ upstream: Userinfo, _ process: String = "p2") async throws {
    let keeper = world.keeper(process, upstream: upstream)
    try await world.running(keeper) {
      try await world.until { try world.host.journaled.filter { $0.key != process }.values.allSatisfy { $0 == 0 } }
    }
  }

  func revocations(_ world: KeeperWorld) -> [String] {
    world.provider.requests.filter { $0.url.hasSuffix("/revoke") }.compactMap { $0.fields["token"] }
  }

  func isEmpty(_ host: MemoryHost) throws -> Bool { try host.journaled.values.allSatisfy { $0 == 0 } }

  @Test(
    "K2: the tokens of an approval are in the journal before anybody is asked who approved, and it is empty afterwards")
  func journalFirst() async throws {
    let world = try await KeeperWorld()
    final class Seen: Sendable { let counts = Mutex<[Int]>([]) }
    let seen = Seen()
    let keeper = world.keeper(
      upstream: Userinfo { [host = world.host] in
        let count = try host.journaled.values.reduce(0, +)
        seen.counts.withLock { $0.append(count) }
      })
    let fields = try await begin(keeper, at: world, token: "r1")
    _ = try await keeper.desk.finishConnecting("shop", fields: fields)
    #expect(seen.counts.withLock { $0 } == [1])
    #expect(try isEmpty(world.host))
  }

  @Test("K2: where nobody can be asked who approved, the approval is kept, and a later process finishes it")
  func askedLater() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(keeper, try await begin(keeper, at: world, token: "r1"))
    #expect(try world.host.journaled == ["p1": 1])
    world.host.end("p1")
    try await later(world, Userinfo())
    let status = try await world.keeper("p3").desk.status("shop")
    #expect(status.tenant == "acme.example" && status.approver == "ann@example.org")
    #expect(try await world.storedRefreshToken() == "r1")
    #expect(revocations(world) == [])
  }

  @Test("K2: a store that fails when an approval is stored loses neither it nor the grant of before")
  func storeFails() async throws {
    let database = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: database)
    try await world.connect()
    let keeper = world.keeper(upstream: Userinfo { database.setDown(true) })
    try await expectKept(keeper, try await begin(keeper, at: world, token: "r2"))
    database.setDown(false)
    #expect(try await world.storedRefreshToken() == "r1", "the working grant is as it was")
    world.host.end("p1")
    try await later(world, Userinfo())
    #expect(try await world.storedRefreshToken() == "r2")
  }

  @Test("K2: the process that has kept an approval finishes it itself, and gives its slot back")
  func sameProcess() async throws {
    let database = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: database)
    final class Once: Sendable { let isOver = Mutex(false) }
    let once = Once()
    let keeper = world.keeper(
      upstream: Userinfo { if !once.isOver.withLock({ $0 }) { database.setDown(true) } })
    try await expectKept(keeper, try await begin(keeper, at: world, token: "r1"))
    database.setDown(false)
    once.isOver.withLock { $0 = true }
    try await world.running(keeper) { try await world.until { try isEmpty(world.host) } }
    #expect(try await world.storedRefreshToken() == "r1")
  }

  @Test("K2: an approval that neither the store nor the journal has taken is said to be lost, and keeps no place")
  func lost() async throws {
    let database = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: database)
    let keeper = world.keeper(upstream: Userinfo())
    let fields = try await begin(keeper, at: world, token: "r1") {
      database.setDown(true)
      world.host.setDisksFailing(true)
    }
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: fields)
    }
    guard case .refused(let words) = error else { throw KeeperError.refused("\(String(describing: error))") }
    #expect(words.contains("is lost") && words.contains("approve again"))
    database.setDown(false)
    world.host.setDisksFailing(false)
    #expect(try isEmpty(world.host))
    for _ in 0..<Journal.slotCount / 2 {
      try await expectKept(keeper, try await begin(keeper, at: world, token: "r2") { database.setDown(true) })
      database.setDown(false)
    }
  }

  @Test("K3: an approval that waited lands on no newer one, and what that one hangs off is not revoked")
  func superseded() async throws {
    let world = try await KeeperWorld()
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "old"))
    world.host.end("p1")
    let second = world.keeper("p2", upstream: Userinfo())
    _ = try await second.desk.finishConnecting("shop", fields: try await begin(second, at: world, token: "new"))
    world.host.end("p2")
    try await later(world, Userinfo(), "p3")
    #expect(try isEmpty(world.host))
    #expect(try await world.storedRefreshToken() == "new")
    #expect(revocations(world) == [])
  }

  @Test(
    "K3: an approval that landed before its process died is found again and changes nothing, however far it has rotated"
  )
  func foundAgain() async throws {
    let world = try await KeeperWorld()
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "r1"))
    try await world.connect(token: "r1")
    _ = await world.refresher("p9").refresh("shop", .due())
    let before = try await world.row()
    #expect(before.generation == 2)
    world.host.end("p1")
    try await later(world, Userinfo())
    let after = try await world.row()
    #expect(after.epoch == before.epoch && after.generation == before.generation && after.refresh == before.refresh)
    #expect(try isEmpty(world.host) && revocations(world) == [])
  }

  @Test("K33: another tenant's approval is not stored, it is taken back, and the words say who was expected")
  func takenBack() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper(upstream: Userinfo())
    let fields = try await begin(keeper, at: world, tenant: "rival.example", token: "theirs")
    world.provider.next(.body(200, ""))
    world.provider.next(.body(200, ""))
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: fields)
    }
    for words in ["acme.example", "rival.example", "taken back"] {
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
    #expect(revocations(world) == ["theirs"])
    #expect(try await world.storedRefreshToken() == "r1")
    #expect(try isEmpty(world.host))
  }

  @Test(
    "K33: nothing is taken back where that cannot be done, or would end the other approvals of the same person",
    arguments: [false, true])
  func notTakenBack(canBeTold: Bool) async throws {
    let world = try await KeeperWorld {
      if canBeTold { $0.revocationEndsOne = nil } else { $0.revocationEndpoint = nil }
    }
    try await world.connect()
    let keeper = world.keeper(upstream: Userinfo())
    let fields = try await begin(keeper, at: world, tenant: "rival.example", token: "theirs")
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: fields)
    }
    let words = canBeTold ? "was not told" : "cannot be told"
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(revocations(world) == [])
  }

  @Test("K2: without a free slot of the journal no code is redeemed, and the same answer counts a moment later")
  func noSlot() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Userinfo())
    let fields = try await begin(keeper, at: world, token: "r1")
    let journal = try keeper.settlement.journals.own()
    var taken: [Journal.Slot] = []
    while let slot = journal.reserve() { taken.append(slot) }
    await #expect(throws: KeeperError.self) { try await keeper.desk.finishConnecting("shop", fields: fields) }
    #expect(world.provider.requests.isEmpty)
    journal.release(try #require(taken.first))
    #expect(try await keeper.desk.finishConnecting("shop", fields: fields).state == .ok)
  }

  @Test(
    "K3: an approval of which nobody can be asked any more who gave it is kept until another counts, and never revoked")
  func neverTold() async throws {
    let world = try await KeeperWorld()
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "r1"))
    world.host.end("p1")
    world.time.advance(by: .hours(25))
    let second = world.keeper(
      "p2", upstream: Userinfo { Issue.record("somebody is asked with a token that has ended") })
    let (answer, place) = try #require(try second.settlement.approvals().first)
    let error = await #expect(throws: KeeperError.self) { try await second.finish(answer, at: place, isKept: true) }
    guard case .kept(let approval) = error else { throw KeeperError.refused("\(String(describing: error))") }
    #expect(approval.words.contains("approved anew"))
    #expect(try world.host.journaled["p1"] == 1)
    world.host.end("p2")
    let third = world.keeper("p3", upstream: Userinfo())
    _ = try await third.desk.finishConnecting("shop", fields: try await begin(third, at: world, token: "r3"))
    try await later(world, Userinfo(), "p4")
    #expect(try isEmpty(world.host) && revocations(world) == [])
    #expect(try await world.storedRefreshToken() == "r3")
  }

  @Test("K2: an approval of a provider whose answers tell who gave it is stored however late")
  func nobodyToAsk() async throws {
    let database = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: database) { $0.userinfo = nil }
    let first = world.keeper(upstream: Userinfo())
    try await expectKept(first, try await begin(first, at: world, token: "r1") { database.setDown(true) })
    database.setDown(false)
    world.host.end("p1")
    world.time.advance(by: .hours(25))
    try await later(world, Userinfo { Issue.record("somebody is asked") })
    #expect(try await world.storedRefreshToken() == "r1")
  }

  @Test("K3: an approval waits where an old state of the store has no client of that name")
  func withoutClient() async throws {
    let world = try await KeeperWorld()
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "r1"))
    world.host.end("p1")
    try await world.database.write { try $0.execute("UPDATE clients SET name = 'renamed'") }
    let second = world.keeper("p2", upstream: Userinfo())
    let (answer, place) = try #require(try second.settlement.approvals().first)
    let error = await #expect(throws: KeeperError.self) { try await second.finish(answer, at: place, isKept: true) }
    guard case .kept = error else { throw KeeperError.refused("\(String(describing: error))") }
    #expect(try world.host.journaled["p1"] == 1)
  }

  @Test("K2: approvals that wait leave half of the journal to refreshes")
  func waitingLeavesRoom() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Userinfo(status: 503))
    for count in 1...Journal.slotCount / 2 {
      try await expectKept(keeper, try await begin(keeper, at: world, token: "r\(count)"))
    }
    let fields = try await begin(keeper, at: world, token: "more"), asked = world.provider.requests.count
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("shop", fields: fields)
    }
    #expect(error?.description.contains("evergrant doctor") == true)
    #expect(world.provider.requests.count == asked, "the code is not redeemed")
    #expect(try keeper.settlement.journals.own().reserve() != nil)
  }

  @Test("K3: an approval that counts no more is given up though its provider does not say who gave it")
  func supersededUnasked() async throws {
    let world = try await KeeperWorld()
    let first = world.keeper(upstream: Userinfo(status: 401))
    try await expectKept(first, try await begin(first, at: world, token: "old"))
    world.host.end("p1")
    try await world.connect(token: "new")
    try await later(world, Userinfo(status: 401))
    #expect(try isEmpty(world.host) && revocations(world) == [])
  }

  @Test("K28: the place of an approval that landed is given back for good, and no power cut brings it up again")
  func givenBackForGood() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Userinfo())
    _ = try await keeper.desk.finishConnecting("shop", fields: try await begin(keeper, at: world, token: "r1"))
    world.host.end("p1")
    #expect(try isEmpty(world.host))
  }

  @Test("K7: an approval proves the secret that its code was redeemed with, and no other that was set meanwhile")
  func provenSecret() async throws {
    let world = try await KeeperWorld { $0.answers[0].ambiguous = true }
    let keeper = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(keeper, try await begin(keeper, at: world, token: "r1"))
    world.host.end("p1")
    try await world.setSecret("wrong")
    try await later(world, Userinfo())
    #expect(try await world.storedRefreshToken() == "r1")
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due(try await world.row().generation))
    #expect(try await world.row().state == .active)
    #expect(try await world.keeper("p3").desk.client("app").stopped != nil)
  }

  @Test("K13: an approval that waits in a journal is no answer to a refresh, and holds none up")
  func noDoubt() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let keeper = world.keeper("p7", upstream: Userinfo(status: 503))
    try await expectKept(keeper, try await begin(keeper, at: world, token: "r2"))
    world.host.end("p7")
    #expect(try await world.keeper("p8").settlement.settle("p7", for: "shop"))
    #expect(try world.host.journaled["p7"] == 1)
  }
}
