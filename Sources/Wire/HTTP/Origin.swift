/// Scheme, host and port of a server.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
  package var isTLS: Bool
  /// An address of IPv6 without its brackets.
  package var host: String
  package var port: Int

  /// The origin of an address: https, or http on this machine alone (RFC 9700 section 2.6). Nil for anything else, for user
  /// information, and for a host that is neither a name nor an address of IPv6 in brackets.
  package init?(_ address: AbsoluteURI) {
    guard address.scheme == "https" || address.scheme == "http", address.isPortFine,
      let host = Self.host(address.host)
    else { return nil }
    isTLS = address.scheme == "https"
    port = address.port ?? (isTLS ? 443 : 80)
    self.host = host
    guard isTLS || isLoopback else { return nil }
  }

  /// The origin of an address, whatever follows it there.
  package init?(of address: String) {
    guard let address = AbsoluteURI(address) else { return nil }
    self.init(address)
  }

  /// Parses `https://host[:port]` and nothing behind it.
  package init?(_ text: String) {
    guard let address = AbsoluteURI(text), address.rest.isEmpty else { return nil }
    self.init(address)
  }

  package var isLoopback: Bool { Loopback.isName(host) }

  /// The `Host` header for this origin.
  package var authority: String {
    port == (isTLS ? 443 : 80) ? Self.bracketed(host) : Self.authority(host: host, port: port)
  }

  /// How an address names a host and a port: an address of IPv6 is in brackets there.
  package static func authority(host: String, port: Int) -> String { "\(bracketed(host)):\(port)" }

  private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

  package var description: String { (isTLS ? "https://" : "http://") + authority }

  private static func host(_ text: Substring) -> String? {
    if text.hasPrefix("["), text.hasSuffix("]") {
      let address = text.dropFirst().dropLast()
      let isPlain = address.contains(":") && !address.contains("%")
      return isPlain && IPAddress(address) != nil ? String(address) : nil
    }
    let isName = text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "-.".utf8.contains($0) }
    return isName && !text.isEmpty ? String(text) : nil
  }
}
