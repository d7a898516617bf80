import Contacts
import Wire

/// In whose words a path answers, above all when it refuses.
enum Speech {
  case keap(KeapDialect)
  case oauth
  /// A page, for a person.
  case page

  /// A router reads past empty segments, and so does this.
  init(path: String) {
    if let dialect = KeapDialect(path: path) {
      self = .keap(dialect)
    } else if KeapXMLRPC.isAt(path) {
      // XML-RPC has a path beside `/crm`. What is refused before it is read is told in the words of v1.
      self = .keap(.v1)
    } else if OwnContacts.isAt(path) {
      self = .keap(.v2)
    } else {
      self = Self.oauthPaths.contains(path.split(separator: "/").joined(separator: "/")) ? .oauth : .page
    }
  }

  private static let oauthPaths: Set<String> = [
    "oauth/token", "token", "oauth/revoke", ".well-known/oauth-authorization-server",
  ]

  var isForPrograms: Bool {
    switch self {
    case .keap, .oauth: true
    case .page: false
    }
  }
}
