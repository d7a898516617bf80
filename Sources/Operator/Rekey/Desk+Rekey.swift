import Keeper
import OAuth
import Store

/// What came of a new key.
package struct RekeyReport: Sendable, Equatable, Codable {
  /// The key that seals from now on.
  package var key: UInt32
  /// Whether it was added now, and not by a call that had been broken off.
  package var isNew: Bool
  package var renewed: Int
  package var dropped: [UInt32]
  /// The older keys that stay, each with what still names it.
  package var kept: [Kept]
  /// What does not open with its key, and did not before.
  package var unopened: [SealedValue]

  package struct Kept: Sendable, Equatable, Codable {
    package var key: UInt32
    package var reasons: [String]
  }
}

/// What else has values sealed or derived under the same ring.
package protocol KeyUser: Sendable {
  /// Lets every act end that has begun before, and then seals anew what can be.
  ///
  /// - Returns: how many values that were.
  func renewKeys() async throws -> Int
  /// What names a key and cannot be moved, in words; empty where nothing does.
  func uses(of key: UInt32) async throws -> [String]
}

extension Desk {
  /// Adds a key, seals everything anew with it, and drops the older keys that nothing names any more.
  ///
  /// Works beside running servers: they look at the key file before they seal. It can be broken off anywhere; the next call
  /// goes on where it was.
  ///
  /// - Parameters:
  ///   - finishing: whether to add no key and only end what was begun.
  ///   - others: who else uses the ring.
  ///   - keep: is handed the lines of keys that are about to be dropped.
  package func rekey(
    finishing: Bool = false, others: [any KeyUser] = [], keep: (Secret) throws -> Void = { _ in },
    progress: @Sendable (Rekeying.Progress) -> Void = { _ in }
  ) async throws -> RekeyReport {
    let ring = store.ring
    let rekeying = store.rekeying()
    let isBegun = try await !rekeying.values(naming: Self.old(ring), opening: true).isEmpty
    if !finishing, !isBegun { try ring.addKey(random: store.random) }
    let key = ring.current, old = Self.old(ring)
    try await rekeying.barrier()
    let aloft = try await store.leases()
    var renewed = 0
    for other in others { renewed += try await other.renewKeys() }
    let outcome = try await rekeying.renew(progress)
    // An answer that was in hand before the new key was there may still be on its way into the journal under the old one.
    try await settlement.settle()
    try await waitForLanding(of: aloft)
    // A slot that was given back may hold its answer again after a power cut, which nothing would open then.
    try await settlement.journals.sync()
    let kept = try await uses(of: old, rekeying, others)
    let dropped = old.subtracting(kept.map(\.key))
    if !dropped.isEmpty { try ring.dropKeys(dropped, keep: keep) }
    return RekeyReport(
      key: key, isNew: !finishing && !isBegun, renewed: renewed + outcome.renewed, dropped: dropped.sorted(),
      kept: kept, unopened: outcome.unopened)
  }

  private static func old(_ ring: KeyRing) -> Set<UInt32> { Set(ring.ids).subtracting([ring.current]) }

  private func waitForLanding(of aloft: [String: Lease]) async throws {
    for _ in 0..<Int(Lease.length.components.seconds) {
      let now = clock.uptime()
      let left = try await store.leases().filter { aloft[$0.key] == $0.value && !$0.value.isOver(at: now) }
      if left.isEmpty { return }
      try await clock.sleep(.seconds(1))
    }
  }

  private func uses(
    of keys: Set<UInt32>, _ rekeying: Rekeying, _ others: [any KeyUser]
  ) async throws -> [RekeyReport.Kept] {
    var kept: [RekeyReport.Kept] = []
    for key in keys.sorted() {
      var reasons = try await rekeying.values(naming: [key]).map { "\($0.words) names it and does not open" }
      reasons += try journals(naming: key).map { "an answer in the journal of process \($0) has not landed yet" }
      for other in others { reasons += try await other.uses(of: key) }
      if !reasons.isEmpty { kept.append(RekeyReport.Kept(key: key, reasons: reasons)) }
    }
    return kept
  }

  /// The processes, living or dead, whose journals hold what one key has sealed, whoever has taken them over.
  private func journals(naming key: UInt32) throws -> [String] {
    let journals = settlement.journals
    return try journals.processes().filter {
      try journals.entries(of: $0).contains { KeyRing.key(of: $0.bytes) == key }
    }
  }
}

extension GrantStore {
  fileprivate func rekeying() -> Rekeying { Rekeying(database: database, ring: ring, random: random) }

  /// The leases that are on record.
  func leases() async throws -> [String: Lease] {
    try await database.read { db in
      let rows = try db.rows("SELECT * FROM connections WHERE lease_holder IS NOT NULL").map(Connection.init)
      return Dictionary(uniqueKeysWithValues: rows.compactMap { row in row.lease.map { (row.name, $0) } })
    }
  }
}
