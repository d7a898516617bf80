import OAuth

/// What an app can be allowed, and how a person is told so.
package enum OfferedScope: String, Sendable, CaseIterable {
  /// Keap's only scope.
  case full

  package var plainWords: String {
    switch self {
    case .full:
      """
      See, add, change and delete all contacts, companies, notes, tasks, tags and custom fields, and see your name and \
      e-mail address.
      """
    }
  }

  /// The scope that a request means: everything if it names nothing. Nil where it names what is not offered.
  static func scope(asked: Scope) -> Scope? {
    if asked.isEmpty { return Scope(allCases.map(\.rawValue)) }
    return asked.tokens.allSatisfy { OfferedScope(rawValue: $0) != nil } ? asked : nil
  }
}
