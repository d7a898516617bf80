import KeeperKit
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// What the users of Keap's API report, twelve times: what it does to a naive keeper, and that it does not happen to ours.
struct ReportTests {
  /// A shop's scripts, one table between them.
  private struct Shop {
    let time = VirtualTime()
    let keap: StrictKeap
    let table: NaiveKeeper.Table

    init(secret: String? = nil) {
      keap = StrictKeap(time, secret: secret)
      table = NaiveKeeper.Table(time)
    }

    func script(_ adjust: (inout NaiveKeeper) -> Void = { _ in }) -> NaiveKeeper {
      var script = NaiveKeeper(table: table, endpoint: keap, time: time)
      adjust(&script)
      return script
    }

    /// Whether the grant is lost: a day later no token can be had, or none that the provider knows.
    func hasLostTheGrant() async -> Bool {
      time.advance(by: .hours(25))
      let token = await script().token()
      return token == nil || token != keap.access || !keap.isAlive
    }
  }

  /// Our keeper, with Keap's own entry.
  private struct Ours {
    let world: KeeperWorld
    let keap: StrictKeap

    init(secret: String? = nil, database: (any Database)? = nil) async throws {
      let entry = try RefusalLawTests.keap()
      world = try await KeeperWorld(tolerant: false, database: database) {
        $0 = entry
        $0.loopbackRedirects = true
      }
      try await world.connect()
      keap = StrictKeap(world.time, secret: secret)
      keap.answerFor(world.provider)
    }

    func token(_ process: String = "p1") async throws -> String? {
      let seen = try await world.row().generation
      return await world.refresher(process).refresh("shop", .due(seen)).text
    }

    /// Whether a day later a new process gets a token that the provider knows.
    func hasKeptTheGrant() async throws -> Bool {
      world.time.advance(by: .hours(25))
      let token = try await token("later")
      return keap.isAlive && token == keap.access
    }
  }

  @Test("report 1: the token endpoint takes longer than a job's lock, and a second job refreshes too")
  func slowEndpoint() async throws {
    let shop = Shop()
    shop.time.advance(by: .hours(25))
    let job = shop.script { $0.lock = .seconds(10) }
    shop.keap.disturb { _ in
      shop.time.advance(by: .seconds(12))
      _ = await job.token()
      return nil
    }
    _ = await job.token()
    #expect(await shop.hasLostTheGrant())

    let ours = try await Ours()
    ours.world.time.advance(by: .hours(25))
    ours.keap.disturb { _ in
      ours.world.time.advance(by: .seconds(12))
      let waiting = try? await ours.token("p2")
      #expect(waiting == nil, "it waits, and gives up in time")
      return nil
    }
    #expect(try await ours.token("p1") == "a2")
    #expect(try await ours.token("p2") == "a3" || ours.keap.rotations == 1)
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test("report 2: two crons, or a cron and the portal, refresh at once")
  func twoAtOnce() async throws {
    let shop = Shop()
    shop.time.advance(by: .hours(25))
    shop.keap.disturb { _ in
      _ = await shop.script().token()
      return nil
    }
    _ = await shop.script().token()
    #expect(await shop.hasLostTheGrant())

    let ours = try await Ours()
    ours.world.time.advance(by: .hours(20))
    ours.keap.disturb { _ in
      let portal = try? await ours.token("portal")
      #expect(portal == "a1", "the token that lives serves the portal")
      return nil
    }
    #expect(try await ours.token("cron") == "a2")
    #expect(ours.keap.rotations == 1)
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test("report 3: the process dies, or the save fails, between the answer and the database")
  func failedSave() async throws {
    let shop = Shop()
    shop.time.advance(by: .hours(25))
    shop.keap.disturb { _ in
      shop.table.isFull.withLock { $0 = true }
      return nil
    }
    _ = await shop.script().token()
    shop.table.isFull.withLock { $0 = false }
    #expect(await shop.hasLostTheGrant())

    let ours = try await Ours()
    let broken = BreakableDatabase(ours.world.database)
    ours.world.time.advance(by: .hours(25))
    ours.keap.disturb { _ in
      broken.setDown(true)
      return nil
    }
    var dying = ours.world.refresher(ours.world.store("p1", database: broken))
    dying.isStopping = { true }
    _ = await dying.refresh("shop", .due())
    ours.world.host.end("p1")
    ours.world.time.advance(by: .minutes(4))
    #expect(try await ours.token("p2") == "a2")
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test(
    "report 4: a response without refresh_token, or an error body, overwrites the stored refresh token with nothing",
    arguments: [
      TokenEndpointAnswer.tokens(access: "a1", refresh: nil), .body(500, #"{"error":"server_error"}"#),
      .body(400, #"{"error":"invalid_request","error_description":"response_type or grant_type is required"}"#),
    ])
  func overwritten(_ answer: TokenEndpointAnswer) async throws {
    let shop = Shop()
    shop.time.advance(by: .hours(25))
    shop.keap.disturb { _ in answer }
    _ = await shop.script().token()
    #expect(shop.table.row.withLock { $0.refresh } == nil)
    #expect(await shop.hasLostTheGrant())

    let ours = try await Ours()
    ours.world.time.advance(by: .hours(20))
    ours.keap.disturb { _ in answer }
    #expect(try await ours.token() == "a1")
    #expect(try await ours.world.storedRefreshToken() == "r1")
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test("report 5: a refresh on every page load")
  func everyPage() async throws {
    let shop = Shop()
    let page = shop.script { $0.refreshesEachTime = true }
    for _ in 0..<100 { _ = await page.token() }
    #expect(shop.keap.requests == 100)

    let ours = try await Ours()
    let keeper = ours.world.keeper(clock: ours.world.time.clock)
    try await ours.world.running(keeper) {
      for _ in 0..<100 { #expect(try await keeper.token(for: "shop").secret.exposed == "a1") }
      // Nor does a page whose token is called stale a moment after it came.
      let token = try #require(keeper.freshToken(for: "shop"))
      for _ in 0..<100 {
        _ = await withCheckedContinuation { continuation in
          keeper.token(for: "shop", replacing: token) { continuation.resume(returning: $0) }
        }
      }
    }
    #expect(ours.keap.requests == 0)
  }

  @Test(
    "report 6: the secret's +, /, = or backslash is mangled by a form encoding or a database",
    arguments: ["s3cr3t+/=", "a+b", "50%", "x&y", #"back\slash'"#])
  func mangledSecret(_ secret: String) async throws {
    if secret.contains(where: "+%&".contains) {
      let shop = Shop(secret: secret)
      shop.time.advance(by: .hours(25))
      #expect(await shop.script { $0.secret = secret }.token() == nil)
    }
    let ours = try await Ours(secret: secret)
    try await ours.world.keeper().desk.addClient(
      "app", provider: ours.world.entry.name, baseURL: nil, clientID: "id", secret: Secret(secret), redirectURI: nil,
      replacing: true)
    #expect(try await ours.token() == "a2")
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test("report 7: nobody uses the grant for weeks, and nobody is told that a person will be needed")
  func forgotten() async throws {
    let shop = Shop()
    shop.time.advance(by: .days(50))
    #expect(await shop.script().token() == nil)
    #expect(!shop.keap.isAlive)

    let ours = try await Ours()
    let keeper = ours.world.keeper(clock: ours.world.time.clock)
    try await ours.world.running(keeper) { await ours.world.pass(hours: 24 * 50, over: keeper) }
    #expect(try #require(try await keeper.desk.status("shop").personNeededBy) > ours.world.time.now.milliseconds)
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test("report 8: a restored backup brings back a consumed refresh token")
  func restoredBackup() async throws {
    let shop = Shop()
    let old = shop.table.row.withLock { $0 }
    shop.time.advance(by: .hours(25))
    _ = await shop.script().token()
    shop.table.row.withLock { $0 = old }
    #expect(await shop.hasLostTheGrant())

    let database = try RestorableDatabase()
    let ours = try await Ours(database: database)
    let backup = try database.backup()
    let keeper = ours.world.keeper("server", upstream: KnownToken(keap: ours.keap))
    ours.world.time.advance(by: .hours(20))
    #expect(try await ours.token("p1") == "a2")
    ours.world.host.end("p1")
    try await keeper.start()
    try database.restore(backup)
    try await keeper.reload()
    #expect(try await ours.token("p2") != "a3")
    ours.world.host.end("p2")
    #expect(ours.keap.isAlive && ours.keap.rotations == 1)
    ours.world.time.advance(by: .minutes(10))
    guard case .undecided = try await keeper.check("shop") else {
      throw KeeperError.refused("that an access token works proves nothing where older ones may live on")
    }
    // What the journal of the process that ended still held has landed on the restored row: it is the newest.
    #expect(try await keeper.desk.trust("shop", offered: false).generation == 2)
    #expect(try await ours.hasKeptTheGrant())
  }

  /// An API that accepts whatever is called while the grant lives.
  private struct KnownToken: Upstream {
    let keap: StrictKeap
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      UpstreamResponse(status: keap.isAlive ? 200 : 401, body: Array("{}".utf8))
    }
  }

  @Test("report 9: the expiry is counted from when the object was built, or the clock is off")
  func wrongExpiry() async throws {
    let shop = Shop()
    _ = await shop.script { $0.refreshesEachTime = true }.token()
    shop.time.advance(by: .days(3))
    #expect(await shop.script { $0.countsFromItsOwnStart = true }.token() == "a2", "dead for two days, and served")
    #expect(shop.keap.requests == 1)
    // A clock that was set back by a month makes every token look young.
    shop.time.stepWall(by: .zero - .days(30))
    #expect(await shop.script().token() == "a2")

    let ours = try await Ours()
    ours.world.time.advance(by: .days(3))
    #expect(try await ours.token() == "a2")
    ours.world.time.stepWall(by: .zero - .days(30))
    let keeper = ours.world.keeper(clock: ours.world.time.clock)
    try await ours.world.running(keeper) {
      await ours.world.until { ours.keap.rotations >= 2 }
    }
    #expect(ours.keap.rotations == 2)
    #expect(try await ours.hasKeptTheGrant())
  }

  @Test("report 10: a second machine holds the same grant; ours asks once, and names what happened instead of going on")
  func twoMachines() async throws {
    let shop = Shop()
    let staging = NaiveKeeper(table: NaiveKeeper.Table(shop.time), endpoint: shop.keap, time: shop.time)
    shop.time.advance(by: .hours(25))
    _ = await staging.token()
    for _ in 0..<10 { _ = await shop.script().token() }
    #expect(shop.keap.requests == 11, "it knows nothing, and asks on")
    #expect(await shop.hasLostTheGrant())

    let ours = try await Ours()
    let other = NaiveKeeper(
      table: NaiveKeeper.Table(ours.world.time), endpoint: ours.keap, time: ours.world.time, secret: "s3cr3t")
    ours.world.time.advance(by: .hours(25))
    _ = await other.token()
    for _ in 0..<10 { #expect(try await ours.token() == nil) }
    #expect(ours.keap.requests == 2)
    let status = try await ours.world.keeper().desk.status("shop")
    #expect(status.state == "needs_approval")
    #expect(status.trouble?.contains("another program holds this grant") == true)
    // Each machine with an approval of its own: nobody kills anybody's tokens.
    try await ours.world.connect("shop", token: "r1")
    let fresh = StrictKeap(ours.world.time)
    fresh.answerFor(ours.world.provider)
    #expect(try await ours.token() == "a2" && fresh.isAlive)
  }

  @Test("report 11: four hundred retries a minute on a grant that is dead for good")
  func hammering() async throws {
    let shop = Shop()
    shop.keap.revoke()
    shop.time.advance(by: .hours(25))
    for _ in 0..<400 { _ = await shop.script().token() }
    #expect(shop.keap.requests == 400)

    let ours = try await Ours()
    ours.keap.revoke()
    ours.world.time.advance(by: .hours(25))
    for _ in 0..<400 { #expect(try await ours.token() == nil) }
    #expect(ours.keap.requests == 1)
  }

  @Test(
    "report 12: the answer is HTML, or an empty 200",
    arguments: [
      TokenEndpointAnswer.body(200, "<html>We will be back soon</html>"), .body(200, ""), .body(502, "<html></html>"),
    ])
  func notAnAnswer(_ answer: TokenEndpointAnswer) async throws {
    let shop = Shop()
    shop.time.advance(by: .hours(25))
    shop.keap.disturb { _ in answer }
    _ = await shop.script().token()
    #expect(await shop.hasLostTheGrant())

    let ours = try await Ours()
    ours.world.time.advance(by: .hours(20))
    ours.keap.disturb { _ in answer }
    #expect(try await ours.token() == "a1")
    #expect(try await ours.hasKeptTheGrant())
  }
}
