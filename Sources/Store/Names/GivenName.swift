/// A name that a person gives: to a key, an app, a tenant, another person. It is shown in lists, pages, logs and alerts, so it
/// is one line of what can be seen.
package enum GivenName {
  package static let mostCharacters = 64

  /// What is wrong with a name, as the end of a sentence; nil for one that can be given.
  package static func fault(in text: String) -> String? {
    if text.isEmpty { return "must not be empty" }
    if text.hasPrefix(" ") || text.hasSuffix(" ") { return "must not begin or end with a blank" }
    if text.count > mostCharacters || text.utf8.count > 4 * mostCharacters {
      return "must not be longer than \(mostCharacters) characters"
    }
    return text.unicodeScalars.allSatisfy(isVisible)
      ? nil : "must not have a line break, or another character that cannot be seen"
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .spaceSeparator: scalar == " "
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
    default: true
    }
  }
}
