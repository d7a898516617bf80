import Wire

/// What an approval, or its end by the operator, makes of a row, as pure rules.
extension Connection {
  /// The row with the tokens of a new approval: a new epoch, in which no answer, doubt or spare of the old one counts (K3).
  ///
  /// - Parameters:
  ///   - isProof: whether the provider has just given the tokens to credentials that the client still has (K7).
  ///   - refreshedAt: when they came from the provider; nil where another program has got them.
  func adopted(
    _ tokens: SealedTokens, epoch: Int64, client: String, identity: Identity, scope: String?, isProof: Bool,
    refreshedAt: Timestamp?
  ) -> Connection {
    var row = forgotten(epoch: epoch)
    row.state = .active
    row.generation += 1
    row.client = client
    row.tenant = identity.tenant
    row.approver = identity.approver
    row.scope = scope
    row.access = tokens.access
    row.refresh = tokens.refresh
    row.refreshedAt = refreshedAt ?? self.refreshedAt
    row.proven = isProof ? touched : client == self.client ? proven : nil
    row.refused = nil
    row.failures = 0
    return row
  }

  /// The row of a grant that was given up; name, keys, tenant and approver stay, for a new approval.
  func forgotten(epoch: Int64) -> Connection {
    var row = self
    row.state = .disconnected
    row.loss = nil
    row.epoch = epoch
    row.version += 1
    (row.access, row.refresh, row.spent, row.spare) = (nil, nil, nil, nil)
    (row.lease, row.intent) = (nil, nil)
    (row.retryAt, row.trouble, row.suspendedAt) = (nil, nil, nil)
    row.quarantine = nil
    return row
  }

  /// The row with what the provider has told of its owner since.
  func learned(_ identity: Identity) -> Connection {
    var row = self
    row.tenant = tenant ?? identity.tenant
    row.approver = approver ?? identity.approver
    row.version += 1
    return row
  }
}

/// A restored backup, as pure rules over a row (K28).
extension Connection {
  /// The row with the grant that another state of it holds; name, owner, pause and lease stay.
  package func keepingGrant(of other: Connection) -> Connection {
    var row = self
    row.state = other.state
    row.loss = other.loss
    row.epoch = other.epoch
    row.generation = other.generation
    row.version += 1
    row.scope = other.scope
    (row.access, row.refresh, row.spent) = (other.access, other.refresh, other.spent)
    row.refreshedAt = other.refreshedAt
    row.intent = other.intent
    (row.retryAt, row.retryFrom, row.failures) = (other.retryAt, other.retryFrom, other.failures)
    (row.trouble, row.suspendedAt) = (other.trouble, other.suspendedAt)
    return row
  }

  /// The row, not to be refreshed until it is checked or trusted. A flight in the air keeps its lease, so that nobody who
  /// trusts the row meanwhile presents the token beside it (K13).
  func setApart(_ cause: StaleCause, _ moment: Moment) -> Connection {
    var row = self
    row.quarantine = Quarantine(cause: cause, at: moment.now, uptime: moment.uptime.milliseconds)
    row.version += 1
    return row
  }

  /// The row with the pause that another state of it is in, and with that one's doubt if it is about the very token that is
  /// held here (K1).
  package func keepingDecisions(of other: Connection) -> Connection {
    var row = self
    if let doubt = other.intent, doubt.fingerprint == row.refresh?.fingerprint { row.intent = doubt }
    row.pausedAt = other.pausedAt ?? row.pausedAt
    return row
  }

  /// The quarantined row after a check has found that the provider does not accept the newest access token at hand.
  func checkRefused(at moment: Timestamp) -> Connection {
    var row = self
    row.quarantine?.refusedAt = moment
    return row
  }

  /// The quarantined row beside a new offer: what a check saw refused was the newest before it.
  func offeredNewer() -> Connection {
    var row = self
    row.quarantine?.refusedAt = nil
    return row
  }

  /// The row after the quarantine, with what it holds or with an offer in its place.
  ///
  /// - Parameters:
  ///   - offers: all that is offered beside it.
  ///   - isTrusted: whether the operator has decided, which also says that the process of a doubt is gone.
  func lifted(adopting offer: Offer?, beside offers: [Offer], isTrusted: Bool, by process: String) -> Connection {
    var row = self
    if let offer, let refresh = offer.refresh {
      row.state = .active
      row.loss = nil
      row.epoch = offer.epoch
      row.generation = offer.generation
      row.access = offer.access
      row.refresh = refresh
      row.spent = nil
      row.spare = nil
    } else if offers.contains(where: { $0.isNewer(than: self) }) {
      // An offer of a later generation was got by presenting the stored token. That is put on record: if the token is refused,
      // that is why (K13).
      let later = offers.filter { $0.epoch == epoch && $0.generation > generation }.map(\.access.from).min()
      if intent == nil, let later, let refresh {
        row.intent = Intent(
          epoch: epoch, generation: generation, fingerprint: refresh.fingerprint, at: later, process: process)
      }
      // The operator has passed the offers over. In a new epoch they are not newer, so they do not come back.
      row.epoch = 1 + (offers.map(\.epoch).max() ?? epoch)
    }
    // A doubt is about the token that is held, and stays with it (K1).
    if let held = row.refresh, let doubt = row.intent, doubt.fingerprint != held.fingerprint { row.intent = nil }
    if isTrusted { row.intent?.process = process }
    row.quarantine = nil
    row.version += 1
    row.retryAt = nil
    row.trouble = nil
    return row
  }
}
