import Wire

/// Why a check cannot tell whether the newest tokens of a quarantined connection are at hand, so that a person must decide.
package enum QuarantineDoubt: Sendable, Equatable {
  /// The provider does not accept the newest access token at hand.
  case refused
  /// The newest refresh token is known by what was got with it, and not at hand.
  case notAtHand
  /// The provider has nothing that could be asked without spending anything.
  case nothingToAsk
  /// The provider lets older access tokens live on: that one works proves nothing.
  case olderLiveOn
  /// The newest access token at hand ends at that moment, before a check counts; nil where there is none.
  case ended(Timestamp?)
  /// The newest access token at hand does not open with the key file.
  case sealed

  /// By what is known, the last answer of the provider included.
  init?(_ evidence: Evidence, of quarantine: Connection.Quarantine) {
    guard let doubt = quarantine.refusedAt == nil ? Self.beforeAsking(evidence, of: quarantine) : .refused else {
      return nil
    }
    self = doubt
  }

  /// What keeps a check from asking: an earlier answer does not.
  static func beforeAsking(_ evidence: Evidence, of quarantine: Connection.Quarantine) -> QuarantineDoubt? {
    let provider = evidence.client.provider, counts = evidence.now + quarantine.rest(at: evidence.moment.uptime)
    if let offer = evidence.offer, offer.refresh == nil { return .notAtHand }
    guard provider.harmlessQuestion != nil else { return .nothingToAsk }
    guard provider.endsAccessTokens else { return .olderLiveOn }
    guard let access = evidence.newestAccess, counts < access.token.until else {
      return .ended(evidence.newestAccess?.token.until)
    }
    return access.opens ? nil : .sealed
  }
}

extension Provider {
  /// A question that an access token can be tried with and that spends nothing.
  var harmlessQuestion: (origin: Origin, path: String)? {
    guard let userinfo, let origin = route(for: nil)?.origin else { return nil }
    return (origin, userinfo)
  }
}
