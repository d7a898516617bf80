import KeeperKit
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// K13 to K15: what is done while an answer is unknown, what a refusal means, and what follows it.
struct DoubtLawTests {
  @Test(
    "K13: nobody, the holder included, presents a token again before its flight's lease has ended",
    arguments: ["p1", "p2"], [true, false])
  func leaseFirst(_ next: String, _ forced: Bool) async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher("p1").refresh("shop", .due())
    // Who waits for a lease looks for thirty seconds at most.
    for _ in 0..<5 {
      world.time.advance(by: .seconds(forced ? 1 : 29))
      _ = await world.refresher(next).refresh("shop", Flights.Request(seen: 1, forced: forced))
    }
    #expect(world.provider.requests.count == 1)
    world.time.advance(by: .seconds(181))
    _ = await world.refresher(next).refresh("shop", Flights.Request(seen: 1, forced: forced))
    #expect(world.provider.presented == ["r1", "r1"])
  }

  @Test("K13: where a retry is not known to be harmless, only the end of the token that lives, or a 401, ends the wait")
  func strictWait() async throws {
    for isRejected in [false, true] {
      let world = try await KeeperWorld(tolerant: false)
      try await world.connect()
      world.provider.next(.noAnswer("cut"))
      _ = await world.refresher().refresh("shop", .due())
      world.time.advance(by: .hours(20))
      #expect(await world.refresher("p2").refresh("shop", .due()).text == "a1")
      #expect(world.provider.requests.count == 1)
      if !isRejected { world.time.advance(by: .hours(4)) }
      let result = await world.refresher("p2").refresh("shop", Flights.Request(seen: 1, forced: isRejected))
      #expect(result.text == "a3")
      #expect(world.provider.presented == ["r1", "r1"])
    }
  }

  @Test("K13: nobody presents a token before the process on record has emptied its journal, or is declared gone")
  func unreadableJournal() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let journal = try world.host.journals("p1").own()
    try await journal.write(Array("sealed with a key that is lost".utf8), to: try #require(journal.reserve()))
    _ = try #require(try await world.claim("p1"))
    world.host.end("p1")
    world.time.advance(by: .hours(25))
    guard case .failure(.temporarily) = await world.refresher("p2").refresh("shop", .due()) else {
      throw KeeperError.refused("presented although the answer may lie in a journal")
    }
    #expect(world.provider.requests.isEmpty)
    _ = try await world.keeper("operator").desk.declareGone("p1", for: "shop")
    #expect(try await world.row().intent?.fingerprint == Secret("r1").fingerprint, "the doubt itself stays on record")
    #expect(await world.refresher("p2").refresh("shop", .due()).text == "a2")
  }

  @Test(
    "K13: an answer that stays unknown is asked for ever more seldom, and nothing but a definite answer ends the doubt")
  func backOff() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.otherwise { _ in .noAnswer("cut") }
    for _ in 0..<100 {
      world.time.advance(by: .seconds(181))
      if case .failure(.needsApproval) = await world.refresher().refresh("shop", .due()) {
        throw KeeperError.refused("gave up a grant whose fate is unknown")
      }
    }
    // As many times the lease had ended.
    #expect((5..<50).contains(world.provider.requests.count), "\(world.provider.requests.count) requests")
    #expect(try await world.row().intent != nil)
    #expect(Set(world.provider.presented) == ["r1"])
    world.provider.otherwise { _ in .tokens(access: "a2", refresh: "r2") }
    world.time.advance(by: .hours(1))
    #expect(await world.refresher().refresh("shop", .due()).text == "a2")
    #expect(try await world.row().intent == nil)
  }

  @Test("K13: a refusal after a lost answer is diagnosed with the moment of the flight whose answer was lost")
  func diagnosis() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    let sentAt = world.time.now
    world.provider.next(.noAnswer("cut"))
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .hours(25))
    // A try of which the provider has seen nothing changes nothing in the doubt.
    world.provider.next(.notSent("no route"))
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .minutes(1))
    world.provider.next(.refusal)
    guard case .failure(.needsApproval(let words)) = await world.refresher("p2").refresh("shop", .due()) else {
      throw KeeperError.refused("not refused")
    }
    #expect(words.contains("answer lost at \(sentAt.readable)"), "\(words)")
    #expect(try await world.keeper().desk.status("shop").trouble?.contains("answer lost") == true)
  }

  @Test("K13: every refresh names the moment until which it counts to an issuer that understands it, and to no other")
  func notAfter() async throws {
    for understands in [true, false] {
      let world = try await KeeperWorld { $0.understandsNotAfter = understands }
      try await world.connect()
      let sentAt = world.time.now
      _ = await world.refresher().refresh("shop", .due())
      let named = world.provider.requests.first?.fields["not_after"].flatMap(Int64.init)
      guard understands else {
        #expect(named == nil)
        continue
      }
      let until = Timestamp(seconds: try #require(named))
      #expect(until >= sentAt + RefreshPolicy.deadline, "an answer in time would be refused")
      #expect(until - sentAt < Lease.length, "it counts longer than others keep away")
    }
  }

  // MARK: - K14

  @Test("K14: a refusal of a token that another process has replaced meanwhile is disbelieved")
  func replacedMeanwhile() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next { _ in
      world.time.advance(by: .seconds(200))
      #expect(await world.refresher("p2").refresh("shop", .due()).text == "a3")
      return .refusal
    }
    #expect(await world.refresher("p1").refresh("shop", .due()).text == "a3")
    #expect(try await world.row().state == .active)
    #expect(try await world.storedRefreshToken() == "r3")
  }

  @Test(
    "K7, K14: a refusal of a token that a late answer has replaced under the refused flight's own lease is disbelieved")
  func replacedUnderItsLease() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let first = try #require(try await world.claim("p2"))
    world.time.advance(by: .seconds(200))
    let claim = try await world.store("p1").claim("shop", seen: 1, forced: false, settled: "p2")
    guard case .claimed(let second) = claim else {
      Issue.record("\(claim)")
      return
    }
    let late = TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: Secret("r2"))
    _ = try await world.store("p2").land(late, of: first, sentAt: world.time.now, clockSkew: .zero)
    #expect(try await world.row().lease == second.lease)

    let refusal = try await world.store("p1").refuse(second, words: "revoked", ambiguous: false)
    guard case .superseded = refusal else {
      Issue.record("\(refusal)")
      return
    }
    let row = try await world.row()
    #expect(row.state == .active && row.lease == nil, "the next refresh does not wait for the end of a lease")
    #expect(try await world.storedRefreshToken() == "r2")
  }

  @Test("K13, K14: a refusal that came after another flight began with the same token leaves the word to that one")
  func anotherBegan() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.next { _ in
      world.time.advance(by: .seconds(200))
      world.provider.next(.noAnswer("cut"))
      _ = await world.refresher("p2").refresh("shop", .due())
      return .refusal
    }
    _ = await world.refresher("p1").refresh("shop", .due())
    let row = try await world.row()
    #expect(world.provider.presented == ["r1", "r1"])
    #expect(row.state == .active && row.intent?.process == "p2" && row.lease?.holder == "p2")
  }

  @Test("K13: the diagnosis names the flight whose answer was lost, and not a later claim that was never sent")
  func firstOfTwo() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.provider.next(.noAnswer("cut"))
    let sentAt = world.time.now
    _ = await world.refresher().refresh("shop", .due())
    world.time.advance(by: .hours(25))
    // Its commit is not heard of, so nothing is sent.
    _ = try await world.claim()
    world.time.advance(by: .seconds(200))
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    #expect(try await world.row().loss?.words.contains("answer lost at \(sentAt.readable)") == true)
  }

  @Test("K14: a refusal is no refusal while the row cannot be read again: the outcome is unknown")
  func rowCannotBeRead() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let broken = BreakableDatabase(world.database)
    world.provider.next { _ in
      broken.setDown(true)
      return .refusal
    }
    _ = await world.refresher(world.store("p1", database: broken)).refresh("shop", .due())
    let row = try await world.row()
    #expect(row.state == .active)
    #expect(row.intent?.fingerprint == Secret("r1").fingerprint)
    #expect(row.lease?.holder == "p1")
  }

  @Test(
    "K14: refused although ours is the newest and nothing is in doubt: another program holds the grant, says the status"
  )
  func otherHolder() async throws {
    let world = try await KeeperWorld(tolerant: false)
    try await world.connect()
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due())
    let status = try await world.keeper().desk.status("shop")
    #expect(status.state == .needsApproval)
    #expect(status.trouble?.contains("another program holds this grant") == true)
    #expect(status.trouble?.contains("answer lost") == false)
  }

  // MARK: - K15

  @Test(
    "K15: after needs approval not one more request goes out, whoever asks and however long, and one event tells of it")
  func notOneMore() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    world.provider.otherwise { _ in .refusal }
    let keeper = world.keeper(clock: world.time.clock)
    try await world.running(keeper) {
      for hour in 0..<24 * 7 {
        world.time.advance(by: .hours(1))
        for _ in 0..<20 { await Task.yield() }
        guard hour > 24 else { continue }
        var answer = Result<AccessToken, TokenUnavailable>.failure(.notStale)
        // After an hour in one step the keeper has to hear of its store first.
        await world.until {
          answer = await withCheckedContinuation { continuation in
            keeper.token(for: "shop", replacing: nil) { continuation.resume(returning: $0) }
          }
          guard case .failure(.temporarily) = answer else { return true }
          world.time.advance(by: .milliseconds(200))
          return false
        }
        guard case .failure(.needsApproval(let words)) = answer else { throw KeeperError.refused("\(answer)") }
        #expect(words.contains("evergrant reconnect shop"))
      }
    }
    #expect(world.provider.requests.count == 1)
    let status = try await keeper.desk.status("shop")
    #expect(status.state == .needsApproval && status.trouble != nil)
    #expect(status.nextStep?.contains("evergrant reconnect shop") == true)
    let told = try await world.database.read { try $0.rows("SELECT id FROM events WHERE kind = 'refused'") }
    #expect(told.count == 1)
    try await world.connect(token: "anew", access: "fresh")
    world.provider.otherwise { _ in .tokens(access: "a-new", refresh: "r-new") }
    #expect(await world.refresher("p2").refresh("shop", .due(2)).text == "a-new", "an approval heals it")
  }
}
