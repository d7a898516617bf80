import Keeper
import Store
import Wire

/// What is judged when an hour of calm is over.
extension Truth {
  /// What can be refreshed is fresh, and only what cannot asks for a person.
  func judgeTheEnd() async throws {
    var epochs: [String: Int64] = [:]
    for row in try await world.store.read({ try $0.rows("SELECT * FROM connections ORDER BY name") }) {
      let name: String = try row["name"], rowState: String = try row["state"]
      epochs[name] = try row["epoch"]
      guard name != World.keyed else {
        let quarantine: String? = try row["quarantine"]
        if rowState != "active" || quarantine != nil {
          violated("liveness", "\(name) holds a key and is \(rowState), or set apart")
        }
        continue
      }
      if rowState == "disconnected" { continue }
      // A refusal that may be the client's fault has stopped it, and with it all of its connections.
      if try await isStopped(try row["client"]), world.connections.contains(where: { isRefused($0, like: name) }) {
        continue
      }
      let until: Timestamp? = try row["access_until"], isServed = until.map { $0 > world.time.now } ?? false
      await world.custody.look(name)
      if let loss = world.custody.loss(of: name) {
        // While the access token serves on, a strict provider is not asked again.
        let waits = loss.cause != .person && loss.cause != .replay && isServed
        if rowState != "needs_approval", !waits {
          violated("liveness", "\(name) is lost at the provider (\(loss.cause.rawValue)) and \(rowState) here")
        }
        continue
      }
      try judgeLiving(row, name, rowState, isServed: isServed, until: until)
    }
    var left: [String] = []
    for (process, entries) in try world.host.entries() {
      for entry in entries where await !mayWait(entry, beside: epochs) {
        left.append("\(process): \(contents(of: entry))")
      }
    }
    if !left.isEmpty { violated("K2", "answers are left in journals: \(left.sorted().joined(separator: ", "))") }
  }

  /// An approval of which nobody can say any more who gave it, since its access token has ended or was ended, waits for as long
  /// as nothing newer is decided.
  private func mayWait(_ entry: Journal.Entry, beside epochs: [String: Int64]) async -> Bool {
    guard let journaled = try? Journaled(sealed: entry.bytes, world.ring), case .approval(let answer) = journaled,
      let end = try? answer.asksUntil(), let token = journaled.refreshToken,
      epochs[answer.connection] ?? 0 <= answer.epoch
    else { return false }
    if end <= world.time.now { return true }
    return await world.custody.service(answer.connection).standing(of: token)?.isAlive == false
  }

  private func contents(of entry: Journal.Entry) -> String {
    switch try? Journaled(sealed: entry.bytes, world.ring) {
    case .refresh(let received): "a refresh of \(received.connection) \(received.epoch).\(received.generation)"
    case .approval(let answer): "an approval of \(answer.connection) beside \(answer.epoch)"
    case nil: "nothing that can be read"
    }
  }

  private func isStopped(_ client: String) async throws -> Bool {
    try await world.store.read {
      try $0.row("SELECT name FROM clients WHERE name = $1 AND stopped IS NOT NULL", client) != nil
    }
  }

  /// Whether a connection of the same provider was lost, where refusals are ambiguous.
  private func isRefused(_ other: String, like name: String) -> Bool {
    let (one, two) = (world.service(of: other), world.service(of: name))
    return one.app.name == "keap" && two.app.name == "keap" && world.custody.loss(of: other) != nil
  }

  private func judgeLiving(
    _ row: Row, _ name: String, _ rowState: String, isServed: Bool, until: Timestamp?
  ) throws {
    let quarantine: StaleCause? = try row["quarantine"], trouble: Trouble? = try row["trouble"]
    let words = quarantine?.words ?? trouble?.words(name) ?? ""
    if rowState != "active" { violated("liveness", "\(name) lives and is \(rowState)") }
    if quarantine != nil { violated("liveness", "\(name) is still quarantined: \(words)") }
    let from: Timestamp? = try row["access_from"]
    let isOld = until.map { $0 - world.time.now < .milliseconds(($0 - (from ?? $0)).milliseconds / 10) } ?? true
    if isOld, try row["intent_fingerprint"] as [UInt8]? != nil {
      violated("liveness", "\(name) is still in doubt: \(words)")
    }
    if !isServed { violated("liveness", "\(name) has no live token: \(words)") }
  }
}
