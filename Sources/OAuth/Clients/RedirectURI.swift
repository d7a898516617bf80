import Foundation

/// A redirect URI that an app registered, and the rule by which a request may name it.
package struct RedirectURI: Sendable, Hashable {
  package let text: String
  private let loopback: URLComponents?

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
    self.text = text
    loopback = scheme == "http" && isLoopback ? parts : nil
  }

  /// Equal byte for byte; only the port of a loopback address is free (RFC 8252 section 7.3).
  package func allows(_ requested: String) -> Bool {
    if requested.utf8.elementsEqual(text.utf8) { return true }
    // What URL parsers take for the same host in other letters is not the same address.
    guard Self.isPlain(requested), var mine = loopback, var theirs = URLComponents(string: requested) else {
      return false
    }
    mine.port = nil
    theirs.port = nil
    guard let left = mine.string, let right = theirs.string, theirs.user == nil, theirs.fragment == nil else {
      return false
    }
    return left.utf8.elementsEqual(right.utf8)
  }

  package var isLoopback: Bool { loopback != nil }

  private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

  private static func isLoopback(_ host: String) -> Bool {
    let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    return bare == "127.0.0.1" || bare == "::1" || bare == "localhost"
  }
}
