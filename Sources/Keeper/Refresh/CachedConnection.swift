import Store
import Wire

/// One connection as memory has it: what calls, the background and a restored backup need of it. Its tokens stay sealed.
package struct CachedConnection: Sendable {
  /// An access token with the place it was sealed for.
  struct Token: Sendable, Equatable {
    var access: Connection.Access
    var epoch: Int64
    var generation: Int64
  }

  /// A refresh token, kept for the case of a restored backup; its sealed bytes and its fingerprint share one array.
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
    /// The tenant, where calls must name it.
    var tenant: String?
    var loss: Loss?
    var trouble: Trouble?
    var quarantine: Connection.Quarantine?
    var pausedAt: Timestamp?
    /// Newer tokens than those of the row, which a restored backup has set back: the access token serves on, and both are
    /// offered.
    var newer: Newest?

    var isEmpty: Bool {
      tenant == nil && loss == nil && trouble == nil && quarantine == nil && pausedAt == nil && newer == nil
    }
  }

  private final class RareBox: Sendable {
    let rare: Rare
    init(_ rare: Rare) { self.rare = rare }
  }

  var name: String
  var client: CachedClient
  private var rareBox: RareBox?
  let epoch: Int64
  let generation: Int64
  var version: Int64
  /// The store's count of changes when the row was last changed.
  let touched: Int64
  private let access: Connection.Access?
  let refresh: Refresh?
  /// When it is refreshed by itself.
  package var dueAt: Timestamp?
  let state: Connection.State
  /// Tells tenant and approver of two approvals apart: a hash takes less room than their names.
  private let grantor: Int
  /// Tells the tenant apart from the others of its API; a connection whose tenant is not known has one of its own.
  let account: Int

  init(
    name: String, grantor: Int, account: Int, client: CachedClient, state: Connection.State, epoch: Int64,
    generation: Int64, version: Int64, touched: Int64, access: Connection.Access?, refresh: Refresh?, rare: Rare
  ) {
    self.name = name
    self.grantor = grantor
    self.account = account
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
    get { rareBox?.rare ?? Rare() }
    set { rareBox = newValue.isEmpty ? nil : RareBox(newValue) }
  }

  var loss: Loss? { rareBox?.rare.loss }
  var trouble: Trouble? { rareBox?.rare.trouble }
  var quarantine: Connection.Quarantine? { rareBox?.rare.quarantine }

  /// The newest tokens that memory has; not the row's own where a restored backup has brought an older row back.
  var newest: Newest? {
    rareBox?.rare.newer
      ?? access.map { Newest(token: Token(access: $0, epoch: epoch, generation: generation), refresh: refresh) }
  }

  /// The newest access token that is known.
  var token: Token? {
    rareBox?.rare.newer?.token ?? access.map { Token(access: $0, epoch: epoch, generation: generation) }
  }

  var pausedAt: Timestamp? { rareBox?.rare.pausedAt }

  /// Where calls go; nowhere while the operator lets none through.
  var route: Route? {
    guard pausedAt == nil else { return nil }
    return client.provider.tenantHeader == nil
      ? client.route : client.provider.route(for: rare.tenant, byKey: client.isForKeys)
  }

  /// Whether tokens of the one are tokens of the other: both are of the same client at the same API, of one tenant and
  /// approver.
  func isOfSameGrantor(as other: CachedConnection) -> Bool {
    grantor == other.grantor && client.isSameAPI(as: other.client)
  }

  /// Whether this holds newer tokens than `other`.
  func isAhead(of other: CachedConnection) -> Bool { (epoch, generation) > (other.epoch, other.generation) }

  /// Whether memory has kept newer tokens through a restored backup than `other` has, a row that rotates and has a refresh
  /// token.
  func remembers(newerThan other: CachedConnection) -> Bool {
    guard let newer = rareBox?.rare.newer?.token, other.client.provider.rotates, other.refresh != nil else {
      return false
    }
    return (newer.epoch, newer.generation) > (other.epoch, other.generation)
  }

  /// Whether this is the same state of the same grant, read after more changes around it: a lease, a pause.
  func isLaterReading(than other: CachedConnection) -> Bool {
    (epoch, generation, version) == (other.epoch, other.generation, other.version) && touched > other.touched
  }

  /// The same with newer tokens, of which the access token serves on, whichever of the two is trusted in the end (K20, K28).
  func serving(_ newer: Newest?) -> CachedConnection {
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
final class CachedClient: Sendable {
  let name: String
  let provider: Provider
  let isForKeys: Bool
  /// Where calls go that name no tenant; made once, and not for each call.
  let route: Route?
  /// Why nothing can be refreshed with it.
  let stopped: ClientStop?

  var tokenEndpoint: String { provider.tokenEndpoint }

  init(_ client: Client) {
    name = client.name
    provider = client.provider
    isForKeys = client.isForKeys
    route = client.provider.route(for: nil, byKey: client.isForKeys)
    stopped = client.stopped
  }
}

extension CachedClient {
  /// Whether a token of the one is a token of the other.
  func isSameAPI(as other: CachedClient) -> Bool {
    self === other || name == other.name && provider == other.provider && isForKeys == other.isForKeys
  }
}

extension CachedClient: Equatable {
  static func == (left: CachedClient, right: CachedClient) -> Bool {
    left.isSameAPI(as: right) && left.stopped == right.stopped
  }
}

extension GrantStore {
  /// The columns of a ``CachedConnection``, and no more, since a hundred thousand rows are read at a start.
  static let cachedColumns = """
    name, client, state, tenant, approver, reason, trouble, epoch, generation, version, access_token, access_from, access_until,
    refresh_token, refresh_generation, refresh_fingerprint, refresh_until, quarantine, quarantined_at,
    quarantined_uptime, quarantine_refused_at, retry_at, retry_from, intent_epoch, lease_holder, lease_until, paused_at, touched
    """

  /// Reads a row into memory.
  func cached(_ row: Row, _ client: CachedClient) throws -> CachedConnection {
    let state: String = try row["state"]
    guard let known = Connection.State(rawValue: state) else {
      throw StoreError.unreadable("connection state \(state)")
    }
    let sealedAccess: [UInt8]? = try row["access_token"], sealedRefresh: [UInt8]? = try row["refresh_token"]
    let quarantine: StaleCause? = try row["quarantine"]
    let tenant: String? = try row["tenant"], approver: String? = try row["approver"]
    var grantor = Hasher()
    grantor.combine(tenant)
    grantor.combine(approver)
    var account = Hasher()
    account.combine(tenant)
    if tenant == nil { account.combine(try row["name"] as String) }
    var cached = CachedConnection(
      name: try row["name"], grantor: grantor.finalize(), account: account.finalize(), client: client, state: known,
      epoch: try row["epoch"], generation: try row["generation"],
      version: try row["version"], touched: try row["touched"],
      access: try sealedAccess.map {
        Connection.Access(sealed: $0, from: try row["access_from"], until: try row["access_until"])
      },
      refresh: try sealedRefresh.map {
        CachedConnection.Refresh(
          Connection.Refresh(
            sealed: $0, generation: try row["refresh_generation"], fingerprint: try row["refresh_fingerprint"],
            until: try row["refresh_until"]))
      },
      rare: CachedConnection.Rare(
        tenant: client.provider.tenantHeader == nil ? nil : tenant, loss: try row["reason"],
        trouble: try row["trouble"],
        quarantine: try quarantine.map { try Connection.Quarantine($0, row) },
        pausedAt: try row["paused_at"]))
    try schedule(&cached, row)
    return cached
  }

  private func schedule(_ cached: inout CachedConnection, _ row: Row) throws {
    let intent: Int64? = try row["intent_epoch"], holder: String? = try row["lease_holder"]
    let terms = Schedule.Terms(
      name: cached.name, obstacle: cached.obstacle, access: cached.token?.access,
      pause: Schedule.Pause(from: try row["retry_from"], until: try row["retry_at"]),
      isUsedUpFirst: cached.client.provider.usesUpFirst(inDoubt: intent != nil),
      lease: try holder.map { Lease(holder: $0, until: try row["lease_until"]) })
    cached.dueAt = Schedule(terms, at: clock.moment).dueAt
  }
}

extension CachedConnection {
  /// What keeps it from being refreshed until somebody does something.
  var obstacle: RefreshObstacle? {
    RefreshObstacle(
      state, loss: loss, quarantine: quarantine, clientStop: client.stopped, isRefreshable: refresh != nil)
  }
}
