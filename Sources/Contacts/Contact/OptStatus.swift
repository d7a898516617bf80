/// What marketing an e-mail address has consented to or refused: v2's `email_opt_status`, v1's `email_status`.
package enum OptStatus: String, CaseIterable, Hashable, Sendable {
  case unengagedMarketable = "UNENGAGED_MARKETABLE"
  case singleOptIn = "SINGLE_OPT_IN"
  case doubleOptIn = "DOUBLE_OPT_IN"
  case confirmed = "CONFIRMED"
  case unengagedNonMarketable = "UNENGAGED_NON_MARKETABLE"
  case nonMarketable = "NON_MARKETABLE"
  case lockdown = "LOCKDOWN"
  case bounce = "BOUNCE"
  case hardBounce = "HARD_BOUNCE"
  case manual = "MANUAL"
  case admin = "ADMIN"
  case system = "SYSTEM"
  case listUnsubscribe = "LIST_UNSUBSCRIBE"
  case feedback = "FEEDBACK"
  case spam = "SPAM"
  case invalid = "INVALID"
  case deactivated = "DEACTIVATED"

  /// May be sent marketing mail: v1's `email_opted_in`, v2's `is_opt_in`.
  package var isMarketable: Bool {
    switch self {
    case .unengagedMarketable, .singleOptIn, .doubleOptIn, .confirmed: true
    default: false
    }
  }

  /// Somebody, or a failed delivery, said no. Merely never having been asked is no opt-out.
  package var isOptOut: Bool { !isMarketable && self != .nonMarketable && self != .unengagedNonMarketable }

  /// The status after an opt-in reason arrives. Keap (v1, "Create or Update a Contact") lifts an address out of the
  /// unengaged and non-marketable states and out of a manual opt-out, and out of no other.
  /// - Parameter guarded: leaves the manual opt-out too, as law P44 demands of an upsert.
  func lifted(guarded: Bool) -> OptStatus {
    switch self {
    case .unengagedMarketable, .unengagedNonMarketable, .nonMarketable: .singleOptIn
    case .manual: guarded ? .manual : .singleOptIn
    default: self
    }
  }
}
