import Issuer
import Keeper
import OAuth
import Store
import Synchronization
import TestKit

/// Who sees everything, and says when a law is broken.
final class Truth: Sendable {
  /// What is known of one connection beyond its row.
  private struct Known {
    var version: Int64 = -1
    var epoch: Int64 = 0
    var generation: Int64 = 0
    var state = ""
    /// The generations that were committed, by epoch: only these may be handed out.
    var landed: Set<[Int64]> = []
    /// An older state of the store was brought back, and nobody has approved or checked since: losses are not the keeper's.
    var isRestored = false
    var inAir: [Int64: Uptime] = [:]
    /// The last presentation whose fate is not known, and when it was.
    var doubt: (fingerprint: [UInt8], at: Uptime)?
  }

  /// One presentation of a refresh token.
  struct Flight: Sendable {
    var id: Int64
    var connection: String
    var fingerprint: [UInt8]
  }

  private struct State {
    var known: [String: Known] = [:]
    var violations: [String] = []
    var nextFlight: Int64 = 0
    var reuses: Int64 = 0
    var isWitnessLost = false
  }

  private unowned let world: World
  private let state = Mutex(State())

  init(_ world: World) { self.world = world }

  var violations: [String] { state.withLock(\.violations) }

  func violated(_ law: String, _ words: String) {
    state.withLock {
      $0.violations.append("\(law): \(words) [at \(world.time.trueNow.milliseconds - world.begun.milliseconds) ms]")
    }
  }

  // MARK: - After each commit of the keepers

  func observe() async throws {
    let rows = try await world.store.read { try $0.rows("SELECT name, version FROM connections ORDER BY name") }
    for row in rows {
      let name: String = try row["name"], version: Int64 = try row["version"]
      let before = state.withLock { $0.known[name, default: Known()] }
      guard before.version != version,
        let whole = try await world.store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", name) })
      else { continue }
      try await observe(whole, name, before)
    }
  }

  private func observe(_ row: Row, _ name: String, _ before: Known) async throws {
    let epoch: Int64 = try row["epoch"], generation: Int64 = try row["generation"], rowState: String = try row["state"]
    let quarantine: String? = try row["quarantine"]
    let isNewApproval = epoch > before.epoch && rowState == "active" && quarantine == nil
    state.withLock { state in
      var known = before
      known.inAir = state.known[name]?.inAir ?? [:]
      known.version = (try? row["version"]) ?? -1
      known.epoch = epoch
      known.generation = generation
      known.state = rowState
      known.landed.insert([epoch, generation])
      if isNewApproval {
        known.isRestored = false
        known.doubt = nil
      }
      if (epoch, generation) > (before.epoch, before.generation) { known.doubt = nil }
      state.known[name] = known
    }
    if (epoch, generation) < (before.epoch, before.generation), !before.isRestored {
      violated("K3", "\(name) went back from \(before.epoch).\(before.generation) to \(epoch).\(generation)")
    }
    if epoch == before.epoch, generation > before.generation { world.figures.count(\.landings) }
    let prospect = try await prospect(row)
    let isRestored = state.withLock { $0.known[name]?.isRestored ?? false }
    if rowState == "needs_approval", before.state != "needs_approval" {
      world.figures.count(\.personNeeded)
      if prospect?.isGrantAlive == true, !isRestored {
        violated("K7", "\(name) asks for a person although its grant lives: \(try row["reason"] as String? ?? "")")
      }
    }
    if rowState == "active", let prospect, prospect.isGrantAlive, !prospect.isAnswered, !isRestored {
      violated("K3", "\(name) holds generation \(prospect.generation), which its living grant no longer answers")
    }
  }

  /// What the refresh token of a row would get now.
  private func prospect(_ row: Row) async throws -> RefreshProspect? {
    guard let sealed: [UInt8] = try row["refresh_token"] else { return nil }
    let place = KeyRing.Place(
      table: "connections", row: try row["name"], column: "refresh_token", generation: try row["refresh_generation"])
    return try await world.watched.foresee(world.ring.open(sealed, at: place))
  }

  func restored() {
    state.withLock { state in
      for name in state.known.keys {
        state.known[name]?.isRestored = true
        state.known[name]?.version = -1
        state.known[name]?.doubt = nil
        state.known[name]?.inAir = [:]
      }
    }
  }

  /// Without its witness a store that starts anew may be an old one, for all that anybody knows.
  func witnessLost() { state.withLock { $0.isWitnessLost = true } }

  var isQuarantinedForNothing: Bool {
    world.figures.all.restores == 0 && state.withLock { !$0.isWitnessLost }
  }

  // MARK: - At the token endpoint

  /// Looks at what a process is about to present.
  func sending(_ request: TokenEndpointRequest, by life: Life) async -> Flight? {
    guard let text = request.fields["refresh_token"] else { return nil }
    let fingerprint = Secret(text).fingerprint, uptime = world.time.clock.uptime()
    guard
      let row = try? await world.store.read({
        try $0.row("SELECT * FROM connections WHERE refresh_fingerprint = $1 OR spare_fingerprint = $1", fingerprint)
      }), let name: String = try? row["name"]
    else { return nil }
    let known = state.withLock { $0.known[name, default: Known()] }
    let intent: [UInt8]? = try? row["intent_fingerprint"], process: String? = try? row["intent_process"]
    if intent != fingerprint || process != life.name {
      violated("K1", "\(life.name) presents a token of \(name) without its intent on record")
    }
    let holder: String? = try? row["lease_holder"]
    if holder != life.name { violated("K9", "\(life.name) presents a token of \(name) without the lease") }
    if (try? row["quarantine"] as String?) ?? nil != nil {
      violated("K28", "\(life.name) presents a token of \(name), which is quarantined")
    }
    if known.state == "needs_approval" { violated("K15", "\(life.name) asks on for \(name), which needs a person") }
    if let other = known.inAir.values.first(where: { $0.boot == uptime.boot }) {
      violated("K8", "\(life.name) presents a token of \(name) while another is in the air since \(other.milliseconds)")
    }
    if let doubt = known.doubt, doubt.fingerprint == fingerprint, doubt.at.boot == uptime.boot,
      uptime.milliseconds - doubt.at.milliseconds < RefreshPolicy.deadline.milliseconds * 2
    {
      violated("K13", "\(life.name) presents a token of \(name) again before the lease of its doubt has ended")
    }
    if known.isRestored, let prospect = try? await world.watched.foresee(Secret(text)), prospect.isGrantAlive,
      !prospect.isAnswered
    {
      violated("K28", "\(life.name) presents a token of \(name) that a restored backup has brought back")
    }
    return state.withLock { state in
      state.nextFlight += 1
      state.known[name]?.inAir[state.nextFlight] = uptime
      state.known[name]?.doubt = (fingerprint, uptime)
      return Flight(id: state.nextFlight, connection: name, fingerprint: fingerprint)
    }
  }

  func answered(_ flight: Flight?, _ answer: TokenEndpointAnswer) {
    guard let flight else { return }
    state.withLock { state in
      state.known[flight.connection]?.inAir[flight.id] = nil
      let isUnknown =
        switch answer {
        case .notSent: false
        case .noAnswer: true
        case .answer(let answer): answer.status != 429 && answer.status != 503
        }
      if !isUnknown, state.known[flight.connection]?.doubt?.fingerprint == flight.fingerprint {
        state.known[flight.connection]?.doubt = nil
      }
    }
  }

  /// Looks at what the issuer made of it: an honest keeper is never taken for a thief.
  func issuerActed() async {
    guard
      let row = try? await world.issuerStore.read({
        try $0.row("SELECT (SELECT COUNT(*) FROM events WHERE kind = 'token_reused') AS reuses")
      }), let reuses: Int64 = try? row["reuses"]
    else { return }
    let isNew = state.withLock { state in
      defer { state.reuses = reuses }
      return reuses > state.reuses
    }
    let isRestored = state.withLock { $0.known.values.contains { $0.isRestored } }
    if isNew, !isRestored { violated("K13", "the issuer took a refresh for theft") }
  }

  // MARK: - At a job's call

  func handedOut(_ token: AccessToken, for connection: String) {
    let known = state.withLock { $0.known[connection, default: Known()] }
    if !known.landed.contains([token.epoch, token.generation]) {
      violated("K2", "a token of \(connection) was handed out that no store ever held")
    }
  }

  /// A call got no token: the row must agree that there is none to serve.
  func refused(_ reason: TokenUnavailable, for connection: String, by life: Life) async {
    guard !life.isDead, world.isSteady,
      let row = try? await world.store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", connection) }),
      (try? row["state"] as String) == "active", let until: Timestamp = try? row["access_until"],
      world.time.now + .seconds(15) < until, state.withLock({ $0.known[connection]?.isRestored }) != true
    else { return }
    if case .temporarily(let words, _) = reason {
      violated("K20", "\(life.name) refuses a call on \(connection) whose token lives: \(words)")
    }
    if case .needsApproval(let words) = reason {
      violated("K20", "\(life.name) refuses a call on \(connection), which needs nobody: \(words)")
    }
  }

  // MARK: - At the end

  /// Within an hour of calm every living grant is fresh, and only truly dead ones ask for a person.
  func judgeTheEnd() async throws {
    for row in try await world.store.read({ try $0.rows("SELECT * FROM connections ORDER BY name") }) {
      let name: String = try row["name"], rowState: String = try row["state"]
      let prospect = try await prospect(row)
      if prospect?.isGrantAlive != true {
        if rowState != "needs_approval" { violated("liveness", "\(name) is dead at the issuer and \(rowState) here") }
        continue
      }
      let quarantine: String? = try row["quarantine"], trouble: String? = try row["trouble"]
      let words = quarantine ?? trouble ?? ""
      if rowState != "active" { violated("liveness", "\(name) lives and is \(rowState)") }
      if quarantine != nil { violated("liveness", "\(name) is still quarantined: \(words)") }
      let from: Timestamp? = try row["access_from"], until: Timestamp? = try row["access_until"]
      let isOld = until.map { $0 - world.time.now < .milliseconds(($0 - (from ?? $0)).milliseconds / 10) } ?? true
      if isOld, try row["intent_fingerprint"] as [UInt8]? != nil {
        violated("liveness", "\(name) is still in doubt: \(words)")
      }
      if until.map({ $0 <= world.time.now }) ?? true { violated("liveness", "\(name) has no live token: \(words)") }
    }
    let journaled = try world.host.journaled.filter { $0.value > 0 }
    if !journaled.isEmpty {
      violated("K2", "answers are left in the journals: \(journaled.sorted { $0.key < $1.key })")
    }
  }
}
