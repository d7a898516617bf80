import Crypto
import Foundation
import Wire

/// When a token is refreshed, and when it may still be used.
package enum RefreshPolicy {
  /// How long one exchange with a token endpoint may take.
  package static let deadline = Duration.seconds(60)
  /// A rejected token that is younger than this is no reason to refresh (K23).
  package static let youth = Duration.seconds(60)
  /// How long calls go on from memory while the store is down (K20).
  package static let storeOutage = Duration.minutes(5)
  /// How many flights of one process are at one token endpoint at once (K19).
  package static let flightsAtOnce = 8
  /// How many connections in a row an endpoint must answer oddly before that is its trouble and no longer theirs.
  package static let oddAnswers = 3
  /// The longest rest that a token endpoint is given when it asks for one.
  package static let longestRest = Duration.days(1)
  /// A difference between a provider's clock and ours from which on the operator is told.
  package static let clockTolerance = Duration.seconds(60)
  /// The differences in milliseconds that nobody is told of.
  package static let toleratedSkew = 1 - clockTolerance.milliseconds...clockTolerance.milliseconds - 1

  /// Whether a difference between a provider's clock and ours is one that the operator is told of.
  package static func isClockOff(by difference: Duration) -> Bool { !toleratedSkew.contains(difference.milliseconds) }

  /// Whether the wall clock was set back since it showed a moment, by more than the clocks of two machines may differ.
  static func isSetBack(_ now: Timestamp, behind past: Timestamp) -> Bool { now < past - clockTolerance }

  /// How long before its end a token is no longer handed out before a refresh was tried.
  package static func margin(from: Timestamp, until: Timestamp) -> Duration {
    min(.seconds(10), .milliseconds((until - from).milliseconds / 20))
  }

  /// When a background refresh is due: at 80 % of the lifetime, up to 5 % earlier by connection, and not around the top of
  /// an hour, when token endpoints are slow (K16).
  package static func due(_ connection: String, from: Timestamp, until: Timestamp) -> Timestamp {
    // No row may make the count overflow, whatever date stands in it.
    let lifetime = min((until - from).milliseconds, Duration.days(3650).milliseconds)
    let share = Int64(
      SHA256.hash(data: Data("\(connection) \(from.milliseconds)".utf8)).prefix(2).reduce(0) { $0 << 8 | Int($1) })
    let due = from + .milliseconds(lifetime * 4 / 5 - lifetime / 20 * share / 65_536)
    guard lifetime > 2 * Duration.hours(1).milliseconds else { return due }
    let hour = Duration.hours(1).milliseconds, rush = Duration.minutes(5).milliseconds
    let intoHour = due.milliseconds % hour
    let sinceRush = intoHour < rush ? intoHour + rush : intoHour - (hour - rush)
    guard sinceRush >= 0 else { return due }
    return due - .milliseconds(sinceRush + 1 + share * rush / 65_536)
  }

  /// The longest pause after the n-th failure in a row; each is drawn between 100 ms and this (full jitter). The times beside
  /// them are the sums of the longest.
  package static let pauses: [Duration] = [
    .seconds(1),  // after 1 s
    .seconds(4),  // 5 s
    .seconds(15),  // 20 s
    .seconds(60),  // 80 s
    .minutes(5),  // 6 min
    .minutes(15),  // 21 min
    .minutes(30),  // 51 min, and so on every half hour
  ]

  /// The longest pause while the provider has a grant switched off for now, so that calls soon go on when that ends.
  package static let suspension = Duration.minutes(5)

  package static func pause(afterFailures failures: Int64, fraction: Double) -> Duration {
    let most = pauses[min(Int(max(failures, 1)) - 1, pauses.count - 1)]
    return .milliseconds(max(100, Int64(Double(most.milliseconds) * fraction)))
  }
}
