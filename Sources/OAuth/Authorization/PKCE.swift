import Crypto
import Foundation
import Wire

/// Proof key for code exchange, method S256 (RFC 7636); `plain` is not offered.
package enum PKCE {
  package struct Verifier: Sendable, Equatable {
    package let secret: Secret

    /// Nil unless the text has 43 to 128 unreserved characters (RFC 7636 section 4.1).
    package init?(_ text: String) {
      guard (43...128).contains(text.utf8.count), text.utf8.allSatisfy(\.isUnreserved) else { return nil }
      secret = Secret(text)
    }

    /// A verifier of 32 random bytes, as RFC 7636 section 4.1 recommends.
    package init(randomBytes: [UInt8]) { secret = Secret(Base64URL.encode(randomBytes)) }

    package var challenge: Challenge {
      Challenge(unchecked: Base64URL.encode(SHA256.hash(data: Data(secret.exposed.utf8))))
    }
  }

  package struct Challenge: Sendable, Equatable {
    package let text: String

    /// Nil unless the text is the base64url of 32 bytes: 43 characters.
    package init?(_ text: String) {
      guard text.utf8.count == 43, Base64URL.decode(text)?.count == 32 else { return nil }
      self.text = text
    }

    fileprivate init(unchecked text: String) { self.text = text }

    package func isMet(by verifier: Verifier) -> Bool {
      constantTimeEqual(Array(verifier.challenge.text.utf8), Array(text.utf8))
    }
  }
}
