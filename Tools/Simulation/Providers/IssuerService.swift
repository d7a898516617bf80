import Foundation
import Issuer
import Keeper
import OAuth
import Operator
import Store
import TestKit
import Wire

/// Our own issuer, with a person who is signed in there.
final class IssuerService: Service {
  static let base = "http://127.0.0.1:9"

  let app: App
  let tokenEndpoint = base + "/oauth/token"
  let origin = base
  let isStrict = false
  let issuer: Issuer
  /// The same issuer for whoever watches: its store does not fail.
  private let watched: Issuer
  let database: any Database
  private let breakable: BreakableDatabase
  private let session: Session
  private let time: VirtualTime
  private let rules: IssuerRules
  private static let migrated = MigratedDatabase(IssuerSchema.migrations)

  init(seed: UInt64, lifetime: Duration, time: VirtualTime, rules: IssuerRules) async throws {
    self.time = time
    self.rules = rules
    database = try await Self.migrated.copy()
    breakable = BreakableDatabase(database)
    var clock = time.clock
    clock.now = { time.trueNow }
    let settings = IssuerSettings(
      issuer: Self.base, accessLifetime: lifetime, refreshWindow: .days(183), codeLifetime: .seconds(60),
      sessionLifetime: .days(36_500),
      passwordCost: PasswordCost(rounds: 2, blockSize: 8, parallelism: 1))
    guard let ring = KeyRing(file: KeyRing.newFile(.seeded(seed &+ 2)).exposed) else {
      throw StoreError.unreadable("key")
    }
    issuer = Issuer(
      database: breakable, ring: ring, clock: clock, random: .seeded(seed &+ 1), settings: settings,
      revocationLog: .inMemory, logger: .silent)
    watched = Issuer(
      database: database, ring: ring, clock: clock, random: .seeded(0), settings: settings, revocationLog: .inMemory,
      logger: .silent)
    _ = try await issuer.addTenant(name: "Acme")
    _ = try await issuer.addUser(email: "ann@acme.example", name: "Ann", password: Secret("correct horse"))
    try await issuer.addMember(email: "ann@acme.example", tenant: "Acme")
    let registered = try await issuer.registerClient(
      ClientRegistration(name: "Shop", redirectURIs: ["http://127.0.0.1/callback"]))
    let cookie = try await issuer.signIn(
      email: "ann@acme.example", password: Secret("correct horse"), address: "127.0.0.1")
    guard let session = try await issuer.session(cookie) else { throw StoreError.unreadable("session") }
    self.session = session
    app = App(
      name: "app", provider: "evergrant", base: Self.base, id: registered.clientID, secret: registered.secret,
      redirectURI: "http://127.0.0.1/callback")
  }

  /// Makes its store fail from now on whenever `breaks` says so.
  func breakStore(_ breaks: @escaping @Sendable () -> Bool) { breakable.breaks = breaks }

  func answer(_ request: TokenEndpointRequest) async -> Answered {
    guard let fields = FormFields(parsing: request.fields.encoded) else {
      return Answered(answer: .noAnswer("no form"))
    }
    let shown = request.fields["refresh_token"].map { Secret($0) }
    let before = await facts(of: shown)
    let answer: TokenEndpointAnswer
    do throws(OAuthError) {
      let client = try PresentedClient(authorization: request.authorization?.exposed, fields: fields)
      if request.url == tokenEndpoint {
        let response = try await issuer.token(TokenRequest(fields: fields), client: client)
        answer = self.answer(
          200, String(decoding: (try? JSONEncoder().encode(response)) ?? Data(), as: UTF8.self))
      } else {
        try await issuer.revoke(RevocationRequest(fields: fields), client: client)
        answer = self.answer(200, "")
      }
    } catch {
      let body = String(decoding: (try? JSONEncoder().encode(error)) ?? Data(), as: UTF8.self)
      answer = self.answer(error.status, body, retryAfter: error.retryAfter.map(String.init))
    }
    if let before, let after = await facts(of: shown) { rules.judge(answer, before, after) }
    return Answered(answer: answer)
  }

  private func answer(_ status: Int, _ body: String, retryAfter: String? = nil) -> TokenEndpointAnswer {
    .answer(
      TokenEndpointAnswer.Answer(
        status: status, retryAfter: retryAfter, date: HTTPDate.text(time.trueNow), body: Array(body.utf8)))
  }

  // MARK: - People

  func approve(_ attempt: Attempt, for connection: String) async throws -> FormFields {
    guard let query = attempt.address.split(separator: "?", maxSplits: 1).last, let fields = FormFields(parsing: query),
      case .consent(let consent) = try await issuer.authorize(fields, session: session),
      case .redirect(let location) = try await issuer.decide(
        approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: .approve(tenantID: nil), session: session,
        address: "127.0.0.1"),
      let answer = FormFields(parsing: location.split(separator: "?", maxSplits: 1).last ?? "")
    else { throw StoreError.unreadable("approval") }
    return answer
  }

  func revoke(_ grant: String) async throws -> Bool {
    try await issuer.revokeApproval(grant, by: session, csrf: session.csrf.exposed)
  }

  /// Switches the tenant, the person, the app or the membership off, or on again.
  func suspend(_ subject: Suspension, _ isOff: Bool) async throws {
    switch subject {
    case .tenant: try await issuer.setDisabled(isOff, .tenant(name: "Acme"))
    case .user: try await issuer.setDisabled(isOff, .user(email: "ann@acme.example"))
    case .client: try await issuer.setDisabled(isOff, .client(id: app.id))
    case .membership where isOff: try await issuer.removeMember(email: "ann@acme.example", tenant: "Acme")
    case .membership: try await issuer.addMember(email: "ann@acme.example", tenant: "Acme")
    }
  }

  enum Suspension: CaseIterable { case tenant, user, client, membership }

  // MARK: - The API

  func ask(_ request: UpstreamRequest, _ token: Secret) async -> UpstreamResponse {
    do {
      let caller = try await issuer.authenticate(token)
      return UpstreamResponse(status: 200, body: Array(#"{"email":"\#(caller.userEmail)"}"#.utf8))
    } catch AccessRefusal.unavailable {
      return UpstreamResponse(status: 503, body: [])
    } catch {
      return UpstreamResponse(
        status: 401, body: Array(#"{"fault":{"detail":{"errorcode":"invalid_access_token"}}}"#.utf8))
    }
  }

  func call(_ token: Secret) async -> Bool? {
    do throws(AccessRefusal) {
      _ = try await issuer.authenticate(token)
      return true
    } catch {
      if case .unavailable = error { return nil }
      return false
    }
  }

  // MARK: - What is true

  func standing(of token: Secret) async -> Standing? {
    await facts(of: token).map { facts in
      Standing(
        grant: facts.grant, generation: facts.shown, isNewest: facts.shown == facts.generation,
        isAlive: facts.endedBy == nil,
        isAnswered: facts.endedBy == nil && (facts.shown == facts.generation || facts.isForgiven))
    }
  }

  func ending(of grant: String) async -> Ending? {
    guard
      let row = try? await database.read({
        try $0.row("SELECT revoked_by FROM grants WHERE id = $1", [UInt8](hex: grant))
      }), let by = try? row["revoked_by"] as String?
    else { return nil }
    return by == "user" || by == "app" ? .byPerson : .byReplay
  }

  private func facts(of token: Secret?) async -> IssuerRules.Facts? {
    guard let token, let prospect = try? await watched.foresee(token) else { return nil }
    return try? await database.read { [time] db in
      guard let row = try db.row("SELECT * FROM grants WHERE id = $1", [UInt8](hex: prospect.grantID)),
        let events = try db.row("SELECT COUNT(*) AS count FROM events WHERE kind = 'token_reused'")
      else { return nil }
      let endedBy: String? = try row["revoked_by"]
      return IssuerRules.Facts(
        grant: prospect.grantID, shown: prospect.generation, generation: try row["generation"],
        rotatedAt: try row["rotated_at"], confirmedAt: try row["confirmed_at"],
        now: max(time.trueNow, try row["latest_at"]), endedBy: endedBy,
        isSuspended: endedBy == nil && !prospect.isGrantAlive, reuses: try events["count"])
    }
  }
}
