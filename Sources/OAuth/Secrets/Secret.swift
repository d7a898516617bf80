import Crypto
import Foundation

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

/// Compares two byte strings in a time that depends on their lengths alone.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
