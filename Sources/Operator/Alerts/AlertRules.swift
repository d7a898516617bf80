import Contacts
import OAuth
import Store

/// A trouble as the rows show it at one moment.
struct Trouble: Sendable, Equatable {
  var kind: AlertKind
  var subject: String
  /// Tells the same trouble at two times apart.
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

/// Everything that is alerted. Of the rows of one topic the first that holds counts.
enum AlertRules {
  static let connections: [AlertRule<ConnectionFacts>] = [
    AlertRule(
      kind: .needsApproval, holds: { $0.row.state == .needsApproval },
      what: { "It stopped because \($0.row.reason ?? "the provider refuses the grant")." }, nextStep: \.approve),
    AlertRule(kind: .personNeededIn1Day, holds: { $0.ends(within: 1) }, what: \.forecast, nextStep: \.approve),
    AlertRule(kind: .personNeededIn7Days, holds: { $0.ends(within: 7) }, what: \.forecast, nextStep: \.approve),
    AlertRule(kind: .personNeededIn14Days, holds: { $0.ends(within: 14) }, what: \.forecast, nextStep: \.approve),
    AlertRule(
      kind: .notServed, holds: \.row.isRejected, what: { "No call goes through: \($0.trouble)." },
      nextStep: { _ in "See at the provider whether it is still there. What to do then, says: evergrant status" }),
    AlertRule(
      kind: .notServed, holds: { $0.row.state == .active && $0.row.suspendedAt != nil },
      what: { "No call goes through: \($0.trouble)." },
      nextStep: { _ in "Have it switched on again there; it then goes on by itself, and nobody has to approve anew." }),
    AlertRule(
      kind: .notServed, holds: { $0.row.state == .active && !$0.isAccessAlive },
      what: { "No call goes through: \($0.trouble)." },
      nextStep: { "Look at it with: evergrant status. It is served again as soon as a refresh succeeds (\($0.name))." }),
    AlertRule(
      kind: .notRefreshed, holds: \.fails,
      what: { "Refreshing fails: \($0.trouble). Calls go through until \($0.accessUntil)." },
      nextStep: { _ in "Nothing yet: it is tried again by itself. Look at it with: evergrant status" }),
    AlertRule(
      kind: .quarantined, holds: { $0.row.state == .active && $0.row.quarantine != nil },
      what: { "It may hold old tokens: \($0.row.quarantine?.reason ?? "the store was restored")." },
      nextStep: {
        "It is checked by itself after ten minutes. If you know what it holds to be the newest: evergrant trust \($0.name)"
      }),
    AlertRule(
      kind: .clockDiffers, holds: \.isClockOff,
      what: {
        "They differ by \(abs($0.row.clockSkew.components.seconds)) s, so tokens seem to end too early or too late."
      },
      nextStep: { _ in "Check this machine's time service." }),
  ]

  static let clients: [AlertRule<ClientFacts>] = [
    AlertRule(
      kind: .clientRefused, holds: { _ in true },
      what: { "Nothing is refreshed with it: \($0.stopped). Its connections: \($0.connections)." },
      nextStep: { $0.remedy })
  ]

  static let keys: [AlertRule<KeyFacts>] = [
    AlertRule(
      kind: .jobSilent, holds: { facts in facts.key.expectedBy.map { facts.now >= $0 } ?? false },
      what: { "\($0.lastCall), and it is expected every \(AlertWords.span($0.every))." },
      nextStep: { "See whether the job still runs, and what it says. Its key: evergrant key list (\($0.name))" })
  ]
}

/// A connection at one moment.
struct ConnectionFacts: Sendable {
  var row: Connection
  var isClientStopped: Bool
  var now: Timestamp

  var name: String { row.name }
  var isAccessAlive: Bool { row.access.map { now < $0.until } ?? false }
  var trouble: String { row.trouble ?? "its access token has ended, and no newer one has come" }
  var accessUntil: String { row.access.map { AlertWords.moment($0.until) } ?? "now" }
  var fails: Bool {
    row.state == .active && row.failures > 0 && row.quarantine == nil && !isClientStopped && isAccessAlive
  }
  var isClockOff: Bool {
    row.state == .active && abs(row.clockSkew.milliseconds) >= RefreshPolicy.clockTolerance.milliseconds
  }

  /// When the grant ends if nothing is refreshed; without a refresh token, with its access token.
  private var endsAt: Timestamp? { row.refresh.map(\.until) ?? row.access?.until }

  /// Whether the grant ends in so many days if nothing is refreshed; one that never lives so long is not warned of.
  func ends(within days: Int64) -> Bool {
    guard row.state == .active, let from = row.access?.from, let until = endsAt else { return false }
    return until - from > .days(days) && now >= until - .days(days)
  }

  var forecast: String {
    let until = endsAt.map(AlertWords.moment) ?? "soon"
    guard row.refresh != nil else {
      return "Its access token ends on \(until), and the provider gave nothing to refresh it with."
    }
    let refreshed =
      row.refreshedAt.map { "It was last refreshed on \(AlertWords.moment($0))" } ?? "It was not refreshed"
    return "\(refreshed), and the provider forgets the grant on \(until) unless a refresh succeeds before"
      + (row.trouble.map { ": \($0)." } ?? ".")
  }

  var approve: String { "Approve again with: evergrant reconnect \(name)" }
}

/// A client that its provider no longer accepts.
struct ClientFacts: Sendable {
  var name: String
  var stopped: String
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
    key.lastUsedAt.map { "It last called on \(AlertWords.moment($0))" }
      ?? "It has never called since its key was made on \(AlertWords.moment(key.createdAt))"
  }
}

/// Values as an alert says them.
enum AlertWords {
  /// `2026-11-23 16:00 UTC`.
  static func moment(_ time: Timestamp) -> String {
    KeapTime.v2(time.milliseconds).prefix(16).replacing("T", with: " ") + " UTC"
  }

  /// `24 hours`, in the largest unit of which it is a whole number.
  static func span(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    let units: [(Int64, String)] = [(86_400, "day"), (3600, "hour"), (60, "minute")]
    let (length, noun) = units.first { seconds >= 2 * $0.0 && seconds % $0.0 == 0 } ?? (1, "second")
    return "\(seconds / length) \(noun)s"
  }
}
