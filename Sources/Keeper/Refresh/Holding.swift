import OAuth
import Store

/// One connection as memory has it: what calls, the background and a restored backup need of it. Its tokens stay sealed.
struct Holding: Sendable {
  /// An access token with the place it was sealed for.
  struct Token: Sendable, Equatable {
    var access: Connection.Access
    var epoch: Int64
    var generation: Int64
  }

  var name: String
  var client: HoldingClient
  var state: Connection.State
  var tenant: String?
  var reason: String?
  var trouble: String?
  var epoch: Int64
  var generation: Int64
  var version: Int64
  /// The newest that is known; where a restored backup has brought an older row back, not the row's own.
  var token: Token?
  var refresh: Connection.Refresh?
  var quarantine: Connection.Quarantine?
  /// When it is refreshed by itself.
  var dueAt: Timestamp?
  /// Before this nothing would be sent, however due it is.
  var restsUntil: Timestamp?

  /// Where calls go.
  var route: Route? { client.provider.route(for: tenant) }

  /// Whether this holds newer tokens than `other`.
  func isAhead(of other: Holding) -> Bool { (epoch, generation) > (other.epoch, other.generation) }

  /// The same with a newer access token that serves on, whichever of the two rows is trusted in the end (K20, K28).
  func serving(_ newer: Token?) -> Holding {
    guard let newer, (newer.epoch, newer.generation) > (epoch, generation) else { return self }
    var served = self
    served.token = newer
    return served
  }

  /// The access token for a call; nil where nothing is served, or where it does not open with the keys at hand.
  func open(_ ring: KeyRing) -> AccessToken? {
    guard state == .active, let token,
      let secret = try? ring.open(token.access.sealed, at: .accessToken(name, generation: token.generation))
    else { return nil }
    return AccessToken(
      secret: secret, generation: token.generation, epoch: token.epoch, from: token.access.from,
      until: token.access.until)
  }
}

/// What the connections of one client share.
final class HoldingClient: Sendable {
  let name: String
  let provider: Provider
  /// Why nothing can be refreshed with it.
  let stopped: String?

  var tokenEndpoint: String { provider.tokenEndpoint }

  init(_ client: Client) {
    name = client.name
    provider = client.provider
    stopped = client.stopped
  }
}

extension HoldingClient: Equatable {
  static func == (left: HoldingClient, right: HoldingClient) -> Bool {
    left === right
      || left.name == right.name && left.provider == right.provider && left.stopped == right.stopped
  }
}

extension GrantStore {
  /// The columns of a ``Holding``: less than half of a row, for a hundred thousand of them are read at a start.
  static let holdingColumns = """
    name, client, state, tenant, reason, trouble, epoch, generation, version, access_token, access_from, access_until,
    refresh_token, refresh_generation, refresh_fingerprint, refresh_until, quarantine, quarantined_at, retry_at,
    retry_from, intent_epoch, lease_holder, lease_boot, lease_until
    """

  /// Reads a row into memory.
  func holding(_ row: Row, _ client: HoldingClient) throws -> Holding {
    let state: String = try row["state"]
    guard let known = Connection.State(rawValue: state) else {
      throw StoreError.unreadable("connection state \(state)")
    }
    var holding = Holding(
      name: try row["name"], client: client, state: known, tenant: try row["tenant"], reason: try row["reason"],
      trouble: try row["trouble"],
      epoch: try row["epoch"], generation: try row["generation"], version: try row["version"])
    if let sealed: [UInt8] = try row["access_token"] {
      holding.token = Holding.Token(
        access: Connection.Access(sealed: sealed, from: try row["access_from"], until: try row["access_until"]),
        epoch: holding.epoch, generation: holding.generation)
    }
    if let sealed: [UInt8] = try row["refresh_token"] {
      holding.refresh = Connection.Refresh(
        sealed: sealed, generation: try row["refresh_generation"], fingerprint: try row["refresh_fingerprint"],
        until: try row["refresh_until"])
    }
    if let reason: String = try row["quarantine"] {
      holding.quarantine = Connection.Quarantine(reason: reason, at: try row["quarantined_at"])
    }
    try schedule(&holding, row)
    return holding
  }

  private func schedule(_ holding: inout Holding, _ row: Row) throws {
    guard holding.state == .active, holding.quarantine == nil, holding.refresh != nil, holding.client.stopped == nil,
      let access = holding.token?.access
    else { return }
    let now = clock.now()
    let intent: Int64? = try row["intent_epoch"]
    let isInDoubt = intent != nil && !holding.client.provider.toleratesRetry
    let rest = restsUntil(
      pause: (try row["retry_at"], try row["retry_from"]), inDoubtUntil: isInDoubt ? access.until : nil)
    var claimed: Timestamp?
    if let holder: String = try row["lease_holder"] {
      let lease = Lease(holder: holder, boot: try row["lease_boot"], until: try row["lease_until"])
      claimed = now + lease.remaining(at: clock.uptime())
    }
    holding.restsUntil = [rest, claimed].compactMap { $0 }.max()
    // A wall clock that was set back must not make a token look younger than it is.
    let isSetBack = now < access.from - RefreshPolicy.clockTolerance
    let due = isSetBack ? now : RefreshPolicy.due(holding.name, from: access.from, until: access.until)
    holding.dueAt = [due, holding.restsUntil].compactMap { $0 }.max()
  }
}
