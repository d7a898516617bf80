import Foundation
import Issuer
import Logging
import OAuth
import ServiceLifecycle
import Store
import Web
import Wire

/// An issuer of its own for one rehearsal, and the days one after another.
struct RehearsalStage {
  var settings: IssuerSettings
  var host: String
  var port: Int
  /// What the integration is told stands there, for as long as the issuer serves: afterwards its tokens are dead.
  var file: String
  var redirectURIs: [String]
  var days: [RehearsalDay]
  var length: Duration
  /// How long to wait for the integration.
  var wait: Duration

  func run() async throws -> [DayReport] {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw Denied("\(file) is there already, and is not written over. Name a new file.")
    }
    let folder = try DataFolder.passing("rehearsal")
    let presence = try folder.beginServing()
    defer {
      try? FileManager.default.removeItem(atPath: folder.path)
      withExtendedLifetime(presence) {}
    }
    let logger = Logger.standardError(.critical)
    let issuer = try await Issuer.open(folder, settings, logger: logger)
    let cast = try await RehearsalCast(issuer, redirectURIs: redirectURIs)
    let rehearsal = Rehearsal(issuer)
    let (listens, isListening) = AsyncStream<Void>.makeStream()
    let site = try IssuerSite(
      issuer: issuer, address: ListenAddress(host: host, port: port), faults: FaultPlan(rehearsal: rehearsal),
      logger: logger, onRunning: { _ in isListening.yield() })
    let group = ServiceGroup(
      services: [site, IssuerMaintenance(issuer: issuer)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)

    return try await withThrowingTaskGroup(of: [DayReport]?.self) { tasks in
      tasks.addTask {
        do { try await group.run() } catch let refusal as ListenRefusal {
          throw Denied("\(refusal) The options are --port and --host.")
        }
        return nil
      }
      tasks.addTask {
        guard await listens.first(where: { _ in true }) != nil else { return nil }
        return try await play(rehearsal, cast)
      }
      let first = await tasks.nextResult()
      await group.triggerGracefulShutdown()
      tasks.cancelAll()
      guard let reports = try first?.get() else { throw Denied("The rehearsal was broken off.") }
      return reports
    }
  }

  private func play(_ rehearsal: Rehearsal, _ cast: RehearsalCast) async throws -> [DayReport] {
    try await cast.write(to: file, isNew: true)
    defer { try? FileManager.default.removeItem(atPath: file) }
    say(
      "An issuer as strict as Keap is at \(settings.issuer); what your integration needs is in \(file). Let it begin.")
    guard try await hasCome(rehearsal, since: Timestamp(milliseconds: 0)) else {
      throw Denied("Nothing came within \(wait.readable). Is the integration pointed at \(settings.issuer)?")
    }
    var reports: [DayReport] = []
    for (index, day) in days.enumerated() {
      say("\(day.rawValue): \(day.meaning), for \(length.readable).")
      rehearsal.begin(day, for: length)
      if day == .revoked { try await cast.revoke() }
      try await Task.sleep(for: length)
      guard let report = rehearsal.end() else { break }
      reports.append(report)
      guard index + 1 < days.count, report.verdict == .failed || day.endsGrant else { continue }
      let moment = WallClock.system.now()
      try await cast.write(to: file, isNew: false)
      say("The approval may be over. \(file) has a new pair; give it to the integration, or have it approve again.")
      guard try await hasCome(rehearsal, since: moment) else {
        say("Nothing came with a new approval within \(wait.readable); the other days are not played.")
        break
      }
    }
    return reports
  }

  /// Waits until the integration was served.
  private func hasCome(_ rehearsal: Rehearsal, since moment: Timestamp) async throws -> Bool {
    let end = ContinuousClock.now + wait
    while ContinuousClock.now < end {
      if rehearsal.hasServed(since: moment) { return true }
      try await Task.sleep(for: .milliseconds(200))
    }
    return false
  }
}

/// Who takes part in a rehearsal beside the integration: a tenant, the person who approves, and the app.
struct RehearsalCast {
  private static let email = "person@example.org"

  /// What an integration is told, in the words of the standard.
  private struct Handout: Encodable {
    var authorizationEndpoint: String
    var tokenEndpoint: String
    var api: String
    var clientID: String
    var clientSecret: String
    var redirectURI: String
    var email: String
    var password: String
    var accessToken: String
    var refreshToken: String
    var expiresIn: Int64

    enum CodingKeys: String, CodingKey {
      case authorizationEndpoint = "authorization_endpoint"
      case tokenEndpoint = "token_endpoint"
      case api
      case clientID = "client_id"
      case clientSecret = "client_secret"
      case redirectURI = "redirect_uri"
      case email, password
      case accessToken = "access_token"
      case refreshToken = "refresh_token"
      case expiresIn = "expires_in"
    }
  }

  private let issuer: Issuer
  private let password: Secret
  private let app: RegisteredClient
  private let redirectURI: String

  init(_ issuer: Issuer, redirectURIs: [String]) async throws {
    self.issuer = issuer
    password = Secret(Base64URL.encode(Randomness.system.bytes(12)))
    _ = try await issuer.addTenant(name: "Rehearsal")
    _ = try await issuer.addUser(email: Self.email, name: "Rehearsal", password: password, tenants: ["Rehearsal"])
    app = try await issuer.registerClient(
      ClientRegistration(name: "Integration", redirectURIs: redirectURIs, legacy: true, dialect: .keap))
    redirectURI = redirectURIs.first ?? ""
  }

  /// Writes what the integration needs, with the pair of tokens of a new approval.
  ///
  /// - Parameter isNew: whether there must be no such file yet.
  func write(to path: String, isNew: Bool) async throws {
    let tokens = try await approve(), base = issuer.settings.issuer
    let handout = Handout(
      authorizationEndpoint: base + "/app/oauth/authorize", tokenEndpoint: base + "/token", api: base + "/crm/rest",
      clientID: app.clientID, clientSecret: app.secret?.exposed ?? "", redirectURI: redirectURI, email: Self.email,
      password: password.exposed, accessToken: tokens.accessToken.exposed,
      refreshToken: tokens.refreshToken?.exposed ?? "", expiresIn: tokens.expiresIn ?? 0)
    let text = try JSONText.of(handout) + "\n"
    guard !isNew else { return try DataFolder.writePrivately(text, to: path) }
    let part = path + ".part"
    try? FileManager.default.removeItem(atPath: part)
    try DataFolder.writePrivately(text, to: part)
    guard rename(part, path) == 0 else { throw Denied("\(path) cannot be written anew.") }
  }

  /// Approves as the person would, on no page.
  private func approve() async throws -> TokenResponse {
    let session = try await session()
    let request = AuthorizationRequest(
      clientID: app.clientID, redirectURI: redirectURI, scope: Scope(["full"]), state: nil, challenge: nil)
    guard case .consent(let consent) = try await issuer.authorize(request.fields, session: session),
      case .redirect(let location) = try await issuer.decide(
        approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: .approve(tenantID: nil), session: session,
        address: "127.0.0.1"),
      let fields = FormFields(ofPastedAddress: location),
      case .code(let code)? = AuthorizationResponse(fields: fields)?.outcome
    else { throw Denied("The rehearsal's own approval did not come about.") }
    return try await issuer.token(
      TokenRequest(.authorizationCode(code, redirectURI: redirectURI, verifier: nil)),
      client: PresentedClient(clientID: app.clientID, secrets: app.secret.map { [$0] } ?? []))
  }

  /// Takes every approval of the person back.
  func revoke() async throws {
    let session = try await session()
    for approval in try await issuer.approvals(of: session) where approval.endedAt == nil {
      _ = try await issuer.revokeApproval(approval.grantID, by: session, csrf: session.csrf.exposed)
    }
  }

  private func session() async throws -> Session {
    let cookie = try await issuer.signIn(email: Self.email, password: password, address: "127.0.0.1")
    guard let session = try await issuer.session(cookie) else { throw Denied("The rehearsal's person cannot sign in.") }
    return session
  }
}
