import KeeperKit
import Operator
import Store
import Testing

@testable import Keeper
@testable import Wire

/// What a fault of our own in one flight does, and what it leaves alone.
struct FlightFaultTests {
  @Test(
    "K29: a flight that a fault has ended fails its callers for now, is on record, rests, and stops no other connection"
  )
  func fault() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    try await world.connect("other", token: "o1", access: "oa1")
    world.time.advance(by: .hours(25))
    let refresher = world.refresher()
    let claim = try #require(try await world.claim())
    let result = await refresher.conclude("shop", .due(), .faulted("landed while sending"))
    guard case .failure(.temporarily(let words, let pause)) = result else { throw KeeperError.refused("\(result)") }
    #expect(words.contains("fault of Evergrant's own") && pause > 0)
    let row = try await world.row()
    #expect(row.state == .active && row.failures == 1 && row.trouble == .fault(words: "landed while sending"))
    #expect(row.lease == claim.lease && row.intent != nil, "what the flight has begun is not undone")
    #expect(await refresher.refresh("other", .due()).text == "a2")
    #expect(world.provider.presented == ["o1"])
    _ = await refresher.refresh("shop", .due())
    #expect(world.provider.presented == ["o1"], "it waits for its lease")
    try await world.keeper().desk.alerts().look()
    #expect(try await world.keeper().desk.consoleView().alerts.contains { $0.title.contains("shop") })
  }

  @Test("K2: a slot that such a flight has kept is free again once it is seen to hold nothing")
  func slot() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let settlement = Settlement(journals: world.host.journals("p9"), store: world.store("p9"), logger: .silent)
    let journal = try settlement.journals.own()
    var slots: [Journal.Slot] = []
    while let slot = journal.reserve() { slots.append(slot) }
    let kept = try #require(slots.first)
    settlement.park(kept, for: "shop")
    try await settlement.retry()
    #expect(journal.reserve() == kept)
  }

  @Test("K29: a slot that such a flight has kept empty leaves no journal behind a keeper that ends")
  func emptySlot() async throws {
    let world = try await KeeperWorld()
    let settlement = Settlement(journals: world.host.journals("p9"), store: world.store("p9"), logger: .silent)
    settlement.park(try #require(try settlement.journals.own().reserve()), for: "shop")
    #expect(try world.host.journaled["p9"] != nil)
    settlement.close()
    #expect(try world.host.journaled["p9"] == nil)
  }
}
