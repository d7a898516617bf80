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

  /// A refresh token, for a restored backup alone; its bytes and its fingerprint share one place in memory.
  struct Refresh: Sendable {
    private static let fingerprintSize = 32
    private let bytes: [UInt8]
    private let generation: Int64
    private let until: Timestamp?

    init(_ token: Connection.Refresh) {
      bytes = token.sealed + token.fingerprint
      generation = token.generation
      until = token.until
    }

    var token: Connection.Refresh {
      Connection.Refresh(
        sealed: Array(bytes.dropLast(Self.fingerprintSize)), generation: generation,
        fingerprint: Array(bytes.suffix(Self.fingerprintSize)), until: until)
    }
  }

  /// The newest tokens that memory has of a connection.
  struct Newest: Sendable {
    var token: Token
    var refresh: Refresh?
  }

  /// What few connections have; the others pay nothing for it.
  struct Rare: Sendable {
    /// Where calls must name it.
    var tenant: String?
    var reason: String?
    var trouble: String?
    var quarantine: Connection.Quarantine?
    var pausedAt: Timestamp?
    /// Newer tokens than the row's, which a restored backup has set back: the one serves on, the other is offered.
    var newer: Newest?

    var isEmpty: Bool {
      tenant == nil && reason == nil && trouble == nil && quarantine == nil && pausedAt == nil && newer == nil
    }
  }

  private final class RareShelf: Sendable {
    let rare: Rare
    init(_ rare: Rare) { self.rare = rare }
  }

  var name: String
  var client: HoldingClient
  private var rareShelf: RareShelf?
  let epoch: Int64
  let generation: Int64
  var version: Int64
  /// The store's count of changes when the row was last changed.
  let touched: Int64
  private let access: Connection.Access?
  let refresh: Refresh?
  /// When it is refreshed by itself.
  var dueAt: Timestamp?
  /// Before this nothing would be sent, however due it is.
  var restsUntil: Timestamp?
  let state: Connection.State
  /// Tells tenant and approver of two approvals apart, in a word instead of their names.
  private let grantor: Int

  init(
    name: String, grantor: Int, client: HoldingClient, state: Connection.State, epoch: Int64, generation: Int64,
    version: Int64, touched: Int64, access: Connection.Access?, refresh: Refresh?, rare: Rare
  ) {
    self.name = name
    self.grantor = grantor
    self.client = client
    self.state = state
    self.epoch = epoch
    self.generation = generation
    self.version = version
    self.touched = touched
    self.access = access
    self.refresh = refresh
    self.rare = rare
  }

  private(set) var rare: Rare {
    get { rareShelf?.rare ?? Rare() }
    set { rareShelf = newValue.isEmpty ? nil : RareShelf(newValue) }
  }

  var reason: String? { rare.reason }
  var trouble: String? { rare.trouble }
  var quarantine: Connection.Quarantine? { rareShelf?.rare.quarantine }

  /// Where a restored backup has brought an older row back, not the row's own.
  var newest: Newest? {
    rareShelf?.rare.newer
      ?? access.map { Newest(token: Token(access: $0, epoch: epoch, generation: generation), refresh: refresh) }
  }

  /// The newest access token that is known.
  var token: Token? {
    rareShelf?.rare.newer?.token ?? access.map { Token(access: $0, epoch: epoch, generation: generation) }
  }

  var pausedAt: Timestamp? { rareShelf?.rare.pausedAt }

  /// Where calls go; nowhere while the operator lets none through.
  var route: Route? {
    guard pausedAt == nil else { return nil }
    return client.provider.tenantHeader == nil
      ? client.route : client.provider.route(for: rare.tenant, byKey: client.isForKeys)
  }

  /// Whether tokens of the one are tokens of the other: of the same client at the same API, of one tenant and approver.
  func isOfSameGrantor(as other: Holding) -> Bool {
    grantor == other.grantor && client.isSameAPI(as: other.client)
  }

  /// Whether this holds newer tokens than `other`.
  func isAhead(of other: Holding) -> Bool { (epoch, generation) > (other.epoch, other.generation) }

  /// Whether memory has kept newer tokens over a restored backup than `other` has, a row that would be set apart for them.
  func remembers(newerThan other: Holding) -> Bool {
    guard let newer = rareShelf?.rare.newer?.token, other.client.provider.rotates, other.refresh != nil else {
      return false
    }
    return (newer.epoch, newer.generation) > (other.epoch, other.generation)
  }

  /// Whether this is the same state of the same grant, read after more changes around it: a lease, a pause.
  func isLaterReading(than other: Holding) -> Bool {
    (epoch, generation, version) == (other.epoch, other.generation, other.version) && touched > other.touched
  }

  /// The same with newer tokens, of which the access token serves on, whichever of the two is trusted in the end (K20, K28).
  func serving(_ newer: Newest?) -> Holding {
    guard let newer, (newer.token.epoch, newer.token.generation) > (epoch, generation) else { return self }
    var served = self
    served.rare.newer = newer
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
  let isForKeys: Bool
  /// Where calls go that name no tenant, read once and not for each call.
  let route: Route?
  /// Why nothing can be refreshed with it.
  let stopped: String?

  var tokenEndpoint: String { provider.tokenEndpoint }

  init(_ client: Client) {
    name = client.name
    provider = client.provider
    isForKeys = client.isForKeys
    route = client.provider.route(for: nil, byKey: client.isForKeys)
    stopped = client.stopped
  }
}

extension HoldingClient {
  /// Whether a token of the one is a token of the other.
  func isSameAPI(as other: HoldingClient) -> Bool {
    self === other || name == other.name && provider == other.provider && isForKeys == other.isForKeys
  }
}

extension HoldingClient: Equatable {
  static func == (left: HoldingClient, right: HoldingClient) -> Bool {
    left.isSameAPI(as: right) && left.stopped == right.stopped
  }
}

extension GrantStore {
  /// The columns of a ``Holding``: less than half of a row, for a hundred thousand of them are read at a start.
  static let holdingColumns = """
    name, client, state, tenant, approver, reason, trouble, epoch, generation, version, access_token, access_from, access_until,
    refresh_token, refresh_generation, refresh_fingerprint, refresh_until, quarantine, quarantined_at,
    quarantined_uptime, quarantine_refused_at, retry_at, retry_from, intent_epoch, lease_holder, lease_until, paused_at, touched
    """

  /// Reads a row into memory.
  func holding(_ row: Row, _ client: HoldingClient) throws -> Holding {
    let state: String = try row["state"]
    guard let known = Connection.State(rawValue: state) else {
      throw StoreError.unreadable("connection state \(state)")
    }
    let sealedAccess: [UInt8]? = try row["access_token"], sealedRefresh: [UInt8]? = try row["refresh_token"]
    let quarantine: String? = try row["quarantine"]
    let tenant: String? = try row["tenant"], approver: String? = try row["approver"]
    var grantor = Hasher()
    grantor.combine(tenant)
    grantor.combine(approver)
    var holding = Holding(
      name: try row["name"], grantor: grantor.finalize(), client: client, state: known, epoch: try row["epoch"],
      generation: try row["generation"],
      version: try row["version"], touched: try row["touched"],
      access: try sealedAccess.map {
        Connection.Access(sealed: $0, from: try row["access_from"], until: try row["access_until"])
      },
      refresh: try sealedRefresh.map {
        Holding.Refresh(
          Connection.Refresh(
            sealed: $0, generation: try row["refresh_generation"], fingerprint: try row["refresh_fingerprint"],
            until: try row["refresh_until"]))
      },
      rare: Holding.Rare(
        tenant: client.provider.tenantHeader == nil ? nil : tenant, reason: try row["reason"],
        trouble: try row["trouble"],
        quarantine: try quarantine.map { try Connection.Quarantine($0, row) },
        pausedAt: try row["paused_at"]))
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
      let lease = Lease(holder: holder, until: try row["lease_until"])
      claimed = now + lease.remaining(at: clock.uptime())
    }
    holding.restsUntil = [rest, claimed].compactMap { $0 }.max()
    // A wall clock that was set back must not make a token look younger than it is.
    let isSetBack = now < access.from - RefreshPolicy.clockTolerance
    let due = isSetBack ? now : RefreshPolicy.due(holding.name, from: access.from, until: access.until)
    holding.dueAt = [due, holding.restsUntil].compactMap { $0 }.max()
  }
}
