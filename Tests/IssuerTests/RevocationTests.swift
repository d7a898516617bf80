import DiskWatch
import Foundation
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct RevocationTests {
  @Test("P28: only the user who approved sees or ends an approval; everybody else is refused alike")
  func onlyTheApprover() async throws {
    let world = try await IssuerWorld()
    _ = try await world.issuer.addUser(email: "bob@acme.example", name: "Bob", password: IssuerWorld.password)
    try await world.issuer.addMember(email: "bob@acme.example", tenant: world.tenant.name)
    let bob = try await world.signIn("bob@acme.example")
    let cookie = try await world.issuer.signIn(email: world.user.email, password: IssuerWorld.password, address: "x")
    let gone = try #require(try await world.issuer.session(cookie))
    try await world.issuer.signOut(cookie)
    let ann = try await world.signIn()
    let tokens = try await world.tokens(world.app, session: ann)
    let id = try world.grantID(tokens)
    #expect(try await world.issuer.approvals(of: bob).isEmpty)
    #expect(try await world.issuer.events(of: bob).isEmpty)
    #expect(try await world.issuer.approvals(of: gone).isEmpty)
    for (session, csrf, name) in [
      (bob, bob.csrf, id), (bob, bob.csrf, String(repeating: "0", count: 32)), (bob, bob.csrf, "nonsense"),
      (gone, gone.csrf, id),
      (ann, Secret("wrong"), id), (ann, bob.csrf, id),
    ] {
      #expect(try await !world.issuer.revokeApproval(name, by: session, csrf: csrf.exposed))
    }
    #expect(await world.refusal(tokens) == nil)
    let mine = try await world.issuer.approvals(of: ann)
    #expect(mine.map(\.grantID) == [id])
    #expect(mine.first?.clientName == "Nightly sync")
    #expect(mine.first?.tenantName == "Acme Shop")
    #expect(mine.first?.calls == 1)
    #expect(mine.first?.lastUsedAt == world.time.now)
    #expect(try await world.issuer.revokeApproval(id, by: ann, csrf: ann.csrf.exposed))
    #expect(await world.refusal(tokens) == .invalid)
    #expect(try await world.issuer.approvals(of: ann).first?.endedAt == world.time.now)
  }

  @Test(
    "P29: in 10,000 interleavings of refreshes, calls and a revocation no token outlives the answer", arguments: 0..<4)
  func interleavings(part: UInt64) async throws {
    let world = try await IssuerWorld(seed: part, database: InterleavedDatabase(inner: SQLite.inMemory()))
    let ann = try await world.signIn()
    for seed in (part * 2500)..<((part + 1) * 2500) {
      let app = seed % 2 == 0 ? world.app : world.publicApp
      let (code, tokens) = try await world.redeemedDirectly(app)
      let id = try world.grantID(tokens)
      let story = SharedGrant()
      let interleaver = Interleaver(seed: seed, tasks: 3)
      await Interleaver.$current.withValue(interleaver) {
        await withTaskGroup(of: Void.self) { group in
          group.addTask {
            var mine = tokens
            for _ in 0..<2 {
              guard let next = await story.refresh(world, mine, app) else { break }
              mine = next
            }
            await story.call(world, mine)
            interleaver.leave()
          }
          group.addTask {
            if let next = await story.refresh(world, tokens, app) { await story.call(world, next) }
            interleaver.leave()
          }
          group.addTask {
            switch seed % 3 {
            case 0: _ = try? await world.issuer.revokeApproval(id, by: ann, csrf: ann.csrf.exposed)
            case 1: try? await world.issuer.revoke(RevocationRequest(token: tokens.accessToken), client: app.presented)
            default: _ = try? await world.redeem(code, app)
            }
            story.revoked()
            interleaver.leave()
          }
        }
      }
      let latest = story.given.last ?? tokens
      if await world.refusal(latest) != .invalid { story.note() }
      if await world.error({ try await world.refresh(latest, app) })?.code != .invalidGrant { story.note() }
      #expect(story.survivors == 0, "seed \(seed)")
    }
  }

  @Test("P29: a revocation is synced on the disk before it is answered, and a new log is in its folder by then")
  func synced() async throws {
    let folder = try TemporaryFolder()
    let id = GrantID(bytes: Array(repeating: 7, count: 16))
    let acts = try await DiskWatch.acts(in: folder.path) { watch in
      let log = try RevocationLog.file(path: folder.file("revocations"))
      watch.note("opened")
      for _ in 0..<2 {
        try await log.append(try #require(id), at: Timestamp(milliseconds: 5))
        watch.note("answered")
      }
    }
    let one: [DiskWatch.Act] = [.wrote("revocations"), .synced("revocations"), .note("answered")]
    #expect(acts == [.synced("revocations"), .synced("."), .note("opened")] + one + one)
  }

  @Test("P29: a revocation log that cannot be written is told of as it is opened, with its path")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    // Nobody, root included, can open a folder to write to it.
    let error = #expect(throws: StoreError.self) { _ = try RevocationLog.file(path: folder.path) }
    #expect(error?.description.contains("the revocation log \(folder.path) cannot be opened") == true)
  }

  @Test("P29: a restored backup does not bring a revoked grant back")
  func restoredBackup() async throws {
    let folder = try TemporaryFolder()
    let log = try RevocationLog.file(path: folder.file("revocations"))
    let world = try await IssuerWorld(database: SQLite(path: folder.file("issuer.sqlite")), log: log)
    let ann = try await world.signIn()
    var revoked: [TokenResponse] = []
    for _ in 0..<3 { revoked.append(try await world.tokens(world.publicApp, session: ann)) }
    let code = try await world.approve(world.app)
    revoked.append(try await world.redeem(code, world.app))
    revoked.append(try await world.tokens(world.publicApp))
    let kept = try await world.tokens(world.app)
    let successor = try await world.refresh(revoked[4], world.publicApp)
    #expect(await world.refusal(successor) == nil)
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: folder.file("issuer.sqlite\(suffix)"), toPath: folder.file("backup.sqlite\(suffix)"))
    }
    #expect(try await world.issuer.revokeApproval(try world.grantID(revoked[0]), by: ann, csrf: ann.csrf.exposed))
    try await world.issuer.revoke(RevocationRequest(token: revoked[1].accessToken), client: world.publicApp.presented)
    try await world.issuer.revoke(
      RevocationRequest(token: try #require(revoked[2].refreshToken)), client: world.publicApp.presented)
    #expect(await world.error { try await world.redeem(code, world.app) }?.code == .invalidGrant)
    world.time.advance(by: .minutes(5))
    #expect(await world.error { try await world.refresh(revoked[4], world.publicApp) }?.code == .invalidGrant)
    // The machine stopped within a line.
    let text = try String(contentsOfFile: folder.file("revocations"), encoding: .utf8)
    try (text + String(try world.grantID(kept).prefix(20))).write(
      toFile: folder.file("revocations"), atomically: true, encoding: .utf8)
    var restored = world
    restored.database = try SQLite(path: folder.file("backup.sqlite"))
    restored = try await restored.restarted(log: try .file(path: folder.file("revocations")))
    for (index, tokens) in revoked.enumerated() {
      #expect(await restored.refusal(tokens) == .invalid, "\(index)")
      let app = index == 3 ? world.app : world.publicApp
      #expect(await restored.error { try await restored.refresh(tokens, app) }?.code == .invalidGrant)
    }
    #expect(await restored.refusal(kept) == nil)
    try await restored.issuer.revoke(RevocationRequest(token: kept.accessToken), client: world.app.presented)
    #expect(
      try RevocationLog.file(path: folder.file("revocations")).entries().last?.0.text == (try world.grantID(kept)))
  }

  @Test("P30: after a revocation the next call and refresh are refused on every process, and other grants live on")
  func nextCallIsRefused() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("issuer.sqlite")
    let world = try await IssuerWorld(database: SQLite(path: path))
    var elsewhere = world
    elsewhere.database = try SQLite(path: path)
    elsewhere = try await elsewhere.restarted()
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    try await world.issuer.addMember(email: world.user.email, tenant: second.name)
    _ = try await world.issuer.addUser(email: "bob@acme.example", name: "Bob", password: IssuerWorld.password)
    try await world.issuer.addMember(email: "bob@acme.example", tenant: world.tenant.name)
    let (ann, bob) = (try await world.signIn(), try await world.signIn("bob@acme.example"))
    let tokens = try await world.tokens(world.app, session: ann, tenant: world.tenant.id)
    let others = [
      try await world.tokens(world.app, session: ann, tenant: world.tenant.id),
      try await world.tokens(world.app, session: ann, tenant: second.id),
      try await world.tokens(world.app, session: bob),
    ]
    #expect(await elsewhere.refusal(tokens) == nil)
    #expect(try await world.issuer.revokeApproval(world.grantID(tokens), by: ann, csrf: ann.csrf.exposed))
    for place in [world, elsewhere] {
      #expect(await place.refusal(tokens) == .invalid)
      #expect(await place.error { try await place.refresh(tokens, world.app) }?.code == .invalidGrant)
      for other in others { #expect(await place.refusal(other) == nil) }
    }
    for other in others { #expect(await world.error { try await world.refresh(other, world.app) } == nil) }
  }

  @Test("P31: giving up any token of a grant ends it; unknown tokens are no error, and another client's stays")
  func givingUp() async throws {
    let world = try await IssuerWorld()
    let other = try await IssuerWorld.register(world.issuer, "Other")
    for app in [world.app, world.publicApp] {
      let first = try await world.tokens(app)
      let second = try await world.refresh(first, app)
      let third = try await world.refresh(second, app)
      #expect(await world.refusal(third) == nil)
      for stranger in [other, world.publicApp] where stranger.id != app.id {
        for token in [third.accessToken, try #require(third.refreshToken)] {
          _ = await world.error {
            try await world.issuer.revoke(RevocationRequest(token: token), client: stranger.presented)
          }
        }
      }
      #expect(await world.refusal(third) == nil)
      for unknown in ["", "evr_x", "nonsense", third.accessToken.exposed + "x"] {
        try await world.issuer.revoke(RevocationRequest(token: Secret(unknown)), client: app.presented)
      }
      #expect(await world.refusal(third) == nil)
      // A token of an earlier generation, long replaced, is still one of this grant.
      world.time.advance(by: .days(2))
      try await world.issuer.revoke(RevocationRequest(token: first.accessToken), client: app.presented)
      #expect(await world.refusal(third) == .invalid)
      #expect(await world.error { try await world.refresh(third, app) }?.code == .invalidGrant)
      try await world.issuer.revoke(RevocationRequest(token: try #require(third.refreshToken)), client: app.presented)
    }
    #expect(
      try await world.issuer.approvals(of: world.signIn()).map(\.endedBy) == [
        "The app gave it up.", "The app gave it up.",
      ])
    let impostor = PresentedClient(clientID: world.app.id, secrets: [])
    let tokens = try await world.tokens(world.app)
    #expect(
      await world.error {
        try await world.issuer.revoke(RevocationRequest(token: tokens.accessToken), client: impostor)
      }?.code == .invalidClient)
  }
}
