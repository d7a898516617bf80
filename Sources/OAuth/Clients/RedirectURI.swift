import Foundation

/// A redirect URI that an app registered, and the rule by which a request may name it.
package struct RedirectURI: Sendable, Hashable {
  package let text: String
  /// The parts of an address whose port is free.
  private let loopback: Parts?

  /// Why a URI was not accepted for registration.
  package struct Refusal: Error, Sendable, Equatable { package var reason: String }

  /// Accepts https anywhere and http on a loopback address (RFC 9700 section 2.1, RFC 8252 section 7.3).
  package init(registering text: String) throws(Refusal) {
    guard Self.isPlain(text) else {
      throw Refusal(reason: "it has a blank, a line break or a letter that an address must escape")
    }
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
      throw Refusal(reason: "it is not an absolute address")
    }
    guard scheme == "https" || scheme == "http" else {
      throw Refusal(reason: "the scheme \(scheme) is not allowed; use https")
    }
    guard let host = parts.host, !host.isEmpty else { throw Refusal(reason: "it names no host") }
    guard parts.fragment == nil else { throw Refusal(reason: "it has a fragment") }
    guard parts.user == nil, parts.password == nil else { throw Refusal(reason: "it has user information") }
    let isLoopback = Self.isLoopback(host)
    guard scheme == "https" || isLoopback else {
      throw Refusal(reason: "http is for loopback addresses only; use https")
    }
    guard let split = Parts(text) else { throw Refusal(reason: "its port is not a number from 1 to 65535") }
    self.text = text
    loopback = scheme == "http" && isLoopback ? split : nil
  }

  /// Equal byte for byte; only the port of a loopback address is free (RFC 8252 section 7.3).
  package func allows(_ requested: String) -> Bool {
    if requested.utf8.elementsEqual(text.utf8) { return true }
    // What URL parsers take for the same host or port in other letters is not the same address.
    guard let loopback, let asked = Parts(requested) else { return false }
    return loopback.isSame(butForPortAs: asked)
  }

  package var isLoopback: Bool { loopback != nil }

  private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

  private static func isLoopback(_ host: String) -> Bool {
    let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    return bare == "127.0.0.1" || bare == "::1" || bare == "localhost"
  }
}

extension RedirectURI {
  /// An address as it is spelled: before its port, and behind it.
  private struct Parts: Hashable {
    var head: Substring
    var tail: Substring

    /// Nil for a port that is no number from 1 to 65535 in its one spelling.
    init?(_ text: String) {
      guard let scheme = text.range(of: "://") else { return nil }
      let rest = text[scheme.upperBound...]
      let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
      tail = rest[end...]
      head = text[..<end]
      // An address of IPv6 has its colons in brackets.
      guard let colon = rest[..<end].lastIndex(of: ":"), !rest[colon..<end].contains("]") else { return }
      let port = rest[colon..<end].dropFirst()
      guard let number = UInt16(port), number > 0, String(number) == port else { return nil }
      head = text[..<colon]
    }

    func isSame(butForPortAs other: Parts) -> Bool {
      head.utf8.elementsEqual(other.head.utf8) && tail.utf8.elementsEqual(other.tail.utf8)
    }
  }
}
