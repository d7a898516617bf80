import Contacts
import OAuth
import Wire

/// Who calls the receivers of hooks.
package protocol HookSender: Sendable {
  /// Posts once, and follows no redirect.
  ///
  /// - Parameter tenant: on whose behalf, so that what holds up one tenant's calls holds up nobody else's.
  /// - Throws: ``UnansweredHook`` where there is no answer in time.
  func post(_ message: HookMessage, of tenant: Int64) async throws -> HookAnswer
}

/// Why a receiver gave no answer.
package struct UnansweredHook: Error, Sendable, CustomStringConvertible {
  package var trouble: HookTrouble
  /// In words for whoever runs the server.
  package var description: String

  package init(_ trouble: HookTrouble, _ description: String) {
    self.trouble = trouble
    self.description = description
  }
}

/// One call of a hook's receiver.
package enum HookMessage: Sendable {
  /// Asks whether the receiver wants to be called: it has to give the secret back.
  case question(OutboundURL, secret: Secret)
  /// Tells of changes.
  ///
  /// - Parameters:
  ///   - id: the same each time that the same changes are told.
  ///   - key: signs the message, as Standard Webhooks says.
  case notice(OutboundURL, id: String, at: Timestamp, body: [UInt8], key: Secret)
}

package struct HookAnswer: Sendable, Equatable {
  package var status: Int
  /// What stood in `X-Hook-Secret`.
  package var secret: Secret?

  package init(status: Int, secret: Secret? = nil) {
    self.status = status
    self.secret = secret
  }
}
