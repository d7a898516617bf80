import Foundation
import Keeper
import OAuth
import Operator
import Store
import Synchronization
import TestKit
import Wire

/// A provider of another make than ours, as a model.
final class ModelService: Service {
  enum Kind: CaseIterable {
    /// Single use, no grace, and refusals that may mean a wrong secret.
    case keap
    /// Renewals bring no refresh token.
    case salesforce
    /// The token just replaced is answered for half an hour.
    case xero
    /// As that, with a successor of its own each time.
    case forking
  }

  private struct State {
    var approvals = 0
    /// The newest grant of each connection, which a new one may end.
    var newest: [String: String] = [:]
    var connections: [String: String] = [:]
    var endedByPerson: Set<String> = []
    var count = 0
  }

  let app: App
  let tokenEndpoint: String
  let origin: String
  let kind: Kind
  let model: ModelProvider
  private let time: VirtualTime
  private let lifetime: Duration
  private let state = Mutex(State())

  init(_ kind: Kind, endsAtReplay: Bool, lifetime: Duration, seed: UInt64, time: VirtualTime) {
    self.kind = kind
    self.time = time
    self.lifetime = lifetime
    var behaviour = ModelBehaviour(accessLifetime: lifetime)
    let redirectURI = "https://shop.example/callback", secret = Secret("model secret")
    switch kind {
    case .keap:
      behaviour.rotation = endsAtReplay ? .strictFamily : .strict
      behaviour.dialect = .keapBlamingTheToken
      behaviour.members = [.init("scope", #""full|xx1.infusionsoft.com""#)]
      (tokenEndpoint, origin) = ("https://api.infusionsoft.com/token", "https://api.infusionsoft.com")
      app = App(name: "keap", provider: "keap", id: "keap-app", secret: secret, redirectURI: redirectURI)
    case .salesforce:
      behaviour.rotation = .none
      behaviour.refreshTokens = .whenNew
      behaviour.dialect[.invalidRefreshToken] = ModelAnswer(
        400, #"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#)
      let base = "https://acme.my.salesforce.com"
      (tokenEndpoint, origin) = ("\(base)/services/oauth2/token", base)
      app = App(
        name: "salesforce", provider: "salesforce", base: base, id: "sf-app", secret: secret, redirectURI: redirectURI)
    case .xero, .forking:
      behaviour.rotation = kind == .xero ? .tolerant(.grace(.minutes(30))) : .forking(.minutes(30))
      (tokenEndpoint, origin) = ("https://identity.xero.com/connect/token", "https://api.xero.com")
      app = App(name: "xero", provider: "xero", id: "xero-app", secret: secret, redirectURI: redirectURI)
    }
    model = ModelProvider(behaviour, random: .seeded(seed))
    model.setClient(app.id, secret: secret)
  }

  var isStrict: Bool { kind != .salesforce }

  func answer(_ request: TokenEndpointRequest) async -> Answered {
    let now = time.trueNow
    guard request.url == tokenEndpoint else { return Answered(answer: revoke(presentedIn: request)) }
    let committed = model.commit(ModelRequest(fields: request.fields, authorization: request.authorization), at: now)
    if committed.outcome == .redeemed { endOlder(model.log[committed.sequence - 1].grant) }
    let answer = model.answer(committed, at: now)
    return Answered(
      answer: .answer(
        TokenEndpointAnswer.Answer(
          status: answer.status, retryAfter: answer[header: "Retry-After"], date: answer[header: "Date"],
          body: Array(answer.body.utf8))),
      endedByReplay: committed.outcome == .revokedFamily,
      isSecond: kind == .forking && committed.outcome == .repeated)
  }

  private func revoke(presentedIn request: TokenEndpointRequest) -> TokenEndpointAnswer {
    if let token = request.fields["token"], let place = model.place(of: Secret(token)) { end(place.grant) }
    return .answer(TokenEndpointAnswer.Answer(status: 200, body: []))
  }

  /// A new approval of the same app by the same person ends the one before.
  private func endOlder(_ grant: String?) {
    guard let grant else { return }
    let older = state.withLock { state -> String? in
      guard let connection = state.connections[grant] else { return nil }
      return state.newest.updateValue(grant, forKey: connection)
    }
    if let older { end(older) }
  }

  private func end(_ grant: String) {
    guard !model.isRevoked(grant) else { return }
    state.withLock { _ = $0.endedByPerson.insert(grant) }
    model.revoke(grant)
  }

  private func newGrant(of connection: String) -> String {
    state.withLock { state in
      state.approvals += 1
      let grant = "\(connection)#\(state.approvals)"
      state.connections[grant] = connection
      return grant
    }
  }

  func approve(_ attempt: Attempt, for connection: String) async throws -> FormFields {
    guard let query = attempt.address.split(separator: "?", maxSplits: 1).last, let asked = FormFields(parsing: query),
      let approval = asked["state"]
    else { throw StoreError.unreadable("authorization request") }
    let code = model.approve(
      newGrant(of: connection), client: app.id, redirectURI: attempt.redirectURI,
      challenge: asked["code_challenge"].flatMap { PKCE.Challenge($0) })
    return FormFields([("code", code.exposed), ("state", approval)])
  }

  /// Another program has a grant of its own.
  func approveElsewhere(_ connection: String) -> (grant: String, KeptTokens)? {
    let grant = newGrant(of: connection), now = time.trueNow
    let tokens = model.grant(grant, client: app.id, at: now)
    guard let refresh = tokens.refresh else { return nil }
    endOlder(grant)
    return (grant, KeptTokens(access: tokens.access, refresh: refresh, endsAt: now + lifetime))
  }

  /// The other program refreshes once more: the token is spent from then on.
  func refreshElsewhere(_ token: Secret) -> Bool {
    var fields = TokenRequest(.refreshToken(token, scope: nil, notAfter: nil)).fields
    let authentication: ClientAuthentication =
      kind == .salesforce
      ? .body(clientID: app.id, secret: app.secret ?? Secret(""))
      : .basicRaw(clientID: app.id, secret: app.secret ?? Secret(""))
    let authorization = authentication.apply(to: &fields)
    return model.commit(ModelRequest(fields: fields, authorization: authorization), at: time.trueNow).outcome
      == .rotated
  }

  func revoke(_ grant: String) async throws -> Bool {
    let stood = !model.isRevoked(grant)
    end(grant)
    return stood
  }

  func standing(of token: Secret) async -> Standing? {
    guard let prospect = model.prospect(of: token, at: time.trueNow) else { return nil }
    return Standing(
      grant: prospect.grant, generation: Int64(prospect.generation),
      isNewest: prospect.generation == model.generation(of: prospect.grant), isAlive: prospect.isGrantAlive,
      isAnswered: prospect.isAnswered)
  }

  func ending(of grant: String) async -> Ending? {
    guard model.isRevoked(grant) else { return nil }
    return state.withLock { $0.endedByPerson.contains(grant) } ? .byPerson : .byReplay
  }

  func ask(_ request: UpstreamRequest, _ token: Secret) async -> UpstreamResponse {
    guard model.use(token, at: time.trueNow) else { return UpstreamResponse(status: 401, body: Array("{}".utf8)) }
    let person =
      switch kind {
      case .keap: #"{"email":"ann@acme.example"}"#
      case .salesforce: #"{"organization_id":"00D1","preferred_username":"ann@acme.example"}"#
      case .xero, .forking: #"[{"tenantId":"t1"}]"#
      }
    return UpstreamResponse(status: 200, body: Array(person.utf8))
  }

  func call(_ token: Secret) async -> Bool? { model.use(token, at: time.trueNow) }
}
