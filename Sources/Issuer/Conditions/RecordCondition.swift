import Wire

/// What a caller says of a record's state before an act: carried out only on a state that it names, or only on one that it does
/// not name (RFC 9110 section 13.1).
package struct RecordCondition: Sendable, Equatable {
  package enum Verdict: Sendable, Equatable {
    case holds
    /// The caller has seen this state.
    case seen
    /// The caller means another state.
    case fails
  }

  package var match: EntityTagList?
  package var noneMatch: EntityTagList?

  /// Nothing is asked where both are nil.
  package init(match: EntityTagList? = nil, noneMatch: EntityTagList? = nil) {
    self.match = match
    self.noneMatch = noneMatch
  }

  /// Judges a state in the order of RFC 9110 section 13.2.2.
  package func verdict(on tag: @autoclosure () throws -> EntityTag) rethrows -> Verdict {
    guard match != nil || noneMatch != nil else { return .holds }
    let tag = try tag()
    if let match, !match.namesStrongly(tag) { return .fails }
    return noneMatch?.names(tag) == true ? .seen : .holds
  }

  /// Lets an act that writes go on. It is asked in the transaction that writes, so that nobody changes the record in between
  /// (law P46).
  ///
  /// - Throws: ``ContactFault/changed``.
  func check(_ tag: @autoclosure () throws -> EntityTag) throws {
    guard try verdict(on: tag()) == .holds else { throw ContactFault.changed }
  }
}
