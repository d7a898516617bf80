import Wire

/// What operators are told of.
package enum AlertKind: String, Sendable, CaseIterable {
  case personNeededIn14Days = "person_needed_in_14_days"
  case personNeededIn7Days = "person_needed_in_7_days"
  case personNeededIn1Day = "person_needed_in_1_day"
  case needsApproval = "needs_approval"
  case notRefreshed = "not_refreshed"
  case notServed = "not_served"
  case clientRefused = "client_refused"
  case quarantined
  case clockDiffers = "clock_differs"
  case jobSilent = "job_silent"

  /// The kinds of one topic are one trouble that gets worse: each is told once, and the end of all of them once.
  package enum Topic: String, Sendable { case approval, refresh, client, quarantine, clock, silence }

  package var topic: Topic {
    switch self {
    case .personNeededIn14Days, .personNeededIn7Days, .personNeededIn1Day, .needsApproval: .approval
    case .notRefreshed, .notServed: .refresh
    case .clientRefused: .client
    case .quarantined: .quarantine
    case .clockDiffers: .clock
    case .jobSilent: .silence
    }
  }

  /// How long it must last before anybody is told: what heals by itself wakes nobody.
  package var patience: Duration {
    switch self {
    case .notRefreshed: .minutes(15)
    case .notServed: .minutes(1)
    default: .zero
    }
  }

  /// Whether an approval ends it, and so a link is of use.
  package var needsPerson: Bool { topic == .approval }

  func title(_ subject: String) -> String {
    switch self {
    case .personNeededIn14Days: "\(subject) will need a person within 14 days"
    case .personNeededIn7Days: "\(subject) will need a person within 7 days"
    case .personNeededIn1Day: "\(subject) will need a person within a day"
    case .needsApproval: "\(subject) needs a person to approve again"
    case .notRefreshed: "\(subject) cannot be refreshed"
    case .notServed: "\(subject) is down: no call goes through"
    case .clientRefused: "Nothing is refreshed with the client \(subject)"
    case .quarantined: "\(subject) is not refreshed until it is checked or trusted"
    case .clockDiffers: "The clocks of this machine and of \(subject)'s provider differ"
    case .jobSilent: "The job \(subject) has fallen silent"
    }
  }
}

/// How long things around an alert take.
package enum AlertPolicy {
  /// How often the rows are looked at.
  package static let interval = Duration.seconds(5)
  /// How long one delivery may take.
  package static let deadline = Duration.seconds(30)
  /// How long a claimed delivery is left to whoever claimed it: longer than any delivery takes.
  package static let lease = Duration.minutes(2)
  /// How long the end of a trouble is news.
  package static let lateness = Duration.days(3)
  /// How long what is over is kept.
  package static let memory = Duration.days(90)
  /// How long a link to approve counts.
  package static let link = Duration.days(7)

  /// The pause after the n-th failure to deliver; each is drawn between half of this and all of it.
  package static let pauses: [Duration] = [
    .seconds(10),  // after 10 s
    .minutes(1),  // 70 s
    .minutes(5),  // 6 min
    .minutes(15),  // 21 min
    .hours(1),  // 81 min
    .hours(4),  // 5 h, and so on every 4 hours
  ]

  package static func pause(afterAttempts attempts: Int64, fraction: Double) -> Duration {
    let most = pauses[min(Int(max(attempts, 1)) - 1, pauses.count - 1)].milliseconds
    return .milliseconds(most / 2 + Int64(Double(most / 2) * fraction))
  }
}
