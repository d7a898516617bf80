import Foundation
import Issuer
import KeeperKit
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// The days of `evergrant issuer rehearse`, played to our keeper and to a refresh cron as many a script has it, at one issuer
/// that meets Keap's rules, in one process on virtual time.
struct RehearsalTests {
  /// The issuer's token endpoint without a socket, with what the day's script does to it.
  private final class Door: TokenEndpoint {
    private let issuer: Issuer
    private let rehearsal: Rehearsal
    private let time: VirtualTime
    private let second = Mutex<(@Sendable () async -> Void)?>(nil)

    init(_ issuer: Issuer, _ rehearsal: Rehearsal, _ time: VirtualTime) {
      self.issuer = issuer
      self.rehearsal = rehearsal
      self.time = time
    }

    /// Happens once, while somebody waits for a slow answer.
    func meanwhile(_ act: @escaping @Sendable () async -> Void) { second.withLock { $0 = act } }

    func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
      let fields = FormFields(parsing: request.fields.encoded) ?? FormFields()
      let visit = await rehearsal.arrives(at: .token, fields)
      let answer: TokenEndpointAnswer.Answer =
        switch visit.fault {
        case .failure(let status)?: .init(status: status, body: Array(#"{"fault":{}}"#.utf8))
        case .page?: .init(status: 502, body: Array("<html>".utf8))
        case .throttled(let seconds)?: .init(status: 429, retryAfter: seconds.map(String.init), body: Array("{}".utf8))
        default: await carriedOut(fields, request.authorization)
        }
      rehearsal.answered(visit, answer.status)
      switch visit.fault {
      case .drop?, .cut?: return .noAnswer("the connection was closed")
      case .slow(let span)?:
        time.advance(by: span)
        let act = second.withLock { second in
          defer { second = nil }
          return second
        }
        await act?()
      default: break
      }
      return .answer(answer)
    }

    private func carriedOut(_ fields: FormFields, _ authorization: Secret?) async -> TokenEndpointAnswer.Answer {
      let presented = try? PresentedClient(authorization: authorization?.exposed, fields: fields)
      do throws(OAuthError) {
        let client = try PresentedClient(authorization: authorization?.exposed, fields: fields)
        let tokens = try await issuer.token(TokenRequest(fields: fields), client: client)
        return .init(status: 200, body: (try? Array(JSONEncoder().encode(tokens))) ?? [])
      } catch {
        let refusal = await issuer.keapRefusal(
          of: error, grantType: fields["grant_type"], clientID: presented?.clientID)
        guard let refusal else {
          return .init(status: error.status, body: (try? Array(JSONEncoder().encode(error))) ?? [])
        }
        return .init(status: refusal.status, body: refusal.body.serialized())
      }
    }
  }

  /// An issuer as strict as Keap, whose access tokens live an hour, and a person who approves whenever asked.
  private struct Stage {
    let time = VirtualTime()
    let issuer: Issuer
    let rehearsal: Rehearsal
    let door: Door
    let app: RegisteredClient

    init() async throws {
      let database = try SQLite.inMemory()
      try await database.migrate(IssuerSchema.migrations)
      guard let ring = KeyRing(file: KeyRing.newFile(.seeded(3)).exposed) else { throw StoreError.unreadable("key") }
      var settings = IssuerSettings(
        issuer: "http://127.0.0.1:9", accessLifetime: .hours(1), refreshWindow: .days(183), codeLifetime: .seconds(60),
        passwordCost: PasswordCost(rounds: 2, blockSize: 8, parallelism: 1))
      settings.dialect = .keap
      issuer = Issuer(
        database: database, ring: ring, clock: time.clock, random: .seeded(3), settings: settings,
        revocationLog: .inMemory, logger: .silent)
      _ = try await issuer.addTenant(name: "Acme")
      _ = try await issuer.addUser(
        email: "ann@example.org", name: "Ann", password: Secret("correct horse"), tenants: ["Acme"])
      app = try await issuer.registerClient(
        ClientRegistration(name: "Shop", redirectURIs: ["https://shop.example/cb"], legacy: true, dialect: .keap))
      rehearsal = Rehearsal(issuer)
      door = Door(issuer, rehearsal, time)
    }

    private func session() async throws -> Session {
      let cookie = try await issuer.signIn(
        email: "ann@example.org", password: Secret("correct horse"), address: "127.0.0.1")
      return try #require(try await issuer.session(cookie))
    }

    func approve() async throws -> TokenResponse {
      let session = try await session()
      let request = AuthorizationRequest(
        clientID: app.clientID, redirectURI: "https://shop.example/cb", scope: Scope(["full"]), state: nil,
        challenge: nil)
      guard case .consent(let consent) = try await issuer.authorize(request.fields, session: session),
        case .redirect(let location) = try await issuer.decide(
          approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: .approve(tenantID: nil),
          session: session, address: "127.0.0.1"),
        let code = FormFields(ofPastedAddress: location)?["code"]
      else { throw KeeperError.refused("no approval came about") }
      return try await issuer.token(
        TokenRequest(.authorizationCode(Secret(code), redirectURI: "https://shop.example/cb", verifier: nil)),
        client: PresentedClient(clientID: app.clientID, secrets: [app.secret ?? Secret("")]))
    }

    func revoke() async throws {
      let session = try await session()
      for approval in try await issuer.approvals(of: session) {
        _ = try await issuer.revokeApproval(approval.grantID, by: session, csrf: session.csrf.exposed)
      }
    }

    /// Three hours, minute by minute, with a new approval at their beginning.
    func play(
      _ day: RehearsalDay, connect: (TokenResponse) async throws -> Void, minute: () async throws -> Void
    ) async throws -> DayReport {
      try await connect(try await approve())
      let end = time.now + .hours(3)
      rehearsal.begin(day, for: .hours(3))
      if day == .revoked { try await revoke() }
      while time.now < end {
        try await minute()
        time.advance(by: .minutes(1))
      }
      return try #require(rehearsal.end())
    }
  }

  @Test("a keeper holds every day of a rehearsal by Keap's rules", arguments: RehearsalDay.allCases)
  func keeper(_ day: RehearsalDay) async throws {
    let stage = try await Stage(), entry = try RefusalLawTests.keap()
    let world = try await KeeperWorld(tolerant: false, time: stage.time) {
      $0 = entry
      $0.loopbackRedirects = true
    }
    world.provider.otherwise { await stage.door.post($0) }
    try await world.keeper().desk.addClient(
      "app", provider: entry.name, baseURL: "http://127.0.0.1:9", clientID: stage.app.clientID,
      secret: stage.app.secret,
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    @Sendable func refreshIfDue(_ process: String) async throws {
      let held = try await world.store(process).loadConnection("shop")
      guard let due = held.cached.dueAt, due <= stage.time.now else { return }
      _ = await world.refresher(process).refresh("shop", .due(held.connection.generation))
    }
    let report = try await stage.play(day) { tokens in
      try await world.connect(
        token: tokens.refreshToken?.exposed ?? "", access: tokens.accessToken.exposed, lifetime: tokens.expiresIn)
    } minute: {
      stage.door.meanwhile { try? await refreshIfDue("p2") }
      try await refreshIfDue("p1")
    }
    #expect(report.verdict == .held, "\(report)")
    #expect(report.spent == (day == .dropped ? 1 : 0), "\(report)")
    let state: Connection.State = day.endsGrant ? .needsApproval : .active
    #expect(try await world.row().state == state)
  }

  /// What a naive cron is found to do on each day; nil for a day that it holds.
  static let losses: [(RehearsalDay, RehearsalFinding?)] = [
    (.quiet, nil), (.slow, .usedSpentTokens(1)), (.failing, .gaveUp), (.html, .gaveUp), (.throttled, .gaveUp),
    (.dropped, .keptAsking(0)), (.revoked, .keptAsking(0)),
  ]

  @Test("what a naive refresh cron loses on each day of the same rehearsal", arguments: losses)
  func naive(_ day: RehearsalDay, _ finding: RehearsalFinding?) async throws {
    let stage = try await Stage(), table = NaiveKeeper.Table(stage.time)
    var cron = NaiveKeeper(table: table, endpoint: stage.door, time: stage.time)
    cron.clientID = stage.app.clientID
    cron.secret = stage.app.secret?.exposed ?? ""
    cron.lock = .seconds(10)
    let job = cron
    let report = try await stage.play(day) { tokens in
      table.save(
        NaiveKeeper.Row(
          access: tokens.accessToken.exposed, refresh: tokens.refreshToken?.exposed,
          until: stage.time.now + .seconds(tokens.expiresIn ?? 0)))
    } minute: {
      if day == .slow { stage.door.meanwhile { _ = await job.token() } }
      _ = await job.token()
    }
    guard let finding else {
      #expect(report.verdict == .held && report.refreshed >= 2, "\(report)")
      return
    }
    #expect(report.verdict == .failed, "\(report)")
    let kinds = report.findings.map(Self.kind)
    #expect(kinds.contains(Self.kind(finding)), "\(report)")
    // What it asked in vain for three hours, nobody was told.
    if day.endsGrant { #expect(report.asked > 60, "\(report)") }
  }

  /// A finding without how often.
  private static func kind(_ finding: RehearsalFinding) -> String { String("\(finding)".prefix { $0 != "(" }) }
}
