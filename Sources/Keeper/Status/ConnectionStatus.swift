import Foundation
import OAuth
import Store

/// How a connection is, for a person and for a program; times are milliseconds since 1970.
package struct ConnectionStatus: Sendable, Equatable, Codable {
  package var name: String
  package var provider: String
  /// `ok`, `trouble` (served, but not refreshed), `needs_approval` or `disconnected`.
  package var state: String
  package var tenant: String?
  package var approver: String?
  package var generation: Int64
  package var accessUntil: Int64?
  package var refreshedAt: Int64?
  package var nextRefreshAt: Int64?
  /// When a person will be needed if the provider forgets the grant by then.
  package var personNeededBy: Int64?
  package var trouble: String?
  package var nextStep: String?
  package var keys: [KeyStatus]
  package var lastEvents: [Event]

  package struct KeyStatus: Sendable, Equatable, Codable {
    package var name: String
    package var allows: [String]
    package var endsAt: Int64
    package var lastUsedAt: Int64?
    /// When its job should have called again, if it is expected to.
    package var expectedBy: Int64?
  }
}

extension Keeper {
  package func status() async throws -> [ConnectionStatus] {
    let names = try await store.database.read { db in
      try db.rows("SELECT name FROM connections ORDER BY name").map { try $0["name"] as String }
    }
    var all: [ConnectionStatus] = []
    for name in names { all.append(try await status(name)) }
    return all
  }

  package func status(_ name: String) async throws -> ConnectionStatus {
    let now = clock.now()
    return try await store.database.read { [store] db in
      guard let row = try db.row("SELECT * FROM connections WHERE name = $1", name) else {
        throw KeeperError.noSuchConnection(name)
      }
      let held = try store.held(Connection(row), db)
      let connection = held.connection
      let provider: String =
        try db.row("SELECT provider FROM clients WHERE name = $1", connection.client)?["provider"] ?? ""
      let keys = try db.rows("SELECT * FROM api_keys WHERE connection = $1 AND revoked_at IS NULL ORDER BY name", name)
        .map { try APIKey($0) }
      let events = try db.rows(
        "SELECT at, kind, detail FROM events WHERE connection = $1 ORDER BY id DESC LIMIT 5", name)
      let (state, trouble, nextStep) = Self.judge(held, at: now)
      return ConnectionStatus(
        name: name, provider: provider, state: state, tenant: connection.tenant, approver: connection.approver,
        generation: connection.generation, accessUntil: connection.access?.until.milliseconds,
        refreshedAt: connection.refreshedAt?.milliseconds, nextRefreshAt: held.dueAt?.milliseconds,
        personNeededBy: connection.state == .active ? connection.refresh?.until?.milliseconds : nil, trouble: trouble,
        nextStep: nextStep,
        keys: keys.map {
          ConnectionStatus.KeyStatus(
            name: $0.name, allows: $0.rules.map(\.text), endsAt: $0.endsAt.milliseconds,
            lastUsedAt: $0.lastUsedAt?.milliseconds, expectedBy: $0.expectedBy?.milliseconds)
        },
        lastEvents: try events.map {
          Event(at: try $0["at"], kind: Event.Kind(rawValue: try $0["kind"]) ?? .putOff, detail: try $0["detail"])
        })
    }
  }

  private static func judge(_ held: Snapshot.Held, at now: Timestamp) -> (String, trouble: String?, nextStep: String?) {
    let row = held.connection
    let approve = "Approve again with: evergrant connect \(row.name) --client \(row.client)"
    switch row.state {
    case .needsApproval: return ("needs_approval", row.reason, approve)
    case .disconnected: return ("disconnected", row.reason, approve)
    case .active: break
    }
    if let stopped = held.clientTrouble {
      return ("trouble", stopped, "Set its credentials anew with: evergrant client add \(row.client) --replace")
    }
    if held.token == nil {
      return ("trouble", "its tokens do not open with the key file", "Put back the key file that belongs to this data.")
    }
    if abs(row.clockSkew.milliseconds) >= RefreshPolicy.clockTolerance.milliseconds {
      let seconds = abs(row.clockSkew.components.seconds)
      return (
        "trouble", "the provider's clock and this machine's differ by \(seconds) s",
        "Check this machine's time service."
      )
    }
    if let trouble = row.trouble {
      let lives = row.access.map { now < $0.until } ?? false
      return (
        "trouble", trouble,
        lives
          ? "Nothing: the access token still lives, and refreshing is tried again."
          : "Check the network to the provider."
      )
    }
    return ("ok", nil, nil)
  }
}
