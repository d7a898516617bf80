import Wire

/// One request of an integration as the issuer saw it.
package struct Sighting: Sendable, Equatable {
  /// What a request to the token endpoint brought.
  package enum Brought: Sendable, Equatable {
    /// A call of the API, or a code.
    case nothing
    /// A refresh token that gets tokens.
    case current
    /// One whose successor was given out. By Keap's rules it gets nothing.
    case spent
    /// One that nobody gave out, or whose approval has ended; an empty one too.
    case dead
  }

  package var place: Fault.Place
  package var at: Timestamp
  package var brought: Brought
  /// What goes wrong with it.
  package var fault: Fault?
  /// What was answered, if anything was; where an answer was lost, what it would have been.
  package internal(set) var status: Int?
  /// Of all that the rehearsal saw, counted from 0.
  let number: Int

  var isRefresh: Bool { brought != .nothing }
  /// Whether it brought tokens to whoever asked.
  var hasRefreshed: Bool { isRefresh && status == 200 && fault?.losesAnswer != true }
}
