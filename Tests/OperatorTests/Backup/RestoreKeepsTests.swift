import Foundation
import KeeperKit
import OAuth
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// K28: what a restore takes over from the data that it replaces.
struct RestoreKeepsTests {
  private func backUp(_ world: FileWorld) async throws -> String {
    _ = try await world.folder.backUpKeeper(
      to: world.file("backup"), ring: try world.folder.keyRing(), replacing: true, clock: world.clock)
    return world.file("backup")
  }

  private func key(_ name: String, for connection: String, _ keeper: Keeper) async throws -> Secret {
    let rules = [APIKey.Rule("GET /x")].compactMap(\.self)
    return try await keeper.desk.addKey(name, connection: connection, rules: rules, handsOutTokens: false)
  }

  private func secret(_ keeper: Keeper, _ client: String = "app") async throws -> String? {
    try await keeper.store.database.read { [store = keeper.store] db in
      try Client.named(client, in: db, ring: store.ring, providers: store.providers).secret?.exposed
    }
  }

  /// The database's files as they are, once nobody has it open.
  private func files(_ world: FileWorld) -> [String: Data] {
    var files: [String: Data] = [:]
    for name in ["keeper.sqlite", "keeper.sqlite-wal"] {
      files[name] = FileManager.default.contents(atPath: world.folder.file(name))
    }
    return files
  }

  /// Puts an older state of the database in the place of the one that is there.
  private func putBack(_ old: [String: Data], _ world: FileWorld) throws {
    try world.stop()
    for name in ["keeper.sqlite", "keeper.sqlite-wal", "keeper.sqlite-shm"] {
      try? FileManager.default.removeItem(atPath: world.folder.file(name))
      try old[name]?.write(to: URL(fileURLWithPath: world.folder.file(name)))
    }
  }

  @Test("K28: a connection that is newer than the backup is kept with its tokens, its app and its keys, and works on")
  func newer() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    var keeper = try await world.keeper()
    try await keeper.desk.addClient(
      "second", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: "id2", secret: Secret("s2"),
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    world.time.advance(by: .seconds(1))
    _ = try await keeper.store.adopt(
      TokenResponse(accessToken: Secret("l1"), expiresIn: 86_400, refreshToken: Secret("n1"), scope: "full"),
      as: "later", client: try await keeper.desk.client("second"),
      identity: Identity(tenant: "b.example", approver: "bob"),
      sentAt: world.time.now, replacingTenant: true)
    let nightly = try await key("nightly", for: "later", keeper), portal = try await key("portal", for: "shop", keeper)
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.kept == ["later"] && restoration.missing == [])
    #expect(restoration.keptKeys == ["nightly", "portal"])
    #expect(restoration.quarantined == ["shop"], "what is kept is as new as it was")
    keeper = try await world.keeper("p2")
    #expect(keeper.key(presented: nightly)?.connection == "later")
    #expect(keeper.key(presented: portal)?.connection == "shop")
    #expect(keeper.freshToken(for: "later")?.secret.exposed == "l1")
    #expect(try await secret(keeper, "second") == "s2")
    let asked = world.provider.requests.count
    world.time.advance(by: .hours(20))
    #expect(try await world.refresh("later", as: "p3").text != nil)
    #expect(world.provider.presented.dropFirst(asked) == ["n1"])
    #expect(try await keeper.desk.verifyEvents().broken == nil)
  }

  @Test("K28: a connection that was disconnected after the backup was made stays so, and its grant is gone")
  func disconnected() async throws {
    let world = try FileWorld()
    try await world.connect()
    try await world.connect("other", token: "o1")
    let first = try await key("nightly", for: "shop", try await world.keeper())
    let backup = try await backUp(world)
    _ = try await world.keeper().store.forget("shop")
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.disconnected == ["shop"])
    #expect(restoration.quarantined == ["other"])
    let keeper = try await world.keeper("p2"), row = try await world.row()
    #expect(row.state == .disconnected && row.refresh == nil && row.access == nil && row.quarantine == nil)
    #expect(keeper.key(presented: first) != nil, "it waits for a new approval, as before")
    #expect(keeper.freshToken(for: "shop") == nil)
    #expect(try await keeper.desk.status("shop").state == .disconnected)
  }

  @Test("K28: a disconnection that a newer approval has ended is not brought back by an older database in place")
  func approvedSince() async throws {
    let world = try FileWorld()
    try await world.connect()
    _ = try await world.keeper().store.forget("shop")
    try world.stop()
    let old = files(world)
    try await world.connect(token: "n1", access: "b1")
    let backup = try await backUp(world)
    try putBack(old, world)
    let restoration = try await world.restore(backup)
    #expect(restoration.disconnected == [] && restoration.quarantined == ["shop"])
    #expect(try await world.row().state == .active)
  }

  @Test("K28: an approval is not ended by a disconnection that the data it was given in did not know of")
  func approvedBeside() async throws {
    let world = try FileWorld()
    try await world.connect()
    try world.stop()
    let before = files(world)
    _ = try await world.keeper().store.forget("shop")
    let epoch = try await world.row().epoch
    try world.stop()
    let disconnected = files(world)
    try putBack(before, world)
    try await world.connect(token: "n1", access: "b1")
    #expect(try await world.row().epoch == epoch, "the two are of the same number")
    let backup = try await backUp(world)
    try putBack(disconnected, world)
    let restoration = try await world.restore(backup)
    #expect(restoration.disconnected == [] && restoration.quarantined == ["shop"] && restoration.unread == nil)
    #expect(try await world.row().state == .active)
  }

  @Test("K28: credentials that were set anew for the same app count, and those of another app do not")
  func credentials() async throws {
    for isSameApp in [true, false] {
      let world = try FileWorld()
      try await world.connect()
      let backup = try await backUp(world)
      world.time.advance(by: .minutes(1))
      var keeper = try await world.keeper()
      try await keeper.desk.addClient(
        "app", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: isSameApp ? "id" : "another",
        secret: Secret("anew"), redirectURI: "http://127.0.0.1/callback", replacing: true)
      try await world.connect("later", token: "n1")
      try world.stop()
      let restoration = try await world.restore(backup)
      #expect(restoration.kept == (isSameApp ? ["later"] : []))
      #expect(restoration.missing == (isSameApp ? [] : ["later"]))
      keeper = try await world.keeper("p2")
      #expect(try await secret(keeper) == (isSameApp ? "anew" : "s3cr3t"))
    }
  }

  @Test("K28: credentials that the backup has newer than an older database in place stay as they are")
  func newerCredentials() async throws {
    let world = try FileWorld()
    try await world.connect()
    try world.stop()
    let old = files(world)
    world.time.advance(by: .minutes(1))
    try await world.keeper().desk.addClient(
      "app", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("anew"),
      redirectURI: "http://127.0.0.1/callback", replacing: true)
    let backup = try await backUp(world)
    try putBack(old, world)
    #expect(try await world.restore(backup).unread == nil)
    let keeper = try await world.keeper("p2")
    #expect(try await secret(keeper) == "anew")
  }

  @Test("K28: a key of a connection that is not kept is not kept either")
  func keyWithoutConnection() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    var keeper = try await world.keeper()
    try await keeper.desk.addClient(
      "app", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: "another", secret: Secret("anew"),
      redirectURI: "http://127.0.0.1/callback", replacing: true)
    try await world.connect("later", token: "n1")
    let nightly = try await key("nightly", for: "later", keeper), portal = try await key("portal", for: "shop", keeper)
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.missing == ["later"] && restoration.keptKeys == ["portal"])
    keeper = try await world.keeper("p2")
    #expect(keeper.key(presented: nightly) == nil)
    #expect(keeper.key(presented: portal)?.connection == "shop")
  }

  @Test("K7: what happens after a restore counts as later than all that was kept of the newer data")
  func order() async throws {
    let world = try FileWorld()
    try await world.connect()
    let backup = try await backUp(world)
    for number in 2...9 {
      world.time.advance(by: .hours(20))
      world.provider.next(.tokens(access: "a\(number)", refresh: "r\(number)"))
      _ = try await world.refresh()
    }
    try await world.connect("later", token: "n1")
    try world.stop()
    #expect(try await world.restore(backup).kept == ["later"])
    let (count, latest) = try await world.database().read { db in
      (
        try db.row("SELECT touches FROM store_state WHERE id = 1")?["touches"] as Int64? ?? 0,
        try db.row("SELECT MAX(proven) AS proven FROM connections")?["proven"] as Int64? ?? 0
      )
    }
    #expect(count >= latest && latest > 0)
  }

  @Test("K7: what happens after a restore counts as later than all that the backup has, where that is the newer one")
  func orderOfNewerBackup() async throws {
    let world = try FileWorld()
    try await world.connect()
    try world.stop()
    let old = files(world)
    for number in 2...9 {
      world.time.advance(by: .hours(20))
      world.provider.next(.tokens(access: "a\(number)", refresh: "r\(number)"))
      _ = try await world.refresh()
    }
    let backup = try await backUp(world)
    try putBack(old, world)
    #expect(try await world.restore(backup).unread == nil)
    let (count, latest) = try await world.database().read { db in
      (
        try db.row("SELECT touches FROM store_state WHERE id = 1")?["touches"] as Int64? ?? 0,
        try db.row("SELECT MAX(touched) AS touched FROM connections")?["touched"] as Int64? ?? 0
      )
    }
    #expect(count >= latest && latest > 0)
  }

  @Test("K28: what is kept from data that is an old one itself is set apart with the rest")
  func oldToo() async throws {
    let world = try FileWorld()
    let keeper = try await world.keeper()
    _ = keeper
    let backup = try await backUp(world)
    try await world.connect()
    try world.stop()
    let old = files(world)
    world.provider.next(.tokens(access: "a2", refresh: "r2"))
    #expect(try await world.refresh().text == "a2")
    try putBack(old, world)
    let restoration = try await world.restore(backup)
    #expect(restoration.kept == ["shop"] && restoration.quarantined == ["shop"])
    #expect(try await world.row().quarantine?.cause.words.contains("an old one too") == true)
  }

  @Test(
    "K28: newer tokens are offered with a refresh token of an earlier generation, and from data of an earlier version")
  func earlier() async throws {
    let world = try FileWorld()
    try await world.connect()
    world.provider.otherwise { _ in .tokens(access: "b", refresh: nil) }
    func refresh() async throws {
      world.time.advance(by: .hours(20))
      _ = try await world.refresh()
    }
    try await refresh()
    let backup = try await backUp(world)
    for _ in 1...2 { try await refresh() }
    #expect(try await world.row().generation == 4)
    // As the version before would have left it.
    try await world.database().write { db in
      for column in ["quarantined_uptime", "quarantine_refused_at", "proven", "refused", "suspended_at"] {
        try db.execute("ALTER TABLE connections DROP COLUMN \(column)")
      }
      try db.execute("ALTER TABLE connections ADD COLUMN refused_at BIGINT")
      for column in ["changed", "is_vouched", "app_changed"] {
        try db.execute("ALTER TABLE clients DROP COLUMN \(column)")
      }
      try db.execute("ALTER TABLE alert_deliveries DROP COLUMN has_link")
      try db.execute("ALTER TABLE store_state DROP COLUMN machine")
      try db.execute("ALTER TABLE offers DROP COLUMN refresh_generation")
      try db.execute("DELETE FROM schema_versions WHERE version > 5")
    }
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.unread == nil)
    #expect(restoration.offered == ["shop"])
    _ = try await world.keeper("p2").desk.trust("shop", offered: true)
    #expect(try await world.row().generation == 4)
    #expect(try await world.row().refresh?.generation == 1)
    world.time.advance(by: .hours(20))
    let asked = world.provider.requests.count
    #expect(try await world.refresh(as: "p3").text == "b")
    #expect(world.provider.presented.dropFirst(asked) == ["r1"])
  }

  @Test(
    "K1, K28: a doubt about the very token that the backup brings back is kept, and it is not presented before its time"
  )
  func doubt() async throws {
    let world = try FileWorld(changing: ["tolerates_retry": "false"])
    // With an approval before it, so that its own is of another number than its token.
    try await world.connect("other", token: "o1")
    try await world.connect()
    let backup = try await backUp(world)
    world.time.advance(by: .hours(20))
    world.provider.next(.noAnswer("cut"))
    let sentAt = world.time.now
    _ = try await world.refresh()
    let doubt = try #require(try await world.row().intent)
    #expect(doubt.at == sentAt && doubt.epoch != doubt.generation)
    try world.stop()
    _ = try await world.restore(backup)
    #expect(try await world.row().intent == doubt)
    _ = try await world.keeper("p2").desk.trust("shop", offered: false)
    world.time.advance(by: .minutes(10))
    _ = try await world.refresh(as: "p3")
    #expect(world.provider.presented == ["r1"], "while its access token lives nobody tries whether it is spent")
    world.time.advance(by: .hours(4))
    world.provider.next(.refusal)
    _ = try await world.refresh(as: "p4")
    #expect(try await world.row().loss?.words.contains("answer lost at \(sentAt.readable)") == true)
  }

  @Test("K28: what does not rotate comes back with its newest approval, for nothing of it can be spent")
  func newestApproval() async throws {
    for isSameGrantor in [true, false] {
      let world = try FileWorld(changing: ["rotates": "false"])
      try await world.connect()
      let backup = try await backUp(world)
      try await world.connect(token: "n1", access: "b1")
      if !isSameGrantor {
        try await world.database().write { try $0.execute("UPDATE connections SET approver = 'bob'") }
      }
      try world.stop()
      let restoration = try await world.restore(backup)
      #expect(restoration.kept == (isSameGrantor ? ["shop"] : []))
      let row = try await world.row()
      #expect(row.quarantine == nil && row.approver == "ann@example.org")
      world.provider.next(.tokens(access: "b2", refresh: nil))
      world.time.advance(by: .hours(20))
      #expect(try await world.refresh(as: "p2").text == "b2")
      #expect(world.provider.presented == [isSameGrantor ? "n1" : "r1"])
      #expect(try await world.keeper("p3").desk.verifyEvents().broken == nil)
    }
  }

  @Test("K28: what does not rotate and was not approved again is as the backup has it, though it was refreshed since")
  func sameApproval() async throws {
    let world = try FileWorld(changing: ["rotates": "false"])
    for name in ["idle", "shop"] { try await world.connect(name, token: "r-\(name)") }
    let backup = try await backUp(world)
    world.time.advance(by: .hours(20))
    world.provider.next(.tokens(access: "a2", refresh: nil))
    #expect(try await world.refresh().text == "a2")
    try world.stop()
    let restoration = try await world.restore(backup)
    #expect(restoration.kept == [] && restoration.offered == [] && restoration.quarantined == [])
    #expect(try await world.row().generation == 1)
    world.provider.next(.tokens(access: "b2", refresh: nil))
    #expect(try await world.refresh(as: "p2").text == "b2")
    #expect(world.provider.presented == ["r-shop", "r-shop"])
  }

  @Test("K28: a restore reads the operator's own entries, as a server does")
  func ownEntries() async throws {
    let world = try FileWorld()
    let entries = world.folder.file("providers")
    try FileManager.default.createDirectory(atPath: entries, withIntermediateDirectories: false)
    let source = try String(
      contentsOfFile: Project.file("Sources/Keeper/Providers/Entries/google.yaml"), encoding: .utf8)
    try source.replacingOccurrences(of: "name: google", with: "name: own").write(
      toFile: entries + "/own.yaml", atomically: false, encoding: .utf8)
    let catalogue = try ProviderCatalogue(of: world.folder)
    #expect(catalogue.entries["own"]?.rotates == false)
    #expect(catalogue.entries["keap"] != nil)
  }
}
