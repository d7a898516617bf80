import Wire

/// What is the matter with a connection: one case for each thing that asks something different of the operator.
package enum Situation: Sendable, Equatable {
  /// The provider refused the grant for good.
  case refused(Loss?)
  case disconnected
  /// The store may be an old one (K28). `doubt` is why a check cannot tell.
  case quarantined(Connection.Quarantine, isOffered: Bool, doubt: QuarantineDoubt?)
  case clientStopped(ClientStop)
  /// What is stored was sealed with a key that the key file does not hold.
  case sealed
  /// The API does not accept an access token that cannot be renewed.
  case rejected(Trouble)
  /// The provider has switched it off for now; its approval stands.
  case suspended(Trouble?)
  /// A token was presented and its fate is not known (K13). `heldBy` is the process whose journal may still hold the answer.
  case answerLost(Connection.Intent, heldBy: String?)
  /// The provider has seen nothing, or done nothing.
  case putOff(Trouble)
  /// Its token endpoint is in trouble, and one connection asks for all (K19).
  case awaitsTurn(Evidence.EndpointTrouble)
  /// Due, and nobody has tried.
  case overdue(since: Timestamp)
  case clockDiffers(Duration)

  /// Whether it does not heal by itself.
  package var needsHands: Bool {
    switch self {
    case .disconnected, .putOff, .awaitsTurn, .suspended: false
    case .answerLost(_, let holder): holder != nil
    case .refused, .quarantined, .clientStopped, .sealed, .overdue, .clockDiffers, .rejected: true
    }
  }
}

extension Situation {
  /// All that is the matter, whatever outranks the rest first.
  static func all(_ evidence: Evidence, dueAt: Timestamp?) -> [Situation] {
    let row = evidence.row
    let grant: Situation? =
      switch row.state {
      case .needsApproval: .refused(row.loss)
      case .disconnected: .disconnected
      case .active: nil
      }
    let quarantine = row.quarantine.map {
      Situation.quarantined(
        $0, isOffered: evidence.offer?.refresh != nil, doubt: QuarantineDoubt(evidence, of: $0))
    }
    guard row.state == .active else { return [grant, quarantine].compactMap(\.self) }
    return [
      quarantine, evidence.client.stopped.map { .clientStopped($0) },
      evidence.opening.access && evidence.opening.refresh ? nil : .sealed,
    ].compactMap(\.self) + refreshing(evidence, dueAt: dueAt)
      + (RefreshPolicy.isClockOff(by: row.clockSkew) ? [.clockDiffers(row.clockSkew)] : [])
  }

  /// What came of its refreshes.
  private static func refreshing(_ evidence: Evidence, dueAt: Timestamp?) -> [Situation] {
    let row = evidence.row
    var found: [Situation] = []
    if row.isRejected, let trouble = row.trouble { found.append(.rejected(trouble)) }
    if row.suspendedAt != nil { found.append(.suspended(row.trouble)) }
    if let doubt = row.intent, row.trouble != nil || !evidence.isFlying {
      found.append(.answerLost(doubt, heldBy: evidence.mayBeHeld && !evidence.isFlying ? doubt.process : nil))
    }
    guard found.isEmpty else { return found }
    if let trouble = row.trouble { return [.putOff(trouble)] }
    guard let dueAt, !evidence.isFlying, evidence.now - dueAt > Diagnosis.grace else { return [] }
    // While an endpoint is down, one connection asks for all, and the others wait for their turn (K19).
    return [evidence.endpointTrouble.map { .awaitsTurn($0) } ?? .overdue(since: dueAt)]
  }
}
