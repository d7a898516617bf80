import OAuth
import Store
import Wire

/// A refresh that this process may now send, and all that its landing must name.
package struct Claim: Sendable {
  package var connection: Connection
  package var client: Client
  /// Read under the lease, after the row was taken (K5).
  package var token: Secret
  /// Fingerprint of `token`.
  package var presented: [UInt8]
  /// Fingerprint of the token that the row must still hold for an answer to land: `presented`, or the refused one
  /// when `token` is the spare.
  package var held: [UInt8]
  /// The doubt that the store recorded before this claim.
  package var earlierIntent: Connection.Intent?
  package var lease: Lease
}

package enum ClaimResult: Sendable {
  case claimed(Claim)
  /// The row holds something newer than the caller saw.
  case moved(Connection)
  /// Another flight has the lease.
  case held(Connection, Lease)
  /// Not before that moment: after a failure, or while an earlier answer is unknown.
  case resting(Connection, until: Timestamp)
  case stopped(Connection, RefreshObstacle)
  /// The process on record may still hold an answer (K13).
  case unsettled(String)
  /// The store was restored from a backup (K28).
  case behind(StaleCause)
}

/// Why a connection is not refreshed until somebody does something.
package enum RefreshObstacle: Sendable, Equatable {
  case lost(Loss?)
  case disconnected
  case quarantined(StaleCause)
  case client(ClientStop)
  case noRefreshToken
}

extension GrantStore {
  /// Takes the lease and records the intent in one transaction, or says why not (K1, K9).
  ///
  /// - Parameters:
  ///   - seen: the generation that the caller wants replaced.
  ///   - forced: whether a token that is not due is refreshed too.
  ///   - spare: whether to present the spare, after the stored token was refused.
  ///   - settled: a process that is known to hold no answer any more.
  package func claim(
    _ name: String, seen: Int64, forced: Bool, spare: Bool = false, settled: String? = nil
  ) async throws -> ClaimResult {
    // The lease counts from before the claim is sent.
    let start = clock.uptime()
    let lease = Lease(holder: process, from: start)
    let known = try marks.known()
    return try await database.write { db in
      if let cause = try staleness(known, db) { return .behind(cause) }
      let row = try takeKnown(name, db)
      if let obstacle = RefreshObstacle.ofGrant(row) { return .stopped(row, obstacle) }
      guard row.generation == seen else { return .moved(row) }
      // Where the spare is gone meanwhile, the claim is judged like any other.
      let spare = spare && row.spare != nil
      if let other = row.lease, !other.isOver(at: clock.uptime()), other.holder != process || !spare {
        return .held(row, other)
      }
      let client = try Client.named(row.client, in: db, ring: ring, providers: providers)
      if let obstacle = RefreshObstacle(row, client: client) { return .stopped(row, obstacle) }
      guard let refresh = row.refresh else { return .stopped(row, .noRefreshToken) }
      if let doubt = row.intent, doubt.process != process, doubt.process != settled, !spare {
        return .unsettled(doubt.process)
      }
      let terms = Schedule.Terms(row, client: client)
      if let until = terms.rest(at: clock.now(), forced: forced), !spare { return .resting(row, until: until) }

      let token: Secret, presented: [UInt8]
      if spare, let kept = row.spare {
        token = try ring.open(kept.sealed, at: .spareToken(name))
        presented = kept.fingerprint
      } else {
        token = try ring.open(refresh.sealed, at: .refreshToken(name, generation: refresh.generation))
        presented = refresh.fingerprint
      }
      try row.claimed(presented, under: lease, at: clock.now()).save(db)
      return .claimed(
        Claim(
          connection: row, client: client, token: token, presented: presented, held: refresh.fingerprint,
          earlierIntent: row.intent, lease: lease))
    }
  }
}
