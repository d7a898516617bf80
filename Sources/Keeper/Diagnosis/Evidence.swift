import Store
import Wire

/// All that a connection is judged by: its row, and what stands beside it. What nobody has looked for counts as absent.
package struct Evidence: Sendable, Equatable {
  package var row: Connection
  package var client: Client
  package var moment: Moment
  /// What another connection has just shown of the token endpoint.
  package var endpointTrouble: EndpointTrouble?
  package var opening = Opening()
  /// The newest tokens that are offered for the row and newer than its own.
  package var offer: Offer?
  /// When the provider refused the grant, where it has.
  package var refusedAt: Timestamp?
  /// Whether the journal of the process on record may still hold an answer.
  package var mayBeHeld = false

  package init(_ row: Connection, client: Client, at moment: Moment) {
    self.row = row
    self.client = client
    self.moment = moment
  }

  /// What one connection has shown of a token endpoint that others share.
  package struct EndpointTrouble: Sendable, Equatable {
    package var trouble: Trouble
    package var connection: String
  }

  /// Whether what is stored opens with the key file. What is absent, or was not tried, counts as opening.
  package struct Opening: Sendable, Equatable {
    package var access = true
    package var refresh = true
    /// The access token that is offered.
    package var offered = true

    package init() {}

    package init(_ row: Connection, _ offer: Offer?, with ring: KeyRing) {
      func opens(_ sealed: [UInt8]?, at place: KeyRing.Place) -> Bool {
        sealed.map { (try? ring.open($0, at: place)) != nil } ?? true
      }
      access = opens(row.access?.sealed, at: .accessToken(row.name, generation: row.generation))
      refresh = opens(row.refresh?.sealed, at: .refreshToken(row.name, generation: row.refresh?.generation ?? 0))
      offered = opens(offer?.access.sealed, at: .accessToken(row.name, generation: offer?.generation ?? 0))
    }
  }
}

extension Evidence {
  var now: Timestamp { moment.now }

  /// Whether a process holds the lease to refresh it.
  var isFlying: Bool { row.lease.map { !$0.isOver(at: moment.uptime) } ?? false }

  /// The newest access token at hand, the generation that it was sealed under, and whether it opens.
  var newestAccess: (token: Connection.Access, generation: Int64, opens: Bool)? {
    if let offer { return (offer.access, offer.generation, opening.offered) }
    return row.access.map { ($0, row.generation, opening.access) }
  }
}
