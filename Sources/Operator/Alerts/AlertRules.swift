import Keeper
import Wire

/// A trouble as the rows show it at one moment.
struct Alerted: Sendable, Equatable {
  var kind: AlertKind
  var subject: String
  /// Tells two occurrences of the same trouble apart.
  var occurrence: Int64
  var what: String
  var nextStep: String
}

/// When a kind of trouble is there, and what is said of it. It is over when it is no longer there.
struct AlertRule<Facts: Sendable>: Sendable {
  var kind: AlertKind
  var holds: @Sendable (Facts) -> Bool
  var what: @Sendable (Facts) -> String
  var nextStep: @Sendable (Facts) -> String
}

/// Everything that is alerted. Of the rules of one topic the first that holds counts.
enum AlertRules {
  static let connections: [AlertRule<Diagnosis>] = [
    AlertRule(
      kind: .needsApproval, holds: \.isRefused, what: { "It stopped because \(Loss.words($0.evidence.row.loss))." },
      nextStep: \.approve),
    AlertRule(
      kind: .personNeededIn1Day, holds: { $0.forecast.notice == .days(1) }, what: \.dayWords, nextStep: \.approve),
    AlertRule(
      kind: .personNeededIn7Days, holds: { $0.forecast.notice == .days(7) }, what: \.dayWords, nextStep: \.approve),
    AlertRule(
      kind: .personNeededIn14Days, holds: { $0.forecast.notice == .days(14) }, what: \.dayWords, nextStep: \.approve),
    AlertRule(
      kind: .notServed, holds: { $0.outage == .rejected }, what: \.outageWords,
      nextStep: { _ in "See at the provider whether it is still there. What to do then, says: evergrant status" }),
    AlertRule(
      kind: .notServed, holds: { $0.outage == .suspended }, what: \.outageWords,
      nextStep: { _ in "Have it switched on again there; it then goes on by itself, and nobody has to approve anew." }),
    AlertRule(
      kind: .notServed, holds: { $0.outage == .ended || $0.outage == .sealed }, what: \.outageWords,
      nextStep: {
        $0.handsOn
          ?? "Look at it with: evergrant status. It is served again as soon as a refresh succeeds (\($0.name))."
      }),
    AlertRule(
      kind: .notRefreshed, holds: \.hasFailed,
      what: { "Refreshing fails: \($0.words?.happened ?? ""). Calls go through until \($0.accessUntil)." },
      nextStep: { $0.handsOn ?? "Nothing yet: it is tried again by itself. Look at it with: evergrant status" }),
    AlertRule(
      kind: .quarantined, holds: { $0.quarantine != nil },
      what: { "It may hold old tokens: \($0.quarantine?.cause.words ?? "")." },
      nextStep: \.quarantineStep),
    AlertRule(
      kind: .clockDiffers, holds: \.isClockOff,
      what: {
        "They differ by \(abs($0.evidence.row.clockSkew.components.seconds)) s, so tokens seem to end too early or too late."
      },
      nextStep: { _ in "Check this machine's time service." }),
  ]

  static let clients: [AlertRule<ClientFacts>] = [
    AlertRule(
      kind: .clientRefused, holds: { _ in true },
      what: { "Nothing is refreshed with it: \($0.stopped.words). Its connections: \($0.connections)." },
      nextStep: { $0.remedy })
  ]

  static let keys: [AlertRule<KeyFacts>] = [
    AlertRule(
      kind: .jobSilent, holds: { facts in facts.key.expectedBy.map { facts.now >= $0 } ?? false },
      what: { "\($0.lastCall), and it is expected every \($0.every.writtenExactly)." },
      nextStep: { "See whether the job still runs, and what it says. Its key: evergrant key list (\($0.name))" })
  ]
}

extension Diagnosis {
  fileprivate var name: String { evidence.row.name }

  fileprivate var isRefused: Bool { if case .refused? = chief { true } else { false } }
  fileprivate var quarantine: (cause: StaleCause, doubt: QuarantineDoubt?)? {
    if case .quarantined(let quarantine, _, let doubt)? = chief { (quarantine.cause, doubt) } else { nil }
  }
  fileprivate var quarantineStep: String {
    (quarantine?.doubt == nil ? "It is checked by itself after ten minutes. " : "") + (words?.next ?? "")
  }

  /// Whether refreshing fails while the access token still lives.
  fileprivate var hasFailed: Bool {
    switch chief {
    case .putOff?, .answerLost(_, heldBy: nil)?: evidence.row.trouble != nil && hasLiveToken
    case .answerLost?, .sealed?: hasLiveToken
    default: false
    }
  }

  /// What to do where it does not heal by itself.
  fileprivate var handsOn: String? { chief?.needsHands == true ? words?.next : nil }

  fileprivate var troubleWords: String {
    if outage == .sealed { return "its access token does not open with the key file" }
    return evidence.row.trouble?.words(evidence.client.provider.title)
      ?? "its access token has ended, and no newer one has come"
  }
  fileprivate var outageWords: String { "No call goes through: \(troubleWords)." }
  fileprivate var accessUntil: String { evidence.row.access.map { $0.until.readableToTheMinute } ?? "now" }

  /// What is said of the day on which a person is needed.
  fileprivate var dayWords: String {
    let end = forecast.personNeededBy?.readableToTheMinute ?? "soon", row = evidence.row
    guard row.refresh != nil else {
      return "Its access token ends on \(end), and the provider gave nothing to refresh it with."
    }
    let refreshed =
      row.refreshedAt.map { "It was last refreshed on \($0.readableToTheMinute)" } ?? "It was not refreshed"
    return "\(refreshed), and the provider forgets the grant on \(end) unless a refresh succeeds before"
      + (row.trouble.map { ": \($0.words(evidence.client.provider.title))." } ?? ".")
  }

  fileprivate var approve: String { "Approve again with: \(evidence.client.renewal(of: name))" }
}

/// A client that its provider no longer accepts.
struct ClientFacts: Sendable {
  var name: String
  var stopped: ClientStop
  var remedy: String
  var connections: String
}

/// A key whose job is expected to call.
struct KeyFacts: Sendable {
  var key: APIKey
  var every: Duration
  var now: Timestamp

  var name: String { key.name }
  var heardAt: Timestamp { key.lastUsedAt ?? key.createdAt }
  var lastCall: String {
    key.lastUsedAt.map { "It last called on \($0.readableToTheMinute)" }
      ?? "It has never called since its key was made on \(key.createdAt.readableToTheMinute)"
  }
}
