import Wire

/// Why a token that a person made for themselves opens nothing, for whoever holds it: the text itself proves that it was one. A
/// stranger learns of no token more than that a text is none.
package struct OwnTokenFault: Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// Its maker ended it, or a restored database had forgotten that.
    case ended(Timestamp)
    /// Its own end has come.
    case expired(Timestamp)
    /// A newer one was made in its place, and the time for which both worked is over.
    case rotated(Timestamp)
    /// What it rests on does not hold at present, as its maker's own page has it.
    case suspended(String)
  }

  package var kind: OwnTokenKind
  package var reason: Reason

  /// Whether it has ended by itself.
  package var isExpired: Bool { if case .expired = reason { true } else { false } }

  /// What happened, and what to do.
  ///
  /// - Parameter page: the address at which people make and rotate such tokens.
  package func sentence(page: String) -> String {
    switch reason {
    case .ended(let moment): "This \(kind.noun) was ended on \(moment.written). Make another at \(page)"
    case .expired(let moment):
      "This \(kind.noun) ended by itself on \(moment.written). Rotate it, or make another, at \(page)"
    case .rotated(let moment):
      "This \(kind.noun) was rotated: use the one that was made on \(moment.written), or rotate again at \(page)"
    case .suspended(let cause): "This \(kind.noun) has no effect at present. \(cause)"
    }
  }
}

extension AccessRefusal {
  /// Why a token is refused that is one of the grant's: of a person's own, with what its holder may know.
  ///
  /// - Parameter other: what is said of a token of an approval.
  init(_ reason: OwnTokenFault.Reason, of grant: Grant, else other: AccessRefusal) {
    if case .own(let kind) = grant.kind {
      self = .own(OwnTokenFault(kind: kind, reason: reason))
    } else {
      self = other
    }
  }
}
