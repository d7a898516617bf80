/// Where a request goes: an origin and what is asked of it.
package struct OutboundURL: Sendable, Equatable {
  package var origin: Origin
  /// Path and query, with the leading slash.
  package var target: String

  package init(origin: Origin, target: String) {
    self.origin = origin
    self.target = target
  }

  /// Parses an address that has an ``Origin``. A fragment is dropped. Nil for anything else.
  package init?(_ text: String) {
    guard let address = AbsoluteURI(text), let origin = Origin(address) else { return nil }
    let rest = address.rest.prefix { $0 != "#" }
    self.init(origin: origin, target: rest.hasPrefix("/") ? String(rest) : "/" + rest)
  }
}
