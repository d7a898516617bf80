import Contacts
import Store

/// The hooks that one transaction has to tell of what it does, so that they are not read for each change.
final class HookListeners {
  private var known: [HookEvent: [String]]?

  func keys(of event: HookEvent, or read: () throws -> [HookEvent: [String]]) rethrows -> [String] {
    let keys = try known ?? read()
    known = keys
    return keys[event] ?? []
  }

  /// How many hooks there are, whatever they want to be told of.
  var count: Int { known?.values.reduce(0) { $0 + $1.count } ?? 0 }
}

extension TenantContacts {
  /// Owes a change to each hook of the tenant that wants to be told of it: it is told if the change is committed, and then
  /// certainly.
  func tell(_ event: HookEvent, of id: Int64) throws {
    for key in try listeners.keys(of: event, or: listening) {
      let most = HookPolicy.mostPending(amongHooks: listeners.count)
      let row = try db.row(
        """
        UPDATE hooks SET number = number + 1, pending = pending + 1 WHERE hook_key = $1 AND status = $2 AND pending < $3
        RETURNING number
        """, key, HookStatus.verified.rawValue, most)
      if let row {
        try db.execute(
          "INSERT INTO hook_changes (hook_key, number, object_id, at) VALUES ($1, $2, $3, $4)", key,
          try row["number"] as Int64, id, now)
      } else {
        try StoredHook.giveUp(key, because: .overdue, at: now, db)
      }
    }
  }

  private func listening() throws -> [HookEvent: [String]] {
    let rows = try db.rows(
      """
      SELECT h.hook_key, h.event_key FROM hooks h JOIN grants g ON g.id = h.grant_id
      WHERE h.tenant_id = $1 AND h.status = $2 AND g.revoked_at IS NULL ORDER BY h.hook_key
      """, tenant, HookStatus.verified.rawValue)
    return try rows.reduce(into: [:]) { keys, row in
      guard let event = HookEvent(rawValue: try row["event_key"]) else { return }
      keys[event, default: []].append(try row["hook_key"])
    }
  }
}
