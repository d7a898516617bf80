import Crypto
import Foundation
import OAuth
import Wire

/// A signed-in browser.
package struct Session: Sendable, Equatable {
  /// Names the session in the store; it is no secret, and not the cookie.
  package var id: String
  package var userID: Int64
  package var email: String
  package var name: String
  /// Goes into every form of this session and comes back with it.
  package var csrf: Secret
  let key: [UInt8]

  /// The token for one form alone: what is bound to a request is good for no other (law P9).
  func csrf(for subject: String) -> Secret {
    let code = HMAC<SHA256>.authenticationCode(for: Data(subject.utf8), using: SymmetricKey(data: key))
    return Secret(Base64URL.encode(code))
  }
}

/// Why nobody was signed in.
package enum SignInRefusal: Error, Sendable, Hashable {
  /// Unknown address, wrong password or disabled user: one answer for all.
  case wrongCredentials
  /// Too many attempts for this person, or for many, from this place.
  case tooManyAttempts(retryAfter: Int)
  /// More sign-ins at once than are worked on.
  case busy(retryAfter: Int)
}
