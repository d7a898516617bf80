import Keeper
import Store

/// What is judged when an hour of calm is over.
extension Truth {
  /// What can be refreshed is fresh, and only what cannot asks for a person.
  func judgeTheEnd() async throws {
    for row in try await world.store.read({ try $0.rows("SELECT * FROM connections ORDER BY name") }) {
      let name: String = try row["name"], rowState: String = try row["state"]
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
    let left = try world.host.entries().flatMap { process, entries in
      try entries.filter { try !mayWait($0) }.map { _ in process }
    }
    if !left.isEmpty { violated("K2", "answers are left in the journals of \(left.sorted())") }
  }

  /// An approval may wait for as long as somebody can be asked who gave it.
  private func mayWait(_ entry: Journal.Entry) throws -> Bool {
    guard case .approval(let answer) = try? Journaled(sealed: entry.bytes, world.ring) else { return false }
    return try world.time.trueNow < answer.asksUntil() + .minutes(2)
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
    let quarantine: String? = try row["quarantine"], trouble: String? = try row["trouble"]
    let words = quarantine ?? trouble ?? ""
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
