import Store
import Wire

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
  /// How often its job is expected to call; silence for longer is alerted.
  package var expectedEvery: Duration?

  package init(
    name: String, connection: String, rules: [Rule], handsOutTokens: Bool, endsAt: Timestamp, createdAt: Timestamp,
    lastUsedAt: Timestamp? = nil, expectedEvery: Duration? = nil
  ) {
    self.name = name
    self.connection = connection
    self.rules = rules
    self.handsOutTokens = handsOutTokens
    self.endsAt = endsAt
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
    self.expectedEvery = expectedEvery
  }

  /// When its job should have called again, if it is expected to.
  package var expectedBy: Timestamp? { expectedEvery.map { (lastUsedAt ?? createdAt) + $0 } }

  package func allows(method: String, path: String) -> Bool {
    rules.contains { $0.matches(method: method, path: path) }
  }

  /// One allowed method and path: `PUT /crm/rest/v1/contacts`, where `*` is one segment and a last `**` is any number of them,
  /// none included.
  package struct Rule: Sendable, Equatable {
    package let method: String
    /// The segments before a last `**`; nil stands for `*`.
    private let segments: [[UInt8]?]
    private let takesRest: Bool
    package let text: String

    /// Nil unless it is `METHOD /path`; the method may be `*`.
    package init?(_ rule: String) {
      let words = rule.split(separator: " ")
      guard words.count == 2, words[1].hasPrefix("/"), !words[1].contains("?"),
        words[0] == "*" || words[0].allSatisfy({ $0.isASCII && $0.isUppercase })
      else { return nil }
      var parts = words[1].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      if parts.last == "" { parts.removeLast() }
      takesRest = parts.last == "**"
      if takesRest { parts.removeLast() }
      guard !parts.contains("**") else { return nil }
      segments = parts.map { $0 == "*" ? nil : Array($0.utf8) }
      method = String(words[0])
      self.text = "\(words[0]) \(words[1])"
    }

    /// - Parameter path: the path as it was sent, without its query. A trailing slash does not count.
    package func matches(method: String, path: String) -> Bool {
      guard self.method == "*" || self.method == method else { return false }
      var rest = path.utf8[...]
      guard rest.popFirst() == UInt8(ascii: "/") else { return false }
      if rest.last == UInt8(ascii: "/") { rest.removeLast() }
      var isOver = rest.isEmpty
      for segment in segments {
        guard !isOver else { return false }
        let given = rest.prefix { $0 != UInt8(ascii: "/") }
        guard segment?.elementsEqual(given) ?? true else { return false }
        rest = rest[given.endIndex...]
        isOver = rest.popFirst() == nil
      }
      return isOver || takesRest
    }
  }
}

extension APIKey {
  package init(_ row: Row) throws {
    let rules: String = try row["rules"]
    self.init(
      name: try row["name"], connection: try row["connection"],
      rules: rules.split(separator: "\n").compactMap { Rule(String($0)) }, handsOutTokens: try row["hands_out_tokens"],
      endsAt: try row["ends_at"], createdAt: try row["created_at"], lastUsedAt: try row["last_used_at"],
      expectedEvery: (try row["expect_every"] as Int64?).map { .milliseconds($0) })
  }
}
