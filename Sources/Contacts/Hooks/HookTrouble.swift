/// Why a hook is told nothing: what came of asking its address the last time, or what it was given up for. It tells nothing of
/// what was answered but the status.
package enum HookTrouble: Hashable, Sendable {
  /// An answer with a status other than 200.
  case status(Int)
  /// 200, without the secret.
  case noSecret
  /// No whole answer, or no connection, in time.
  case late
  /// The connection ended before a whole answer had come, or what came was no HTTP.
  case cut
  case unresolved
  case slowName
  /// The address is in a private network, and was not called.
  case notPublic
  case unreachable
  case insecure
  /// The hook is as it was before it was changed: its database was restored from a backup.
  case restored
  /// Given up: the approval that made it lay unused for too long, or the token that did is over.
  case lapsed
  /// Given up: its receiver wants to hear nothing more (410).
  case gone
  /// Given up: it failed for too long.
  case untaken
  /// Given up: it was owed too much.
  case overdue

  /// In words for whoever made the hook.
  package var sentence: String {
    switch self {
    case .status(let status): "The address answered \(status) and not 200."
    case .noSecret: "The address answered 200 and did not give X-Hook-Secret back."
    case .late: "The address gave no whole answer in ten seconds."
    case .cut: "The connection was closed before the address had answered, or the answer was no HTTP."
    case .unresolved: "The name in the address does not resolve."
    case .slowName: "The name in the address does not resolve in time."
    case .notPublic: "The name in the address leads into a private network."
    case .unreachable: "There is no connection to the address."
    case .insecure: "TLS failed: the address needs a certificate for its name, from an authority that all trust."
    case .restored: "The hook was changed after the backup that the database was restored from."
    case .lapsed: "What allowed it has ended by itself."
    case .gone: "Its receiver wants to hear nothing more."
    case .untaken: "Nobody took what it was told for a day."
    case .overdue: "It was owed more changes than are kept for a hook."
    }
  }
}

/// As it is stored.
extension HookTrouble: RawRepresentable {
  private static let named: [HookTrouble] = [
    .noSecret, .late, .cut, .unresolved, .slowName, .notPublic, .unreachable, .insecure, .restored, .lapsed, .gone,
    .untaken, .overdue,
  ]

  package init?(rawValue: String) {
    if let status = Int(rawValue) {
      self = .status(status)
    } else if let trouble = Self.named.first(where: { $0.rawValue == rawValue }) {
      self = trouble
    } else {
      return nil
    }
  }

  package var rawValue: String {
    switch self {
    case .status(let status): String(status)
    case .noSecret: "noSecret"
    case .late: "late"
    case .cut: "cut"
    case .unresolved: "unresolved"
    case .slowName: "slowName"
    case .notPublic: "notPublic"
    case .unreachable: "unreachable"
    case .insecure: "insecure"
    case .restored: "restored"
    case .lapsed: "lapsed"
    case .gone: "gone"
    case .untaken: "untaken"
    case .overdue: "overdue"
    }
  }
}
