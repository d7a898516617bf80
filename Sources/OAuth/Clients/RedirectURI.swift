import Wire

/// A redirect URI that an app registered, and the rule by which a request may name it.
package struct RedirectURI: Sendable, Hashable {
  package let text: String
  /// Whether it is an http address of this machine, whose port is free.
  package let isLoopback: Bool

  /// Why a URI was not accepted for registration.
  package struct Refusal: Error, Sendable, Equatable { package var reason: String }

  /// Accepts https anywhere and http on a loopback address (RFC 9700 section 2.1, RFC 8252 section 7.3).
  package init(registering text: String) throws(Refusal) {
    guard text.utf8.allSatisfy(\.isPlainInAddress) else {
      throw Refusal(reason: "it has a blank, a line break or a letter that an address must escape")
    }
    guard let parts = AbsoluteURI(text) else { throw Refusal(reason: "it is not an absolute address") }
    guard parts.scheme == "https" || parts.scheme == "http" else {
      throw Refusal(reason: "the scheme \(parts.scheme) is not allowed; use https")
    }
    guard !parts.host.isEmpty else { throw Refusal(reason: "it names no host") }
    guard !parts.rest.contains("#") else { throw Refusal(reason: "it has a fragment") }
    guard !parts.authority.contains("@") else { throw Refusal(reason: "it has user information") }
    guard parts.scheme == "https" || Loopback.isName(parts.host) else {
      throw Refusal(reason: "http is for loopback addresses only; use https")
    }
    guard parts.isPortFine else { throw Refusal(reason: "its port is not a number from 1 to 65535") }
    guard let origin = Origin(parts) else {
      throw Refusal(reason: "its host is neither a name nor an address of IPv6 in brackets")
    }
    self.text = text
    isLoopback = !origin.isTLS
  }

  /// Equal byte for byte; only the port of a loopback address is free (RFC 8252 section 7.3).
  package func allows(_ requested: String) -> Bool {
    if requested.utf8.elementsEqual(text.utf8) { return true }
    // The host must be spelt alike, and the port in its one spelling, even where a URL parser takes other letters for the same.
    guard isLoopback, let ours = AbsoluteURI(text), let asked = AbsoluteURI(requested), asked.isPortFine else {
      return false
    }
    return (asked.scheme, asked.host, asked.rest) == (ours.scheme, ours.host, ours.rest)
  }
}
