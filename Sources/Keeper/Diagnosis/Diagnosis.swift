import Wire

/// What is the matter with a connection at one moment. Status, console, alerts and doctor have no other judge, and choose from
/// this what they tell.
package struct Diagnosis: Sendable, Equatable {
  package let evidence: Evidence
  package let schedule: Schedule
  /// All that is the matter, whatever outranks the rest first; none where it is well.
  package let situations: [Situation]
  package let forecast: Forecast
  /// Why a call gets no token that lives; nil where it is served.
  package let outage: Outage?

  /// Why a call gets no token that lives and that the API is not known to refuse, from what is stored now.
  package enum Outage: Sendable, Equatable {
    /// The provider has refused the grant, or the operator has given it up.
    case noGrant
    /// The API refuses the access token, and nobody can renew it.
    case rejected
    case suspended
    /// There is no access token, or it has ended.
    case ended
    /// There is no entry for the provider, so there is nowhere to call.
    case noAddress
    case sealed
    /// The operator lets no call through.
    case paused
  }

  /// How long a refresh may be due without anybody having tried.
  package static let grace = Duration.minutes(15)

  package init(_ evidence: Evidence) {
    self.evidence = evidence
    schedule = Schedule(Schedule.Terms(evidence.row, client: evidence.client), at: evidence.moment)
    situations = Situation.all(evidence, dueAt: schedule.dueAt)
    forecast = Forecast(evidence, dueAt: schedule.dueAt)
    outage = Outage(evidence)
  }

  /// The one situation that is told where only one is.
  package var chief: Situation? { situations.first }

  package var isServed: Bool { outage == nil }

  /// Whether it stays as it is, or soon gets worse, until somebody does something.
  package var needsHands: Bool {
    chief?.needsHands ?? false || forecast.isNear || evidence.row.pausedAt != nil && evidence.row.state != .disconnected
  }

  /// Whether the provider's clock and ours differ by more than is tolerated.
  package var isClockOff: Bool { situations.contains { if case .clockDiffers = $0 { true } else { false } } }

  /// Whether an access token is at hand that lives, whether or not calls are let through with it.
  package var hasLiveToken: Bool { evidence.row.state == .active && Outage.ofToken(evidence) == nil }
}

extension Diagnosis.Outage {
  fileprivate init?(_ evidence: Evidence) {
    let row = evidence.row
    if row.state != .active {
      self = .noGrant
    } else if row.isRejected {
      self = .rejected
    } else if row.suspendedAt != nil {
      self = .suspended
    } else if let outage = Self.ofToken(evidence) {
      self = outage
    } else if row.pausedAt != nil {
      self = .paused
    } else {
      return nil
    }
  }

  /// What is amiss with the access token itself, or with the way to where it is used.
  fileprivate static func ofToken(_ evidence: Evidence) -> Diagnosis.Outage? {
    guard let access = evidence.row.access, evidence.now < access.until else { return .ended }
    if evidence.client.provider.isUnknown { return .noAddress }
    return evidence.opening.access ? nil : .sealed
  }
}
