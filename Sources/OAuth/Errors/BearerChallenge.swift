import Wire

/// The `WWW-Authenticate` of a protected resource (RFC 6750 section 3).
package struct BearerChallenge: Sendable, Equatable {
  package var error: String?
  package var description: String?
  package var scope: String?

  package init(error: String? = nil, description: String? = nil, scope: String? = nil) {
    self.error = error
    self.description = description
    self.scope = scope
  }

  package var headerValue: String {
    let parameters = [("error", error), ("error_description", description), ("scope", scope)]
      .compactMap { name, value in value.map { "\(name)=\"\(Self.quotable($0))\"" } }
    return parameters.isEmpty
      ? AuthScheme.bearer.rawValue : AuthScheme.bearer.prefix + parameters.joined(separator: ", ")
  }

  /// Nil where the header is no Bearer challenge.
  package init?(headerValue: String) {
    let words = headerValue.split(separator: " ", maxSplits: 1)
    guard words.first?.equalsIgnoringCase("bearer") == true else { return nil }
    self.init()
    var rest = words.count > 1 ? words[1] : ""
    while let equals = rest.firstIndex(of: "=") {
      let name = rest[..<equals].split(whereSeparator: { " ,".contains($0) }).last.map(String.init) ?? ""
      rest = rest[rest.index(after: equals)...]
      let value: Substring
      if rest.first == "\"" {
        rest = rest.dropFirst()
        value = rest.prefix { $0 != "\"" }
      } else {
        value = rest.prefix { $0 != "," && $0 != " " }
      }
      rest = rest.dropFirst(value.count + 1)
      switch name {
      case "error": error = String(value)
      case "error_description": description = String(value)
      case "scope": scope = String(value)
      default: break
      }
    }
  }

  /// RFC 6750 section 3 allows these values to have quotable characters alone: a line break would begin another field.
  private static func quotable(_ text: String) -> String {
    String(text.map { $0.asciiValue?.isQuotable == true ? $0 : "'" })
  }
}
