import Keeper
import Wire

/// How a connection is, for a person and for a program; times are milliseconds since 1970.
package struct ConnectionStatus: Sendable, Equatable, Codable {
  /// One word for a program. A reader keeps a word that it does not know, and does not fail.
  package struct State: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(stringLiteral value: String) { rawValue = value }

    package static let ok: State = "ok"
    /// Something else is wrong, such as a refresh that fails; calls may be served or not.
    package static let trouble: State = "trouble"
    /// Nothing is wrong with it, and the operator lets no call through.
    package static let paused: State = "paused"
    /// A restored backup may have brought it back: not refreshed until it is checked or trusted.
    package static let quarantined: State = "quarantined"
    package static let needsApproval: State = "needs_approval"
    package static let disconnected: State = "disconnected"
  }

  package var name: String
  package var client: String
  package var provider: String
  package var state: State
  /// Whether a call would get a token that lives, from what is stored now, and that the API is not known to refuse.
  package var isServed: Bool
  /// Whether it stays as it is, or soon gets worse, until somebody does what `nextStep` says.
  package var mustAct: Bool
  /// Whether it is a key made on the provider's own pages, for which nobody approves.
  package var isByKey: Bool
  package var tenant: String?
  package var approver: String?
  package var generation: Int64
  package var accessUntil: Int64?
  package var refreshedAt: Int64?
  /// Since when the operator lets no call through.
  package var pausedAt: Int64?
  /// When it is refreshed next, by itself; nil where it is not.
  package var nextRefreshAt: Int64?
  /// When a person will be needed if it is not refreshed before; since when one is needed, where that is so already, and nil
  /// where the provider sets no date.
  package var personNeededBy: Int64?
  /// What happened.
  package var trouble: String?
  /// What to do.
  package var nextStep: String?
  package var keys: [KeyStatus]

  package struct KeyStatus: Sendable, Equatable, Codable {
    package var name: String
    package var allows: [String]
    package var endsAt: Int64
    package var lastUsedAt: Int64?
    /// When its job should have called again, if it is expected to.
    package var expectedBy: Int64?
  }

  /// Whether there is nothing to tell: it works, or the operator has ended it.
  package var isWell: Bool { state == .ok || state == .disconnected }

  enum CodingKeys: String, CodingKey {
    case name, client, provider, state, mustAct, tenant, approver, generation, accessUntil, refreshedAt, nextRefreshAt,
      pausedAt
    case personNeededBy, trouble, nextStep, keys
    case isServed = "served"
    case isByKey = "byKey"
  }
}

extension ConnectionStatus {
  init(_ diagnosis: Diagnosis, keys: [APIKey]) {
    let row = diagnosis.evidence.row, client = diagnosis.evidence.client, tells = diagnosis.words
    name = row.name
    self.client = row.client
    provider = client.provider.name
    state = diagnosis.chief?.state ?? .ok
    isServed = diagnosis.isServed
    mustAct = diagnosis.needsHands
    tenant = row.tenant
    approver = row.approver
    generation = row.generation
    isByKey = client.isForKeys
    accessUntil = client.isForKeys ? nil : row.access?.until.milliseconds
    refreshedAt = row.refreshedAt?.milliseconds
    nextRefreshAt = diagnosis.schedule.dueAt?.milliseconds
    pausedAt = row.pausedAt?.milliseconds
    personNeededBy = diagnosis.forecast.personNeededBy?.milliseconds
    trouble = tells?.happened
    nextStep = tells?.next
    if let warning = diagnosis.warning {
      if state == .ok { state = .trouble }
      trouble = [tells?.happened, warning.happened].compactMap(\.self).joined(separator: "; ")
      nextStep = tells?.next ?? warning.next
    }
    if let pause = diagnosis.pause, state == .ok {
      state = .paused
      (trouble, nextStep) = (pause.happened, pause.next)
    }
    self.keys = keys.map {
      KeyStatus(
        name: $0.name, allows: $0.rules.map(\.text), endsAt: $0.endsAt.milliseconds,
        lastUsedAt: $0.lastUsedAt?.milliseconds, expectedBy: $0.expectedBy?.milliseconds)
    }
  }
}
