/// What becomes of a call when XML-RPC ends.
package enum Standing: String, CaseIterable, Sendable, Encodable {
  case carried
  /// Carried, with a difference that is told.
  case different
  case notCarried = "not_carried"
  /// Which method or table it is cannot be seen.
  case untold = "cannot_be_told"

  /// As a person reads it.
  package var words: String { rawValue.replacing("_", with: " ") }

  /// Whether somebody has to look after it before XML-RPC ends.
  package var needsWork: Bool { self == .notCarried || self == .untold }
}
