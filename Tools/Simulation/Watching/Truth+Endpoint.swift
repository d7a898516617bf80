import Keeper
import OAuth
import Store
import Wire

/// What is judged at the token endpoint and at a job's call.
extension Truth {
  /// One presentation of a refresh token.
  struct Flight: Sendable {
    var id: Int64
    var connection: String
    var fingerprint: [UInt8]
  }

  /// Looks at what a process is about to present.
  func sending(_ request: TokenEndpointRequest, by life: Life) async -> Flight? {
    if request.fields["refresh_token"] == nil {
      let approved = request.fields["code"].flatMap(world.connection(ofCode:))
      let revoked = request.fields["token"].flatMap { world.custody.connection(of: Secret($0).fingerprint) }
      world.figures.tell(
        "\(life.name) \(approved.map { "redeems a code for \($0)" } ?? "takes back a token of \(revoked ?? "nobody")")")
    }
    guard let text = request.fields["refresh_token"], let name = world.custody.connection(of: Secret(text).fingerprint),
      let row = try? await world.store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", name) })
    else { return nil }
    let token = Secret(text), fingerprint = token.fingerprint, uptime = world.time.clock.uptime()
    let known = known(name)
    let isSameRow = state.withLock { state in
      if state.isUnjudged {
        state.isUnjudged = false
        world.figures.count(\.judgedRestores)
      }
      return state.claims["\(life.name) \(name)"] == [state.restores, known.epoch]
    }
    world.figures.tell("\(life.name) presents a token of \(name)")
    if isSameRow { judge(row, fingerprint, name, known, life) }
    if let other = known.inAir.values.first(where: { $0.boot == uptime.boot }) {
      violated("K8", "\(life.name) presents a token of \(name) while another is in the air since \(other.milliseconds)")
    }
    if let doubt = known.doubt, doubt.fingerprint == fingerprint, doubt.at.boot == uptime.boot,
      uptime.milliseconds - doubt.at.milliseconds < RefreshPolicy.deadline.milliseconds * 2
    {
      violated("K13", "\(life.name) presents a token of \(name) again before the lease of its doubt has ended")
    }
    await judge(token, name, life, isSameRow)
    let intentAt = (try? row["intent_at"] as Timestamp?) ?? nil
    return state.withLock { state in
      state.nextFlight += 1
      state.known[name]?.inAir[state.nextFlight] = uptime
      state.known[name]?.doubt = (fingerprint, uptime)
      if let intentAt { state.known[name]?.intents[state.nextFlight] = intentAt }
      return Flight(id: state.nextFlight, connection: name, fingerprint: fingerprint)
    }
  }

  /// By the row: intent, lease and state.
  private func judge(_ row: Row, _ fingerprint: [UInt8], _ name: String, _ known: Known, _ life: Life) {
    let intent: [UInt8]? = try? row["intent_fingerprint"], process: String? = try? row["intent_process"]
    if intent != fingerprint || process != life.name {
      violated("K1", "\(life.name) presents a token of \(name) without its intent on record")
    }
    let holder: String? = try? row["lease_holder"]
    if holder != life.name { violated("K9", "\(life.name) presents a token of \(name) without the lease") }
    if known.isQuarantined { violated("K28", "\(life.name) presents a token of \(name), which is quarantined") }
    if known.state == "needs_approval" { violated("K15", "\(life.name) asks on for \(name), which needs a person") }
  }

  /// By what the provider has given out since, and who holds it.
  private func judge(_ token: Secret, _ name: String, _ life: Life, _ isSameRow: Bool) async {
    guard let standing = await world.service(of: name).standing(of: token) else { return }
    if world.custody.isSuperseded(standing.grant, of: name) {
      guard isSameRow else { return }
      return violated("K3", "\(life.name) presents a token of \(name) from an approval that a newer one has replaced")
    }
    guard standing.isAlive, !standing.isNewest else { return }
    await world.custody.look(name)
    let successor = await world.custody.successor(of: standing, name)
    let loss = world.custody.loss(of: name)
    if successor.synced, !world.custody.isWaived(name) {
      return violated("K13", "\(life.name) presents a spent token of \(name) while its successor is at hand")
    }
    if successor.inHand {
      world.figures.count(.answerStalled)
      return world.custody.waive(name, .stall)
    }
    if loss?.cause == .restore, !world.custody.isWaived(name) {
      violated("K28", "\(life.name) presents a token of \(name) that an old state has brought back")
    }
  }

  /// - Parameter isDefinite: whether it is what the provider said, or nothing had reached it.
  func answered(_ flight: Flight?, _ answer: TokenEndpointAnswer, isDefinite: Bool, by life: Life) {
    guard let flight else { return }
    world.figures.tell("\(life.name) has its answer for \(flight.connection): \(answer.told)")
    state.withLock { state in
      state.known[flight.connection]?.inAir[flight.id] = nil
      // Tokens that have come may be lost yet, with the process.
      if isDefinite, answer.response == nil { state.known[flight.connection]?.intents[flight.id] = nil }
      if isDefinite, state.known[flight.connection]?.doubt?.fingerprint == flight.fingerprint {
        state.known[flight.connection]?.doubt = nil
      }
    }
  }

  /// The provider has another secret than the keeper for a while: what it refuses meanwhile is not told apart.
  func secretChanged(_ connections: [String], _ isChanged: Bool) {
    state.withLock { state in
      for name in connections { state.known[name]?.isSecretDoubtful = isChanged }
    }
  }

  // MARK: - At a job's call

  func handedOut(_ token: AccessToken, for connection: String) {
    if !known(connection).landed.contains([token.epoch, token.generation]) {
      violated("K2", "a token of \(connection) was handed out that no store ever held")
    }
  }

  /// A call got no token: the row must agree that there is none to serve.
  func refused(_ reason: TokenUnavailable, for connection: String, by life: Life) async {
    guard !life.isDead, world.isSteady,
      let row = try? await world.store.read({ try $0.row("SELECT * FROM connections WHERE name = $1", connection) }),
      (try? row["state"] as String) == "active", let until: Timestamp = try? row["access_until"],
      world.time.now + .seconds(15) < until, (try? row["paused_at"] as Timestamp?) ?? nil == nil
    else { return }
    // By a clock that was set back since a token seems to live on that has ended.
    if let token: [UInt8] = (try? row["refresh_fingerprint"]) ?? nil, let end = world.custody.end(of: token),
      end < world.time.trueNow + .seconds(15)
    {
      return
    }
    if case .temporarily(let words, _) = reason {
      violated("K20", "\(life.name) refuses a call on \(connection) whose token lives: \(words)")
    }
    if case .needsApproval(let words) = reason {
      violated("K20", "\(life.name) refuses a call on \(connection), which needs nobody: \(words)")
    }
  }
}

extension TokenEndpointAnswer {
  fileprivate var told: String {
    switch self {
    case .notSent(let words), .noAnswer(let words): words
    case .answer(let answer): "\(answer.status), \(response == nil ? "no tokens" : "tokens")"
    }
  }
}
