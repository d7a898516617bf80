import Foundation
import KeeperKit
import OAuth
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// What becomes of a notice on its way to a channel, whatever fails there.
extension AlertTests {
  @Test("K15: a crash at any step loses no alert, and sends none again whose arrival was recorded")
  func crashes() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    // Written down, and nobody lives to claim it.
    try await desk.book("p1").look()
    // Claimed, and nobody lives to send it: others wait as long as a delivery may take.
    let lost = try #require(try await desk.book("p1").claim("ops"))
    await desk.look("p2")
    #expect(desk.ears.lines().isEmpty)
    world.time.advance(by: AlertPolicy.lease)
    // Sent, and nobody lives to record it: it is sent again, under the same name.
    let sent = try #require(try await desk.book("p2").claim("ops"))
    #expect(sent.notice.id == lost.notice.id && sent.attempt == 2)
    world.time.advance(by: AlertPolicy.lease)
    await desk.look("p3")
    #expect(desk.ears.heard().map(\.id) == [sent.notice.id])
    // Recorded: never again, whoever looks and whatever the late ones record.
    try await desk.book("p2").failed(sent, "late")
    await desk.look(times: 50, every: .hours(1))
    #expect(desk.ears.heard().count == 1)
  }

  @Test("an arrival that the store does not take at once is recorded as soon as it does, and the notice not sent again")
  func storeIsBusy() async throws {
    let broken = BreakableDatabase(try SQLite.inMemory())
    let world = try await KeeperWorld(database: broken)
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    let failures = Mutex(0)
    desk.ears.whileHearing.withLock { hook in
      hook = {
        broken.breaks = {
          failures.withLock { count in
            count += 1
            return count <= 5
          }
        }
      }
    }
    await desk.look()
    #expect(failures.withLock { $0 } > 5)
    desk.ears.whileHearing.withLock { $0 = {} }
    await desk.look(times: 10, every: .hours(1))
    #expect(desk.ears.lines() == ["began needs_approval"])
  }

  @Test("a channel that fails is tried again by the table and holds up no other")
  func failingChannel() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world, channels: ["dead", "ops"])
    try await world.connect()
    try await desk.refuse()
    desk.ears.setDeaf(["dead"])
    await desk.look(times: 30, every: .minutes(5))
    #expect(desk.ears.lines("ops") == ["began needs_approval"])
    #expect(desk.ears.lines("dead").isEmpty)
    let dead = try #require(try await desk.book().channels().first { $0.name == "dead" })
    #expect(dead.waiting == 1 && dead.trouble?.contains("Deaf") == true && dead.deliveredAt == nil)
    let attempts: Int64 = try await world.database.read {
      try $0.row("SELECT attempts FROM alert_deliveries WHERE channel = 'dead'")?["attempts"] ?? 0
    }
    #expect((5...8).contains(attempts), "\(attempts) attempts in 150 minutes")
    desk.ears.setDeaf([])
    await desk.look(times: 20, every: .minutes(30))
    #expect(desk.ears.lines("dead") == ["began needs_approval"])
  }

  @Test("what is over before anybody could be told is told to nobody, and an end only to who may know of the beginning")
  func overUntold() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    try await desk.book().look()
    try await world.connect(token: "r9", access: "a9")
    try await desk.add("late")
    await desk.look(times: 5, every: .minutes(1))
    #expect(desk.ears.lines().isEmpty && desk.ears.lines("late").isEmpty)
  }

  @Test("a beginning that may have arrived is followed by its end, and never by itself after it is over")
  func overWhileFailing() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    desk.ears.setDeaf(["ops"])
    await desk.look()
    desk.ears.setDeaf([])
    try await world.connect(token: "r9", access: "a9")
    await desk.look(times: 10, every: .minutes(1))
    #expect(desk.ears.lines() == ["over needs_approval"])
  }

  @Test("a channel that is added later is told what is going on")
  func addedLater() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world, channels: [])
    try await world.connect()
    try await desk.refuse()
    await desk.look(times: 3, every: .hours(1))
    try await desk.add("ops")
    await desk.look(times: 3, every: .hours(1))
    #expect(desk.ears.lines() == ["began needs_approval"])
    try await desk.book().removeChannel("ops")
    await desk.look()
    #expect(try await desk.book().channels().isEmpty)
    await #expect(throws: KeeperError.noSuchChannel("ops")) { try await desk.book().removeChannel("ops") }
  }

  @Test("a wall clock that is set back keeps no alert waiting")
  func clockStepsBack() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    desk.ears.setDeaf(["ops"])
    await desk.look()
    desk.ears.setDeaf([])
    world.time.stepWall(by: .zero - .days(30))
    await desk.look()
    #expect(desk.ears.lines() == ["began needs_approval"])
  }

  @Test("the watch itself sends what is due while it runs, and ends when it is closed")
  func running() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world)
    try await world.connect()
    try await desk.refuse()
    let watch = desk.watch()
    await withTaskGroup { group in
      group.addTask { await watch.run() }
      for _ in 0..<100_000 where desk.ears.lines().isEmpty { await Task.yield() }
      watch.close()
    }
    #expect(desk.ears.lines() == ["began needs_approval"])
  }

  @Test("a channel's secret is sealed in the store and opens for its own channel alone")
  func sealed() async throws {
    let world = try await KeeperWorld()
    let desk = try await AlertDesk(world, channels: [])
    let secret = Secret("whsec_" + Data(repeating: 7, count: 32).base64EncodedString())
    try await desk.book().addChannel("hook", .webhook(url: "https://ops.example/x"), secret: secret)
    try await desk.book().addChannel("other", .webhook(url: "https://ops.example/y"), secret: secret)
    let rows = try await world.database.read { try $0.rows("SELECT * FROM alert_channels") }
    #expect(!"\(rows)".contains(secret.exposed))
    #expect(try await desk.book().channel("hook").secret == secret)
    await #expect(throws: KeeperError.alreadyThere("an alert channel named hook")) {
      try await desk.book().addChannel("hook", .webhook(url: "https://ops.example/z"), secret: secret)
    }
    try await world.database.write {
      try $0.execute(
        "UPDATE alert_channels SET secret = (SELECT secret FROM alert_channels WHERE name = 'other') WHERE name = 'hook'"
      )
    }
    await #expect(throws: KeyRing.Failure.doesNotOpen) { try await desk.book().channel("hook") }
  }
}
