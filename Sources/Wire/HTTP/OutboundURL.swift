import Keeper

/// Where a request goes: an origin and what is asked of it.
package struct OutboundURL: Sendable, Equatable {
  package var origin: Origin
  /// Path and query, with the leading slash.
  package var target: String

  package init(origin: Origin, target: String) {
    self.origin = origin
    self.target = target
  }

  /// Parses an absolute https address; http is for loopback alone. A fragment is dropped. Nil for anything else.
  package init?(_ text: String) {
    guard let scheme = text.range(of: "://") else { return nil }
    let end = text[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? text.endIndex
    guard let origin = Origin(String(text[..<end])) else { return nil }
    let rest = text[end...].prefix { $0 != "#" }
    guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    self.init(origin: origin, target: rest.hasPrefix("/") ? String(rest) : "/" + rest)
  }
}
