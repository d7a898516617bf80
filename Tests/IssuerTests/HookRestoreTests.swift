import Contacts
import Foundation
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// Hooks after their database was restored from a backup.
@Suite struct HookRestoreTests {
  @Test("P29: a restored backup brings back no hook that was deleted, nor one as it was before it was changed")
  func restored() async throws {
    let folder = try TemporaryFolder(), log = folder.file("revocations")
    var world = try await HookWorld(database: SQLite(path: folder.file("issuer.sqlite")))
    world.batch.world = try await world.world.restarted(log: .file(path: log))
    let kept = try await world.hook(.contactAdd, "https://kept.example/")
    let deleted = try await world.hook(.contactAdd, "https://deleted.example/")
    let changed = try await world.hook(.contactAdd, "https://changed.example/")
    _ = try await world.add("owed@shop.example")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: folder.file("issuer.sqlite\(suffix)"), toPath: folder.file("backup.sqlite\(suffix)"))
    }
    try await world.issuer.deleteHook(deleted.key, by: world.batch.caller)
    for host in ["once", "elsewhere"] {
      let elsewhere = try #require(OutboundURL("https://\(host).example/"))
      _ = try await world.issuer.ask(
        world.issuer.changeHook(changed.key, HookRequest(url: elsewhere), by: world.batch.caller),
        through: world.receivers, by: world.batch.caller)
    }
    // Where nothing was restored, a new process finds all as it was left.
    world.batch.world = try await world.world.restarted(log: .file(path: log))
    #expect(try await world.read(changed).status == .verified)

    var restored = world
    restored.batch.world.database = try SQLite(path: folder.file("backup.sqlite"))
    restored.batch.world = try await restored.world.restarted(log: .file(path: log))
    #expect(try await restored.issuer.hooks(by: restored.batch.caller).map(\.key).contains(deleted.key) == false)
    let silent = try await restored.read(changed)
    #expect(silent.status == .unverified && silent.trouble == .restored)
    _ = try await restored.add("new@shop.example")
    try await restored.sendDue()
    #expect(Set(restored.receivers.takeTold().map(\.url)) == [kept.url])

    // Confirmed anew it is told again, also by the process after that.
    _ = try await restored.issuer.ask(
      restored.issuer.reopenHook(changed.key, by: restored.batch.caller), through: restored.receivers,
      by: restored.batch.caller)
    restored.batch.world = try await restored.world.restarted(log: .file(path: log))
    let ann = try await restored.add("ann@shop.example")
    try await restored.sendDue()
    #expect(restored.receivers.told.filter { $0.url == changed.url }.map(\.ids) == [[ann]])
  }

  @Test("P29: a change that is in the database and not in the log of revocations gets there when it is asked for again")
  func repeated() async throws {
    let folder = try TemporaryFolder(), log = folder.file("revocations")
    var world = try await HookWorld()
    let hook = try await world.hook()
    let request = HookRequest(url: OutboundURL("https://elsewhere.example/"))
    _ = try await world.issuer.changeHook(hook.key, request, by: world.batch.caller)
    world.batch.world = try await world.world.restarted(log: .file(path: log))
    _ = try await world.issuer.changeHook(hook.key, request, by: world.batch.caller)
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "hook \(hook.key) 1\n")
  }

  @Test("a deletion is a line of the log of revocations, and a line that a crash has cut is none")
  func line() async throws {
    let folder = try TemporaryFolder(), log = folder.file("revocations")
    var world = try await HookWorld()
    world.batch.world = try await world.world.restarted(log: .file(path: log))
    let hook = try await world.hook()
    try await world.issuer.deleteHook(hook.key, by: world.batch.caller)
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "hook \(hook.key) \(Int64.max)\n")
    try "hook \(hook.key)".write(toFile: log, atomically: true, encoding: .utf8)
    #expect(try RevocationLog.file(path: log).hookEnds().isEmpty)
  }
}
