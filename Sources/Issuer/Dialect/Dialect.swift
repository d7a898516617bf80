import OAuth
import Wire

/// Whose rules an app meets.
package enum Dialect: String, Sendable, CaseIterable {
  /// This server's own, which let no grant be lost by a lost answer (laws P17 to P22).
  case evergrant
  /// As strict as Keap: a refresh token works once, nothing is given again, and an app cannot revoke (law P27).
  case keap

  /// How long a refresh token lasts at Keap, by its staff and partners. Older answers of theirs say six months.
  static let keapRefreshWindow = Duration.days(45)

  /// The time in which a refresh token must be used. A window that was set shorter stays shorter.
  func refreshWindow(_ window: Duration) -> Duration {
    self == .keap ? min(window, Self.keapRefreshWindow) : window
  }
}

extension Issuer {
  /// The rules that count for a client, of which `own` is its own: the stricter ones. What is said of the whole server is
  /// loosened for no client.
  func dialect(_ own: Dialect) -> Dialect { own == .keap ? own : settings.dialect }
}
