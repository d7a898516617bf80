import Issuer
import OAuth
import Store

@testable import Keeper
@testable import Wire

/// Rows and flights made by hand, for rules that need no store.
enum Rows {
  static let now = Timestamp(seconds: 1_800_000_000)
  static let moment = Moment(now: now, uptime: Uptime(boot: "boot", milliseconds: 5_000_000))

  static func refresh(_ name: String, generation: Int64 = 1) -> Connection.Refresh {
    Connection.Refresh(
      sealed: Array("sealed \(name)".utf8), generation: generation, fingerprint: Array(name.utf8),
      until: now + .days(90))
  }

  static func access(_ name: String) -> Connection.Access {
    Connection.Access(sealed: Array(name.utf8), from: now, until: now + .days(1))
  }

  static func tokens(_ access: String, refresh: String?, generation: Int64 = 2) -> SealedTokens {
    SealedTokens(
      access: self.access(access), refresh: refresh.map { self.refresh($0, generation: generation) },
      grantUntil: now + .days(180))
  }

  /// A connection that somebody has approved: generation 1, refresh token `r1`.
  static func held() -> Connection {
    var row = Connection(new: "shop", client: "app")
    (row.epoch, row.generation, row.version, row.touched) = (1, 1, 1, 7)
    (row.tenant, row.approver, row.scope) = ("acme.example", "ann@example.org", "full")
    row.access = access("a1")
    row.refresh = refresh("r1")
    row.refreshedAt = now
    row.proven = 3
    return row
  }

  static func intent(_ token: String, by process: String, at moment: Timestamp = now) -> Connection.Intent {
    Connection.Intent(epoch: 1, generation: 1, fingerprint: Array(token.utf8), at: moment, process: process)
  }

  static func lease(_ holder: String = "p1") -> Lease { Lease(holder: holder, from: moment.uptime) }

  /// A flight of `p1` with the token that the row held when it was taken.
  static func claim(_ row: Connection, presenting token: String = "r1", held: String = "r1") throws -> Claim {
    Claim(
      connection: row,
      client: Client(
        name: "app", provider: try Provider.known("evergrant"), clientID: "id", changed: 1, isVouched: false),
      token: Secret(token), presented: Array(token.utf8), held: Array(held.utf8), earlierIntent: row.intent,
      lease: lease())
  }

  static func received(_ claim: Claim, refresh: String?) -> Received {
    Received(
      TokenResponse(accessToken: Secret("a2"), expiresIn: 86_400, refreshToken: refresh.map { Secret($0) }, scope: nil),
      of: claim, AnswerTiming(sentAt: now, clockSkew: .seconds(5)))
  }
}

extension Provider {
  static func known(_ name: String) throws -> Provider {
    guard let entry = try ProviderCatalogue.builtIn().entries[name] else { throw KeeperError.noSuchProvider(name) }
    return entry
  }
}
