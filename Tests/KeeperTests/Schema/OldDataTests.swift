import Foundation
import KeeperKit
import OAuth
import Operator
import Store
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// Data that the version with schema 9 has left, with its journal, its witness and a log of writes that was never closed.
@Suite("Data of the version before")
struct OldDataTests {
  private static let fixtures = Project.file("Tests/KeeperTests/Fixtures/schema-9")

  /// A folder that ten days of work by that version have left at that moment, in the hands of this one.
  private func world(_ name: String, at moment: Int64) throws -> FileWorld {
    let world = try FileWorld(copying: "\(Self.fixtures)/\(name)", changing: ["tolerates_retry": "false"])
    world.time.advance(by: Timestamp(milliseconds: moment) - world.time.now)
    return world
  }

  @Test("K2, K13, K19: grants, troubles, a journal and keys of schema 9 are what they were, and refreshing goes on")
  func worked() async throws {
    let world = try world("worked", at: 1_795_629_607_000)
    let keeper = try await world.keeper("p9")
    #expect(try await keeper.settlement.settle().isEmpty)

    #expect(try await world.row("slow").trouble == .throttled)
    #expect(try await world.row("away").trouble == .unreachable(because: "nothing listens there"))
    let lost = try await world.row("lost")
    #expect(lost.trouble == .answerLost(because: "the connection was closed"))
    #expect(
      lost.loss == .answerLost(at: Timestamp(milliseconds: 1_795_521_607_000), words: "400 invalid_grant"))
    #expect(try await world.row("gone").loss == .refused(words: "400 invalid_grant"))
    let given = try await world.row("given-up")
    #expect(given.state == .disconnected && given.loss == nil && given.refresh == nil)

    // What a process had got and not stored when it died.
    let stuck = try await world.row("stuck")
    #expect(stuck.generation == 2 && stuck.intent == nil)
    try world.stop()
    for (name, token) in [("shop", "r2"), ("stuck", "stuck-2"), ("away", "away-1")] {
      world.time.advance(by: .hours(30))
      #expect(try await world.refresh(name, as: "p9").text != nil)
      #expect(world.provider.presented.last == token)
    }
    let key = try String(contentsOfFile: "\(Self.fixtures)/key", encoding: .utf8)
    #expect(try await world.keeper("p9").key(presented: Secret(key))?.connection == "shop")
    #expect(try await world.keeper("p9").desk.verifyEvents().broken == nil)
  }

  @Test("K28: what schema 9 had set apart stays so until the operator speaks, and the newer tokens are there")
  func restored() async throws {
    let world = try world("restored", at: 1_795_453_201_000)
    let keeper = try await world.keeper("p9")
    let row = try await world.row()
    #expect(row.quarantine?.cause == .restored(backup: "monday.db"))
    world.time.advance(by: .hours(30))
    _ = try await world.refresh(as: "p9")
    #expect(world.provider.presented.isEmpty)
    _ = try await keeper.desk.trust("shop", offered: true)
    #expect(try await world.refresh(as: "p9").text != nil)
    #expect(world.provider.presented.last == "r4")
  }

  @Test("a version that knows schema 9 alone refuses the data of this one")
  func newer() async throws {
    let world = try world("worked", at: 1_795_629_607_000)
    _ = try await world.keeper("p9")
    try world.stop()
    await #expect(throws: DataFolder.Refusal.self) {
      _ = try await world.folder.database(
        KeeperStore.name, migrations: KeeperSchema.migrations.filter { $0.version < 10 })
    }
  }
}
