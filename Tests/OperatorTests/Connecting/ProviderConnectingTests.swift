import Foundation
import KeeperKit
import OAuth
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// K33 with each provider: where a person is sent to approve, and what is learnt when they come back.
struct ProviderConnectingTests {
  @Test(
    "K33: approving sends the person to the right address, redeems the code as the provider wants it, and learns who it was",
    arguments: ProviderCase.all)
  func approve(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    stage.model.behaviour.accepts = [entry.code]
    let keeper = stage.world.keeper(upstream: Introduction(entry.userinfo))
    let attempt = try await keeper.desk.beginConnecting("new", client: "app", redirectURI: nil)
    let halves = attempt.address.split(separator: "?", maxSplits: 1)
    let query = try #require(halves.last)
    let asked = try #require(FormFields(parsing: query))
    #expect(halves.first.map(String.init) == entry.authorize)
    #expect(asked["response_type"] == "code" && asked["client_id"] == "id" && asked["scope"] == entry.scope)
    #expect(asked["redirect_uri"] == entry.redirectURI && (asked["code_challenge"] != nil) == entry.usesPKCE)
    let standard = [
      "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    ]
    let others = asked.pairs.filter { !standard.contains($0.name) }
    #expect(Dictionary(others.map { ($0.name, $0.value) }) { $1 } == entry.parameters)

    let code = stage.model.approve(
      "new", client: "id", redirectURI: entry.redirectURI,
      challenge: asked["code_challenge"].flatMap { PKCE.Challenge($0) })
    let fields = FormFields([("code", code.exposed), ("state", try #require(asked["state"]))] + entry.callback)
    let status = try await keeper.desk.finishConnecting("new", fields: fields)
    #expect(status.tenant == entry.tenant && status.approver == entry.approver)
    #expect(stage.world.provider.requests.map(\.url) == [entry.token])
    #expect(stage.model.log.map(\.outcome) == [.redeemed] && stage.model.log.last?.authentication == entry.code)
    #expect(try await stage.world.storedRefreshToken("new") == stage.model.newestRefreshToken(of: "new")?.exposed)
  }

  @Test(
    "K22: the tenant that was learnt is named in each call where the provider wants it, and only if it is fit for a header"
  )
  func tenantField() throws {
    let entries = try ProviderCatalogue.builtIn().entries
    #expect(entries["xero"]?.route(for: "t-1")?.tenantField == HeaderField("xero-tenant-id", "t-1"))
    #expect(entries["xero"]?.route(for: "t\r\nhost: elsewhere")?.tenantField == nil)
    #expect(
      entries["xero"]?.route(for: nil)?.tenantField == nil && entries["keap"]?.route(for: "t")?.tenantField == nil)
  }

  @Test(
    "K33: of several organisations at Xero the one counts that came with this approval, and where that is not told none"
  )
  func xeroTenant() throws {
    let xero = try #require(try ProviderCatalogue.builtIn().entries["xero"])
    func token(_ claims: String) -> Secret { Secret("e30.\(Base64URL.encode(Array(claims.utf8))).c2ln") }
    func tenant(_ list: String, _ token: Secret) throws -> String? {
      var evidence = IdentityEvidence(callback: FormFields(), answer: .null, accessToken: token)
      evidence.userinfo = try JSON.parse(Array(list.utf8))
      return evidence.first(of: xero.tenant)
    }
    let second = token(#"{"authentication_event_id":"e-2"}"#)
    let two = #"[{"tenantId":"t-1","authEventId":"e-1"},{"tenantId":"t-2","authEventId":"e-2"}]"#
    #expect(try tenant(two, second) == "t-2")
    #expect(try tenant(two, token(#"{"authentication_event_id":"e-3"}"#)) == nil)
    for opaque in [token("{}"), token(#"{"authentication_event_id":""}"#), Secret("opaque")] {
      #expect(try tenant(two, opaque) == nil)
    }
    let both = #"[{"tenantId":"t-1","authEventId":"e-2"},{"tenantId":"t-2","authEventId":"e-2"}]"#
    #expect(try tenant(both, second) == nil)
    #expect(try tenant(#"[{"tenantId":"t-1","authEventId":"e-1"}]"#, second) == "t-1")
    #expect(try tenant("[]", second) == nil)
  }

  @Test("K33: an approval whose tenant cannot be told is refused where each call must name it")
  func untoldTenant() async throws {
    let stage = try await ProviderStage(.xero)
    stage.model.behaviour.accepts = [ProviderCase.xero.code]
    let two = #"[{"tenantId":"t-1","authEventId":"e-1"},{"tenantId":"t-2","authEventId":"e-2"}]"#
    let keeper = stage.world.keeper(upstream: Introduction(("/connections", two)))
    let attempt = try await keeper.desk.beginConnecting("new", client: "app", redirectURI: nil)
    let asked = attempt.address.split(separator: "?").last.flatMap { FormFields(parsing: $0) }
    let code = stage.model.approve("new", client: "id", redirectURI: ProviderCase.xero.redirectURI)
    let fields = FormFields([("code", code.exposed), ("state", try #require(asked?["state"]))])
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("new", fields: fields)
    }
    #expect(error?.description.contains("approve one alone") == true, "\(String(describing: error))")
    await #expect(throws: KeeperError.noSuchConnection("new")) { try await keeper.desk.status("new") }
  }

  @Test("a key of Keap's own pages is sent in the field that Keap names, and an access token is not")
  func keyHeader() throws {
    let keap = try #require(try ProviderCatalogue.builtIn().entries["keap"])
    #expect(keap.route(for: nil, byKey: true)?.keyHeader == "X-Keap-API-Key")
    #expect(keap.route(for: nil)?.keyHeader == nil)
  }

  @Test("K33: an approval of which nobody says whose it is is not stored")
  func nobody() async throws {
    let stage = try await ProviderStage(.github)
    let keeper = stage.world.keeper(upstream: Introduction(("/user", #"{"login":"","id":1}"#)))
    let attempt = try await keeper.desk.beginConnecting("new", client: "app", redirectURI: nil)
    let asked = attempt.address.split(separator: "?").last.flatMap { FormFields(parsing: $0) }
    let code = stage.model.approve("new", client: "id")
    let fields = FormFields([("code", code.exposed), ("state", try #require(asked?["state"]))])
    let error = await #expect(throws: KeeperError.self) {
      try await keeper.desk.finishConnecting("new", fields: fields)
    }
    #expect(error?.description.contains("did not say who approved") == true)
    await #expect(throws: KeeperError.noSuchConnection("new")) { try await keeper.desk.status("new") }
  }

  @Test("an address that a provider needs is asked for by name, and one that cannot be trusted is refused")
  func addresses() async throws {
    func add(_ name: String, base: String?) async throws -> String {
      let provider = ProviderCase.all.first { $0.name == name }.flatMap {
        try? ProviderCatalogue.builtIn().entries[$0.name]
      }
      let world = try await KeeperWorld { if let provider { $0 = provider } }
      do {
        try await world.keeper().desk.addClient(
          "a", provider: name, baseURL: base, clientID: "id", secret: nil, redirectURI: nil, replacing: false)
        return ""
      } catch { return "\(error)" }
    }
    #expect(try await add("salesforce", base: nil).contains("needs --base-url: the My Domain address"))
    #expect(try await add("zoho", base: "https://accounts.zoho.example").contains("needs --base-url"))
    #expect(try await add("zoho", base: nil) == "")
    #expect(try await add("zoho", base: "https://accounts.zoho.eu/") == "")
    #expect(try await add("microsoft", base: "http://login.example/contoso").contains("not an https address"))
    #expect(try await add("microsoft", base: "https://login.example/contoso?x=").contains("not an https address"))
    #expect(try await add("mailchimp", base: "https://us6.api.mailchimp.com/3.0").contains("without a path"))
    let unknown = try await add("hubstop", base: nil)
    for entry in ProviderCase.all { #expect(unknown.contains(entry.name)) }
  }

  @Test("the operator's scopes are asked for in place of the entry's, in the provider's own spelling")
  func scopes() async throws {
    for (entry, text) in [(ProviderCase.slack, "a:b,c"), (.google, "a:b c")] {
      let stage = try await ProviderStage(entry)
      let keeper = stage.world.keeper()
      try await keeper.desk.addClient(
        "other", provider: entry.name, baseURL: entry.base, clientID: "id", secret: nil, redirectURI: entry.redirectURI,
        scopes: ["a:b", "c"], replacing: false)
      let attempt = try await keeper.desk.beginConnecting("shop", client: "other", redirectURI: nil)
      let asked = attempt.address.split(separator: "?").last.flatMap { FormFields(parsing: $0) }
      #expect(asked?["scope"] == text)
      await #expect(throws: KeeperError.self) {
        try await keeper.desk.addClient(
          "third", provider: entry.name, baseURL: entry.base, clientID: "id", secret: nil, redirectURI: nil,
          scopes: ["a\"b"], replacing: false)
      }
    }
  }
  @Test("a token that has no end is held without anything to refresh it with, and is never asked for again")
  func endless() async throws {
    let stage = try await ProviderStage(.mailchimp)
    stage.model.behaviour.accepts = [.body]
    let keeper = stage.world.keeper(upstream: Introduction(ProviderCase.mailchimp.userinfo))
    let attempt = try await keeper.desk.beginConnecting("shop", client: "app", redirectURI: nil)
    let state = attempt.address.split(separator: "?").last.flatMap { FormFields(parsing: $0) }?["state"]
    let code = stage.model.approve("shop", client: "id")
    _ = try await keeper.desk.finishConnecting(
      "shop", fields: FormFields([("code", code.exposed), ("state", state ?? "")]))
    stage.world.time.advance(by: .days(3000))
    let later = stage.world.keeper()
    try await later.start()
    let token = try #require(later.freshToken(for: "shop"))
    #expect(stage.model.isLive(token.secret, at: stage.world.time.now))
    #expect(try await stage.refresh().text == token.secret.exposed)
    #expect(stage.world.provider.requests.count == 1, "the code, and nothing since")
  }
}

/// The API that tells who approved.
private struct Introduction: Upstream {
  var target: String?
  var body: String

  init(_ userinfo: (target: String, body: String)?) {
    target = userinfo?.target
    body = userinfo?.body ?? ""
  }

  func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    #expect(request.target == target)
    return UpstreamResponse(status: 200, body: Array(body.utf8))
  }
}
