import Synchronization
import Wire

/// Calls that were served and not yet written down: counted here, stored once a second.
final class UsageCounter: Sendable {
  struct Use: Sendable {
    var calls: Int64
    var last: Timestamp
  }

  private let uses = Mutex<[GrantID: Use]>([:])

  func count(_ id: GrantID, at now: Timestamp, calls: Int64 = 1) {
    uses.withLock { uses in
      let known = uses[id] ?? Use(calls: 0, last: now)
      uses[id] = Use(calls: known.calls + calls, last: max(known.last, now))
    }
  }

  func pending(_ id: GrantID) -> Use? { uses.withLock { $0[id] } }

  func takeAll() -> [GrantID: Use] {
    uses.withLock { uses in
      defer { uses = [:] }
      return uses
    }
  }
}

extension Issuer {
  /// Writes the counts of the calls served since the last time, in one transaction.
  package func recordUsage() async throws {
    let uses = usage.takeAll()
    if uses.isEmpty { return }
    do {
      try await database.write { db in
        for (id, use) in uses {
          try db.execute(
            """
            UPDATE grants SET calls = calls + $2,
              last_used_at = CASE WHEN last_used_at > $3 THEN last_used_at ELSE $3 END,
              latest_at = CASE WHEN latest_at > $3 THEN latest_at ELSE $3 END WHERE id = $1
            """, id, use.calls, use.last)
        }
      }
    } catch {
      for (id, use) in uses { usage.count(id, at: use.last, calls: use.calls) }
      throw error
    }
  }
}
