import Crypto
import Wire

/// A text that must not be seen: whatever way Swift prints it, it shows as `‹secret›`.
package struct Secret: Sendable, Hashable {
  /// The text itself, for the wire and for sealing; never for a log, an error or a URL.
  package let exposed: String

  package init(_ text: String) { exposed = text }

  /// SHA-256 of the text: names a secret in the store without telling it. Only for secrets of 128 bits or more.
  package var fingerprint: [UInt8] {
    var text = exposed
    var hash = SHA256()
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    return Array(hash.finalize())
  }

  /// Whether it can go into a header field: all of it is visible ASCII (RFC 6749 appendix A, without the blank). A line break
  /// in it would begin another field.
  package var isFitForField: Bool { exposed.isVisibleASCII }

  /// Compares without telling by its duration where the texts differ.
  package static func == (left: Secret, right: Secret) -> Bool {
    constantTimeEqual(Array(left.exposed.utf8), Array(right.exposed.utf8))
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "‹secret›" }
  package var debugDescription: String { "‹secret›" }
  package var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}

extension Secret {
  /// How many random bytes a secret has that nobody shall guess.
  package static let randomByteCount = 32

  /// A secret that nobody has had before.
  package init(_ random: Randomness) { self.init(Base64URL.encode(random.bytes(Self.randomByteCount))) }

  /// A proof of having this secret, for one purpose, such as the token of a form; it does not tell the secret.
  package func proof(of purpose: String) -> Secret {
    Secret(Base64URL.encode(Secret("\(purpose) \(exposed)").fingerprint))
  }
}
