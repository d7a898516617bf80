import Keeper
import Store
import Synchronization
import Wire

/// Who sees everything, and says when a law is broken.
final class Truth: Sendable {
  /// What is known of one connection beyond its row.
  struct Known {
    var epoch: Int64 = 0
    var generation: Int64 = 0
    var state = ""
    var isQuarantined = false
    /// The generations that were committed, by epoch: only these may be handed out.
    var landed: Set<[Int64]> = []
    var inAir: [Int64: Uptime] = [:]
    /// The last presentation whose fate is not known, and when it was.
    var doubt: (fingerprint: [UInt8], at: Uptime)?
    /// When the intents of the presentations since the last landing were written of which nothing definite was heard, by flight.
    var intents: [Int64: Timestamp] = [:]
    /// Whether an old state has come back since then that has no doubt, and may have had one: nobody can tell of it.
    var hasForgotten = false
    /// The provider had another secret for a while, or the app was switched off there.
    var isSecretDoubtful = false
  }

  struct State {
    var known: [String: Known] = [:]
    var violations: [String] = []
    var nextFlight: Int64 = 0
    var touches: Int64 = -1
    /// How often an old state came back; a flight that was claimed before, or for an older approval, is not judged by the row as
    /// it is now.
    var restores: Int64 = 0
    var claims: [String: [Int64]] = [:]
    var isUnjudged = false
    /// What may set connections apart: old states, a witness that was lost.
    var causes: Int64 = 0
    var spares: Set<String> = []
  }

  unowned let world: World
  let state = Mutex(State())

  init(_ world: World) { self.world = world }

  var violations: [String] { state.withLock(\.violations) }

  func violated(_ law: String, _ words: String) {
    world.figures.tell("BROKEN \(law): \(words)")
    state.withLock {
      $0.violations.append("\(law): \(words) [at \(world.time.trueNow.milliseconds - world.begun.milliseconds) ms]")
    }
  }

  func known(_ name: String) -> Known { state.withLock { $0.known[name, default: Known()] } }

  // MARK: - After each commit of the keepers

  func observe() async throws {
    let touches = state.withLock(\.touches)
    let rows = try await world.store.read {
      try $0.rows("SELECT * FROM connections WHERE touched > $1 ORDER BY name", touches)
    }
    for row in rows { try await observe(row, cause: .keeper) }
    if state.withLock({ $0.causes > 0 }) { await world.custody.offered(try await offers()) }
  }

  private func observe(_ row: Row, cause: Custody.Cause) async throws {
    let name: String = try row["name"], before = known(name)
    let epoch: Int64 = try row["epoch"], generation: Int64 = try row["generation"], rowState: String = try row["state"]
    let isQuarantined = try row["quarantine"] as String? != nil, touched: Int64 = try row["touched"]
    let holder: String? = try row["lease_holder"], spare: [UInt8]? = try row["spare_fingerprint"]
    let isNewSpare = state.withLock { state in
      var known = state.known[name, default: Known()]
      if (epoch, generation) > (known.epoch, known.generation) {
        known.doubt = nil
        known.intents = [:]
        known.hasForgotten = false
      }
      known.epoch = epoch
      known.generation = generation
      known.state = rowState
      known.isQuarantined = isQuarantined
      known.landed.insert([epoch, generation])
      state.known[name] = known
      state.touches = max(state.touches, touched)
      if let holder { state.claims["\(holder) \(name)"] = [state.restores, epoch] }
      if spare != nil { return state.spares.insert(name).inserted }
      state.spares.remove(name)
      return false
    }
    if isNewSpare { world.figures.count(.spareKept) }
    if (epoch, generation) < (before.epoch, before.generation) {
      violated("K3", "\(name) went back from \(before.epoch).\(before.generation) to \(epoch).\(generation)")
    }
    if epoch == before.epoch, generation > before.generation { world.figures.count(\.landings) }
    if isQuarantined, !before.isQuarantined, state.withLock({ $0.causes == 0 }) {
      let cause: StaleCause? = try row["quarantine"]
      violated("K28", "\(name) is set apart for nothing: \(cause?.words ?? "")")
    }
    let loss: Loss? = try row["reason"]
    world.figures.tell(
      "row \(name): \(rowState) \(epoch).\(generation)\(isQuarantined ? " set apart" : ""), lease \(holder ?? "-")"
        + (loss.map { ": \($0.words)" } ?? ""))
    if before.isQuarantined, !isQuarantined {
      let last = try await world.store.read {
        try $0.row("SELECT kind FROM events WHERE connection = $1 ORDER BY id DESC LIMIT 1", name)
      }
      let kind: String? = try last?["kind"]
      if kind == "checked" { world.figures.count(.quarantineChecked, name) }
    }
    let opens = try opens(row)
    if !opens { violated("K28", "what \(name) holds does not open any more") }
    if rowState == "disconnected", before.state != rowState { world.custody.disconnected(name) }
    let isHasty = await world.custody.stored(try tokens(of: row), for: name, cause)
    if generation > before.generation { world.custody.unwaive(name, .stall) }
    if isHasty, epoch == before.epoch, generation > before.generation {
      violated("K2", "an answer for \(name) has landed that was synced in no journal")
    }
    if rowState == "needs_approval", before.state != "needs_approval" {
      try await needsPerson(name, as: loss, before)
    }
  }

  /// A person is asked for: the grant has ended, or a loss that is nobody's doing has been told (K7, K13).
  private func needsPerson(_ name: String, as told: Loss?, _ before: Known) async throws {
    world.figures.count(\.personNeeded)
    let reason = told?.words ?? ""
    let ambiguous = before.isSecretDoubtful
    await world.custody.look(name)
    guard let loss = world.custody.loss(of: name) else {
      if world.isSuspended, world.service(of: name) is IssuerService {
        return violated("K7", "\(name) asks for a person although its grant is only suspended")
      }
      // Who is held up with the answer lands it when it can, and that ends it.
      if ambiguous || world.custody.isWaived(name) || world.custody.isOnItsWay(name) { return }
      return violated("K7", "\(name) asks for a person although its grant lives and its token is at hand: \(reason)")
    }
    switch loss.cause {
    // The answer to an approval was lost, and the person was told; the row knows of the ended grant before it alone.
    case _ where world.custody.isUnadopted(name): break
    case .network, .death:
      guard world.service(of: name).isStrict else {
        return violated("K13", "\(name) is lost at a provider that answers again: \(reason)")
      }
      if before.hasForgotten, before.intents.isEmpty { break }
      world.figures.count(\.strictLosses)
      // The moment of an answer that was lost, by the intent of the flight that it belongs to.
      if case .answerLost(let at, _)? = told, before.intents.values.contains(at) {
        world.figures.count(\.diagnosedLosses)
        world.figures.count(.lossTold)
      } else {
        violated(
          "K13", "an answer of \(name) was lost (\(loss.cause.rawValue)), and the reason does not say so: \(reason)")
      }
    case .stall, .keeper, .approval, .person, .restore, .untold, .word, .disconnect, .elsewhere, .replay: break
    }
  }

  // MARK: - Rows

  /// The refresh tokens that a row holds.
  func tokens(of row: Row) throws -> Set<[UInt8]> {
    Set(
      try ["refresh_fingerprint", "spare_fingerprint"].compactMap { try row[$0] as [UInt8]? })
  }

  func offers() async throws -> [String: Set<[UInt8]>] {
    try await world.store.read { db in
      var offers: [String: Set<[UInt8]>] = [:]
      for row in try db.rows("SELECT connection, fingerprint FROM offers ORDER BY connection, fingerprint") {
        offers[try row["connection"], default: []].insert(try row["fingerprint"])
      }
      return offers
    }
  }

  /// Whether both tokens of a row are what they are said to be.
  private func opens(_ row: Row) throws -> Bool {
    let name: String = try row["name"]
    if let sealed: [UInt8] = try row["refresh_token"] {
      let place = KeyRing.Place(
        table: "connections", row: name, column: "refresh_token", generation: try row["refresh_generation"])
      guard let token = try? world.ring.open(sealed, at: place), token.fingerprint == (try row["refresh_fingerprint"])
      else { return false }
    }
    if let sealed: [UInt8] = try row["access_token"] {
      let place = KeyRing.Place(
        table: "connections", row: name, column: "access_token", generation: try row["generation"])
      return (try? world.ring.open(sealed, at: place)) != nil
    }
    return true
  }

  // MARK: - Old states

  /// An old state of the store is in place: what follows is judged from there.
  func restored(_ cause: Custody.Cause, journals: [String: Set<[UInt8]>]) async throws {
    let rows = try await world.store.read { try $0.rows("SELECT * FROM connections ORDER BY name") }
    world.figures.count(\.restores)
    var held: [String: Set<[UInt8]>] = [:]
    var disconnected: Set<String> = []
    for row in rows {
      let name: String = try row["name"], rowState: String = try row["state"]
      held[name] = try tokens(of: row)
      if rowState == "disconnected" { disconnected.insert(name) }
    }
    try state.withLock { state in
      state.restores += 1
      state.causes += 1
      state.isUnjudged = true
      state.touches = -1
      for name in state.known.keys { state.known[name]?.state = "" }
      for row in rows {
        let name: String = try row["name"], touched: Int64 = try row["touched"]
        var known = state.known[name, default: Known()]
        known.epoch = try row["epoch"]
        known.generation = try row["generation"]
        known.state = try row["state"]
        known.isQuarantined = try row["quarantine"] as String? != nil
        known.doubt = nil
        known.inAir = [:]
        let intentAt: Timestamp? = try row["intent_at"]
        known.intents = intentAt.map { [0: $0] } ?? [:]
        known.hasForgotten = intentAt == nil
        state.known[name] = known
        state.touches = max(state.touches, touched)
      }
    }
    world.figures.tell("an old state is back: \(cause.rawValue)")
    await world.custody.putBack(
      rows: held, offers: try await offers(), journals: journals, disconnected: disconnected, cause)
  }

  /// Without its witness a store that starts anew may be an old one, for all that anybody knows.
  func witnessLost() { state.withLock { $0.causes += 1 } }
}
