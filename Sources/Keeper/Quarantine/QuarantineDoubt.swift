import Store

/// Why a check cannot tell whether a quarantined connection holds the newest tokens: then a person must.
enum QuarantineDoubt: Sendable, Equatable {
  /// The provider does not accept the newest access token at hand.
  case refused
  /// The newest refresh token is known by what was got with it, and not at hand.
  case notAtHand
  /// The newest access token at hand does not live until a check counts, or the end of it was this.
  case ended(Timestamp)
  /// The provider has nothing to ask, or lets older access tokens live on.
  case nothingToAsk

  init?(_ row: Connection, _ quarantine: Connection.Quarantine, _ provider: Provider, _ facts: Situation.Facts) {
    let counts = facts.now + quarantine.rest(at: facts.uptime)
    if quarantine.refusedAt != nil {
      self = .refused
    } else if let offer = facts.offer, !offer.isWhole {
      self = .notAtHand
    } else if !provider.endsAccessTokens || provider.userinfo == nil {
      self = .nothingToAsk
    } else if let until = facts.offer?.accessUntil ?? row.access?.until, until <= counts {
      self = .ended(until)
    } else {
      return nil
    }
  }

  func words(_ title: String, now: Timestamp) -> String {
    switch self {
    case .refused: "nobody here holds the newest token: the provider no longer accepts the one that is left"
    case .notAtHand: "nobody here holds the newest token: it is known of, and not at hand"
    case .ended(let until):
      "the newest access token at hand \(until <= now ? "has ended" : "ends before a check counts")"
    case .nothingToAsk: "\(title) cannot be asked in a way that would tell"
    }
  }
}
