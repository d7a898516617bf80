import OAuth
import Store
import Wire

/// What a token that a person makes for themselves is good for.
package enum OwnTokenKind: String, Sendable, CaseIterable {
  /// That person's rights in one tenant.
  case personal
  /// The tenant's own, for its owners to make.
  case service

  /// What stands for its app. An operator can switch it off, and all tokens of the kind with it.
  package var clientID: String { "\(rawValue)-tokens" }

  package var clientName: String {
    switch self {
    case .personal: "Personal tokens"
    case .service: "Service keys"
    }
  }

  /// As a sentence has it.
  package var noun: String {
    switch self {
    case .personal: "personal token"
    case .service: "service key"
    }
  }

  /// Said to whoever could make one while an operator has the kind switched off.
  package var offSentence: String {
    "\(clientName) are switched off by the operator: none is made at present, and none that was made works."
  }

  /// Those that an operator has switched off.
  static func switchedOff(_ db: any Transaction) throws -> [OwnTokenKind] {
    try allCases.filter { kind in
      try db.row("SELECT id FROM clients WHERE id = $1 AND disabled_at IS NOT NULL", kind.clientID) != nil
    }
  }
}

/// How a grant came to be.
enum GrantKind: Sendable, Equatable {
  case approval
  case own(OwnTokenKind)

  /// - Returns: nil for what no version before has written.
  init?(stored text: String) {
    if text == Self.approval.stored {
      self = .approval
    } else if let kind = OwnTokenKind(rawValue: text) {
      self = .own(kind)
    } else {
      return nil
    }
  }

  var stored: String {
    switch self {
    case .approval: "approval"
    case .own(let kind): kind.rawValue
    }
  }
}

/// A token that a person made for themselves, as they see it; its text is shown once and never again.
package struct OwnToken: Sendable {
  package var grant: ApprovalSummary
  package var kind: OwnTokenKind
  /// Rises with each rotation; a form that rotates says which one it saw.
  package var generation: Int64
  /// When the newest token was made, and its end.
  package var madeAt: Timestamp
  package var endsAt: Timestamp
  /// Until when the token before the newest works too; nil where it does not.
  package var overlapUntil: Timestamp?
  /// Whether the newest has ended by itself.
  package var hasEnded: Bool
}

/// The bounds of such tokens.
package enum OwnTokenRule {
  /// From making or rotation.
  package static let longestLife = Duration.days(365)
  /// How many a person has at once.
  package static let mostOfUser: Int64 = 100
  /// For how long the token before still works beside a new one.
  package static let longestOverlap = Duration.days(7)

  static func check(lifetime: Duration) throws(IssuerRefusal) {
    guard lifetime > .zero, lifetime <= longestLife else {
      throw IssuerRefusal("A token ends within a year. Choose when.")
    }
  }

  static func check(overlap: Duration) throws(IssuerRefusal) {
    guard overlap >= .zero, overlap <= longestOverlap else {
      throw IssuerRefusal("The token before can go on for seven days at most. Choose for how long.")
    }
  }

  static func check(name: String) throws(IssuerRefusal) {
    if let fault = GivenName.fault(in: name) { throw IssuerRefusal("The name \(fault).") }
  }

  /// What is asked for, without what is not offered; somebody who asks for nothing gets nothing.
  static func scope(_ asked: [String]) throws(IssuerRefusal) -> Scope {
    guard !asked.isEmpty, asked.allSatisfy({ OfferedScope(rawValue: $0) != nil }) else {
      throw IssuerRefusal("Choose what the token may do.")
    }
    return Scope(asked)
  }
}
