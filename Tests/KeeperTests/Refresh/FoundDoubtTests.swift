import KeeperKit
import Operator
import Testing

@testable import Keeper

/// What a flight that comes to nothing leaves of a doubt that it has found, or that is another flight's.
struct FoundDoubtTests {
  @Test("K1: a flight that was not sent puts the doubt that it found back as it was, whoever left it")
  func asItWas() async throws {
    let world = try await KeeperWorld(tolerant: false)
    // With an approval before it, so that its epoch is of another number than its generation.
    try await world.connect("other", token: "o1")
    try await world.connect()
    _ = try #require(try await world.claim("p1"))
    let doubt = try #require(try await world.row().intent)
    #expect(doubt.epoch != doubt.generation && doubt.process == "p1")
    world.time.advance(by: .seconds(200))
    let later = try #require(try await world.claim("p2", forced: true))
    let row = try await world.store("p2").putBack(later, .unreachable(because: "no route"), after: nil)
    #expect(row.intent == doubt && row.lease == nil)
  }

  @Test("K1: a late refusal of the client leaves the doubt of another flight with the same token")
  func ofAnother() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let slow = try #require(try await world.claim("p1"))
    world.time.advance(by: .seconds(200))
    let quick = try #require(try await world.claim("p2", forced: true))
    let row = try await world.store("p1").refuseClient(slow, words: "401 invalid_client")
    #expect(row.intent?.process == "p2" && row.intent?.fingerprint == quick.presented)
    #expect(row.lease == quick.lease)
    #expect(try await world.keeper().desk.client("app").stopped != nil)
  }
}
