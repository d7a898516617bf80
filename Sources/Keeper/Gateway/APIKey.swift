import OAuth
import Store

/// What a job holds, and what it may do with it: nothing that was not named (K21).
package struct APIKey: Sendable, Equatable {
  package var name: String
  package var connection: String
  package var rules: [Rule]
  /// Whether the job may be shown the access token itself (K22).
  package var handsOutTokens: Bool
  package var endsAt: Timestamp
  package var createdAt: Timestamp
  package var lastUsedAt: Timestamp?

  package init(
    name: String, connection: String, rules: [Rule], handsOutTokens: Bool, endsAt: Timestamp, createdAt: Timestamp,
    lastUsedAt: Timestamp? = nil
  ) {
    self.name = name
    self.connection = connection
    self.rules = rules
    self.handsOutTokens = handsOutTokens
    self.endsAt = endsAt
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
  }

  package func allows(method: String, path: String) -> Bool {
    rules.contains { $0.matches(method: method, path: path) }
  }

  /// One allowed method and path: `PUT /crm/rest/v1/contacts`, where `*` is one segment and a last `**` is all below.
  package struct Rule: Sendable, Equatable {
    package let method: String
    private let segments: [Substring]
    package let text: String

    /// Nil unless the text is `METHOD /path`; the method may be `*`.
    package init?(_ text: String) {
      let words = text.split(separator: " ")
      guard words.count == 2, words[1].hasPrefix("/"), !words[1].contains("?"),
        words[0] == "*" || words[0].allSatisfy({ $0.isASCII && $0.isUppercase })
      else { return nil }
      method = String(words[0])
      segments = Self.split(words[1])
      guard !segments.dropLast().contains("**") else { return nil }
      self.text = "\(words[0]) \(words[1])"
    }

    /// - Parameter path: the path as it was sent, without its query. A trailing slash does not count.
    package func matches(method: String, path: String) -> Bool {
      guard self.method == "*" || self.method == method else { return false }
      let given = Self.split(path[...])
      guard segments.last == "**" else {
        return given.count == segments.count && zip(segments, given).allSatisfy { $0 == "*" || $0 == $1 }
      }
      let fixed = segments.dropLast()
      return given.count >= fixed.count && zip(fixed, given).allSatisfy { $0 == "*" || $0 == $1 }
    }

    private static func split(_ path: Substring) -> [Substring] {
      var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      if parts.last == "" { parts.removeLast() }
      return Array(parts)
    }
  }
}
