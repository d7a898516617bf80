import KeeperKit
import OAuth
import Operator
import Store
import Testing

@testable import Keeper
@testable import Wire

/// What becomes of an approval that waits in a journal beside a restored backup (K28).
extension ApprovalJournalTests {
  @Test("K28: an approval that waited is not dropped where a restored backup has brought back the row from before it")
  func restored() async throws {
    let database = try RestorableDatabase()
    let world = try await KeeperWorld(database: database)
    try await world.connect()
    let backup = try database.backup()
    try await world.connect(token: "between")
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "newest"))
    world.host.end("p1")
    try database.restore(backup)
    try await later(world, Userinfo())
    #expect(try await world.storedRefreshToken() == "newest")
    #expect(try await world.row().quarantine == nil && revocations(world).isEmpty)
  }

  @Test("K3, K28: an approval that waited lands on no newer one that is offered beside a restored row")
  func newerIsOffered() async throws {
    let database = try RestorableDatabase()
    let world = try await KeeperWorld(database: database)
    try await world.connect()
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "waiting"))
    world.host.end("p1")
    let backup = try database.backup()
    world.time.advance(by: .minutes(1))
    try await world.connect(token: "newest", access: "newest")
    let server = world.keeper("p2", upstream: Userinfo())
    try await server.start()
    try database.restore(backup)
    try await server.reload()
    #expect(try await world.store().quarantined("shop").1?.fingerprint == Secret("newest").fingerprint)
    try await later(world, Userinfo(), "p3")
    #expect(try await world.storedRefreshToken() == "r1")
    #expect(try await world.store().quarantined("shop").1?.fingerprint == Secret("newest").fingerprint)
    #expect(try isEmpty(world.host))
  }

  @Test(
    "K28, K33: an approval that landed is not taken back where a journal brings it up again beside a restored row",
    arguments: [(25, 401), (0, 403)])
  func landedIsOffered(after hours: Int, status: Int) async throws {
    let database = try RestorableDatabase()
    let world = try await KeeperWorld(database: database)
    try await world.connect()
    let backup = try database.backup()
    let first = world.keeper(upstream: Userinfo(status: 503))
    try await expectKept(first, try await begin(first, at: world, token: "n1"))
    let (answer, _) = try #require(try first.settlement.approvals().first)
    world.host.end("p1")
    _ = try await world.store().adopt(
      answer.tokens(), as: "shop", client: first.desk.client("app"),
      identity: Identity(tenant: "acme.example", approver: "ann@example.org"), sentAt: answer.timing.sentAt,
      replacingTenant: false)
    let server = world.keeper("p2", upstream: Userinfo())
    try await server.start()
    try database.restore(backup)
    try await server.reload()
    world.time.advance(by: .hours(Int64(hours)))
    try await later(world, Userinfo(status: status), "p3")
    #expect(revocations(world) == [])
    #expect(try await world.store().quarantined("shop").1?.fingerprint == Secret("n1").fingerprint)
    #expect(try isEmpty(world.host))
  }

  @Test("K28: an approval beside a restored row counts, though the clock was set back since what is offered was got")
  func clockSetBack() async throws {
    let database = try RestorableDatabase()
    let world = try await KeeperWorld(database: database)
    try await world.connect()
    let backup = try database.backup()
    try await world.connect(token: "offered", access: "b1")
    let keeper = world.keeper(upstream: Userinfo())
    try await keeper.start()
    try database.restore(backup)
    try await keeper.reload()
    #expect(try await world.store().quarantined("shop").1?.fingerprint == Secret("offered").fingerprint)
    world.time.stepWall(by: .hours(-2))
    _ = try await keeper.desk.finishConnecting("shop", fields: try await begin(keeper, at: world, token: "newest"))
    #expect(try await world.storedRefreshToken() == "newest")
    #expect(try await world.row().quarantine == nil)
  }
}
