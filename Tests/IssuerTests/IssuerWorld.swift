import Foundation
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// An issuer with a tenant, a user in it, a confidential app and a public one, on virtual time.
struct IssuerWorld: Sendable {
  static let password = Secret("correct horse")
  static let callback = "https://shop.example/callback"
  static let loopback = "http://127.0.0.1/callback"
  static let origin = "http://127.0.0.1:8443"
  private static let migrated = MigratedDatabase(IssuerSchema.migrations)

  var issuer: Issuer
  var time: VirtualTime
  var database: any Database
  var ring: KeyRing
  var tenant: Tenant
  var user: User
  var app: App
  var publicApp: App

  struct App: Sendable {
    var id: String
    var secret: Secret?
    var redirectURI: String

    var presented: PresentedClient { PresentedClient(clientID: id, secrets: secret.map { [$0] } ?? []) }
  }

  init(
    seed: UInt64 = 1, database: (any Database)? = nil, log: RevocationLog = .inMemory,
    settings: IssuerSettings = .test
  ) async throws {
    time = VirtualTime()
    let database = if let database { database } else { try await Self.migrated.copy() as any Database }
    self.database = database
    try await database.migrate(IssuerSchema.migrations)
    let random = Randomness.seeded(seed)
    ring = try #require(KeyRing(file: KeyRing.newFile(random).exposed))
    issuer = Issuer(
      database: database, ring: ring, clock: time.clock, random: random, settings: settings, revocationLog: log,
      logger: .silent)
    try await issuer.start()
    tenant = try await issuer.addTenant(name: "Acme Shop")
    user = try await issuer.addUser(email: "ann@acme.example", name: "Ann Ample", password: Self.password)
    try await issuer.addMember(email: user.email, tenant: tenant.name)
    app = try await Self.register(issuer, "Nightly sync")
    publicApp = try await Self.register(issuer, "Desk tool", isPublic: true)
  }

  static func register(_ issuer: Issuer, _ name: String, isPublic: Bool = false, legacy: Bool = false) async throws
    -> App
  {
    let uri = isPublic ? loopback : callback
    let client = try await issuer.registerClient(
      .init(name: name, redirectURIs: [uri], isPublic: isPublic, legacy: legacy))
    return App(id: client.clientID, secret: client.secret, redirectURI: uri)
  }

  /// The same database under a new process.
  func restarted(_ settings: IssuerSettings = .test, log: RevocationLog = .inMemory) async throws -> IssuerWorld {
    var world = self
    world.issuer = Issuer(
      database: database, ring: ring, clock: time.clock, random: .seeded(99), settings: settings, revocationLog: log,
      logger: .silent)
    try await world.issuer.start()
    return world
  }

  func signIn(_ email: String = "ann@acme.example") async throws -> Session {
    let cookie = try await issuer.signIn(email: email, password: Self.password, address: "192.0.2.1")
    return try #require(try await issuer.session(cookie))
  }

  static let verifier = PKCE.Verifier(randomBytes: Array(repeating: 7, count: 32))

  func request(
    _ app: App, redirectURI: String? = nil, state: String? = "st", challenge: PKCE.Challenge? = verifier.challenge
  )
    -> AuthorizationRequest
  {
    AuthorizationRequest(
      clientID: app.id, redirectURI: redirectURI ?? app.redirectURI, scope: Scope(["full"]), state: state,
      challenge: challenge)
  }

  func consent(_ app: App, _ session: Session) async throws -> Consent {
    let outcome = try await issuer.authorize(request(app).fields, session: session)
    guard case .consent(let consent) = outcome else {
      Issue.record("no consent page but \(outcome)")
      throw Unexpected()
    }
    return consent
  }

  func decide(_ consent: Consent, _ decision: Decision, _ session: Session) async throws -> DecideOutcome {
    try await issuer.decide(
      approvalID: consent.approvalID, csrf: consent.csrf.exposed, decision: decision, session: session,
      address: "192.0.2.1")
  }

  func approve(_ app: App, session: Session? = nil, tenant: Int64? = nil) async throws -> Secret {
    let session = if let session { session } else { try await signIn() }
    let outcome = try await decide(try await consent(app, session), .approve(tenantID: tenant), session)
    guard case .redirect(let location) = outcome, case .code(let code)? = Self.response(location)?.outcome else {
      Issue.record("no code but \(outcome)")
      throw Unexpected()
    }
    return code
  }

  static func response(_ location: String) -> AuthorizationResponse? {
    location.split(separator: "?", maxSplits: 1).last.flatMap { FormFields(parsing: $0) }
      .flatMap(AuthorizationResponse.init(fields:))
  }

  func redeem(_ code: Secret, _ app: App, redirectURI: String? = nil, verifier: PKCE.Verifier? = verifier)
    async throws(OAuthError)
    -> TokenResponse
  {
    let grant = TokenRequest.Grant.authorizationCode(
      code, redirectURI: redirectURI ?? app.redirectURI, verifier: verifier)
    return try await issuer.token(TokenRequest(grant), client: app.presented)
  }

  /// A new approval with its first tokens.
  func tokens(_ app: App, session: Session? = nil, tenant: Int64? = nil) async throws -> TokenResponse {
    try await redeem(try await approve(app, session: session, tenant: tenant), app)
  }

  /// A grant with its code and first tokens, put into the store without pages: for runs of thousands.
  func redeemedDirectly(_ app: App) async throws -> (code: Secret, tokens: TokenResponse) {
    let issuer = issuer
    let code = Credential.authorizationCode.spell(issuer.random.bytes(32))
    let grant = NewGrant(
      id: GrantID(issuer.random), userID: user.id, tenantID: tenant.id, salt: issuer.random.bytes(32),
      keyID: ring.current,
      codeHash: code.fingerprint, codeUntil: time.now + .seconds(60))
    let approval = Approval(
      clientID: app.id, redirectURI: app.redirectURI, scope: "full", state: nil, challenge: Self.verifier.challenge.text
    )
    let now = time.now
    let tokens = try await database.write { db in
      try grant.insert(from: approval, at: now, db)
      var standing = try #require(try Standing.of(grant.id, db))
      standing.grant = standing.grant.redeemed(at: now)
      try standing.grant.saveUse(db)
      return try issuer.response(standing)
    }
    return (code, tokens)
  }

  func refresh(_ tokens: TokenResponse, _ app: App, notAfter: Int64? = nil, scope: Scope? = nil)
    async throws(OAuthError)
    -> TokenResponse
  {
    let request = TokenRequest(.refreshToken(tokens.refreshToken ?? Secret(""), scope: scope, notAfter: notAfter))
    return try await issuer.token(request, client: app.presented)
  }

  /// What a call with an access token comes to: nil when it is served.
  func refusal(_ tokens: TokenResponse) async -> AccessRefusal? {
    do {
      _ = try await issuer.authenticate(tokens.accessToken)
      return nil
    } catch {
      return error
    }
  }

  /// The error that an act ends in, or nil if it succeeds.
  func error<Result>(_ act: () async throws -> Result) async -> OAuthError? {
    do {
      _ = try await act()
      return nil
    } catch {
      return error as? OAuthError ?? OAuthError(.init(rawValue: "other"), "\(error)")
    }
  }

  func generation(_ tokens: TokenResponse) throws -> Int64 {
    try #require(UnverifiedToken(tokens.accessToken)).claim.generation
  }

  func grantID(_ tokens: TokenResponse) throws -> String {
    try #require(UnverifiedToken(tokens.accessToken)).claim.grantID.text
  }
}

struct Unexpected: Error {}

extension IssuerSettings {
  /// Passwords cost little, so that tests are quick.
  static let test = IssuerSettings(
    issuer: IssuerWorld.origin, accessLifetime: .hours(24), refreshWindow: .days(183), codeLifetime: .seconds(60),
    passwordCost: PasswordCost(rounds: 16, blockSize: 1, parallelism: 1), refusalDelay: .zero)
}
