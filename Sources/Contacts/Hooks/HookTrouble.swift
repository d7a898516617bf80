/// Why a hook has not been confirmed: what came of asking its address the last time. It tells nothing of what was answered but
/// the status.
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
    }
  }
}

/// As it is stored.
extension HookTrouble: RawRepresentable {
  private static let named: [HookTrouble] = [
    .noSecret, .late, .cut, .unresolved, .slowName, .notPublic, .unreachable, .insecure, .restored,
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
    }
  }
}
