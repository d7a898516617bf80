import DiskWatch
import Foundation
import KeeperKit
import Testing

@testable import Keeper

/// A refresh as the disk sees it, by the real calls: what a power cut at any moment leaves.
struct DiskOrderTests {
  private let world: FileWorld

  init() throws { world = try FileWorld() }

  /// Writes and syncs of what counts, without the pages that SQLite keeps for itself.
  private func acts(_ act: (DiskWatch) async throws -> Void) async throws -> [DiskWatch.Act] {
    try await DiskWatch.acts(in: world.folder.path, act).filter { act in
      switch act {
      case .wrote(let file), .synced(let file): ["journal/p1.journal", "keeper.sqlite-wal", "witness"].contains(file)
      case .renamed, .locked: false
      case .note: true
      }
    }
  }

  private let store: [DiskWatch.Act] = [.wrote("keeper.sqlite-wal"), .synced("keeper.sqlite-wal")]
  private let journal: [DiskWatch.Act] = [.wrote("journal/p1.journal"), .synced("journal/p1.journal")]
  private let witness: [DiskWatch.Act] = [.wrote("witness"), .synced("witness")]

  @Test(
    "K1, K2, K28: intent synced, asked, answer synced in the journal, then in the store, then the witness, then its slot is free"
  )
  func refresh() async throws {
    try await world.connect()
    let keeper = try await world.keeper()
    _ = try keeper.settlement.journals.own()
    world.time.advance(by: .seconds(80_000))
    let row = try await world.row()
    let acts = try await acts { watch in
      world.provider.next { _ in
        watch.note("asked")
        return .tokens(access: "a2", refresh: "r2")
      }
      let result = await Refresher(
        store: keeper.store, endpoint: world.provider, snapshot: keeper.snapshot, settlement: keeper.settlement,
        clock: world.clock, logger: .silent
      ).refresh("shop", .due(row.generation))
      watch.note(try result.get().secret.exposed)
    }
    #expect(acts == store + [.note("asked")] + journal + store + witness + [.wrote("journal/p1.journal"), .note("a2")])
    try world.stop()
  }

  @Test("K28: an approval counts on the disk, in the store and then in the witness, before anybody is told")
  func approval() async throws {
    try await world.connect()
    let acts = try await acts { watch in
      try await world.connect(token: "r5", access: "a5")
      watch.note("told")
    }
    #expect(Array(acts.suffix(5)) == store + witness + [.note("told")])
    try world.stop()
  }
}
