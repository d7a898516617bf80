import Foundation
import HostileProvider
import NetworkKit
import OAuth
import Testing
import TestKit
import Wire

@testable import Outbound
@testable import Web

@Suite("The issuer's endpoints for apps")
struct TokenEndpointTests {
  @Test("P25 with the store down everything is 503 with Retry-After, never a word about token, client or page")
  func storeDown() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      let tokens = try await browser.tokens("ann@example.org", world.shopClient)
      world.database.setDown(true)
      let answers = [
        try await world.refresh(tokens.refreshToken, world.shopClient),
        try await world.refresh(Secret("evr_unknown"), (world.shop.clientID, Secret("wrong"))),
        try await world.tokenRequest(
          [("token", tokens.accessToken.exposed), ("client_id", world.shop.clientID)], path: "/oauth/revoke"),
        try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken),
        try await world.api("GET", "/crm/rest/v2/contacts", tokens.accessToken),
        try await world.client.send("GET", world.base + "/readyz"),
      ].map { (status: $0.status, retryAfter: $0[header: "Retry-After"], text: $0.text) }
      let pages = [
        try await browser.get("/account"), try await browser.consentPage("ann@example.org", world.shop.clientID),
      ].map { (status: $0.status, retryAfter: $0[header: "Retry-After"], text: $0.text) }
      for (number, answer) in (answers + pages).enumerated() {
        #expect(answer.status == 503, "request \(number)")
        #expect(Int(answer.retryAfter ?? "") ?? 0 > 0, "request \(number)")
        #expect(!answer.text.contains("invalid_"), "request \(number)")
        #expect(!answer.text.contains("disk"), "request \(number)")
      }
      #expect(try await world.client.send("GET", world.base + "/livez").status == 204)
      world.database.setDown(false)
      #expect(try await world.client.send("GET", world.base + "/readyz").status == 204)
      #expect(try await world.refresh(tokens.refreshToken, world.shopClient).status == 200)
    }
  }

  @Test("a body that is no form is refused in Keap's words, and one too long or malformed in ours")
  func bodies() async throws {
    try await IssuerSiteWorld.serving { world in
      func post(_ type: String, _ body: String) async throws -> OutboundResponse {
        try await world.client.send(
          "POST", world.base + "/token", headers: [("Content-Type", type)], body: Array(body.utf8))
      }
      let json = try await post("application/json", "{\"grant_type\":\"refresh_token\"}")
      #expect(json.status == 400)
      #expect(
        json.text == "{\"error\":\"invalid_request\",\"error_description\":\"response_type or grant_type is required\"}"
      )
      let form = "application/x-www-form-urlencoded; charset=utf-8"
      for body in [
        "grant_type=refresh_token&x=" + String(repeating: "a", count: 16 << 10), "grant_type=%zz",
        "grant_type=refresh_token&grant_type=refresh_token&refresh_token=x&client_id=y",
        "grant_type=password&client_id=y", "",
      ] {
        let answer = try await post(form, body)
        #expect(answer.status == 400, "\(body.prefix(60))")
        #expect(answer[header: "Content-Type"]?.hasPrefix("application/json") == true)
        #expect(answer[header: "Cache-Control"] == "no-store")
      }
    }
  }

  @Test("a client may authenticate by Basic, raw or form-encoded, or in the body; a wrong one is 401")
  func clientAuthentication() async throws {
    try await IssuerSiteWorld.serving { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let id = world.shop.clientID, secret = world.shopClient.secret
      for method in [
        ClientAuthentication.basicRaw(clientID: id, secret: secret), .basic(clientID: id, secret: secret),
        .body(clientID: id, secret: secret),
      ] {
        var fields = FormFields([
          ("grant_type", "refresh_token"), ("refresh_token", tokens.refreshToken?.exposed ?? ""),
        ])
        let header = method.apply(to: &fields)
        let answer = try await world.tokenRequest(
          fields.pairs, headers: header.map { [("Authorization", $0.exposed)] } ?? [])
        #expect(answer.status == 200, "\(method)")
      }
      let wrong = try await world.tokenRequest(
        [("grant_type", "refresh_token"), ("refresh_token", "x")], headers: [("Authorization", "Basic eDp5")])
      #expect(wrong.status == 401)
      #expect(wrong[header: "WWW-Authenticate"] == "Basic realm=\"evergrant\"")
      #expect(wrong.text.contains("\"error\":\"invalid_client\""))
      let inBody = try await world.refresh(tokens.refreshToken, (id, Secret("evs_wrong")))
      #expect(inBody.status == 401)
      #expect(inBody[header: "WWW-Authenticate"] == nil)
    }
  }

  @Test(
    "the scope of our own endpoint is the one that was asked for, with the tenant beside it; of Keap's it carries the tenant"
  )
  func scopes() async throws {
    try await IssuerSiteWorld.serving { world in
      let tokens = try await Browser(world).tokens("ben@example.org", world.shopClient)
      #expect(tokens.scope == "full" && tokens.tenant == "acme-shop.evergrant.test")
      for (path, scope, tenant) in [
        ("/oauth/token", "full", "acme-shop.evergrant.test"), ("/token", "full|acme-shop.evergrant.test", nil),
      ] as [(String, String, String?)] {
        let answer = try await world.tokenRequest(
          [
            ("grant_type", "refresh_token"), ("refresh_token", tokens.refreshToken?.exposed ?? ""), ("scope", scope),
            ("client_id", world.shop.clientID), ("client_secret", world.shopClient.secret.exposed),
          ], path: path)
        let body = try JSON.parse(answer.body)
        #expect(body["scope"]?.string == scope && body["tenant"]?.string == tenant, "\(path)")
      }
    }
  }

  @Test("an app that asks Keap's address for no kind of answer asks for a code, and ours refuses that")
  func responseType() async throws {
    try await IssuerSiteWorld.serving { world in
      let query = FormFields([("client_id", world.shop.clientID), ("redirect_uri", IssuerSiteWorld.redirectURI)])
        .encoded
      let page = try await Browser(world).get("/app/oauth/authorize?" + query)
      #expect(page.hidden("next") == "/app/oauth/authorize?" + query + "&response_type=code")
      let refused = try await Browser(world).get("/oauth/authorize?" + query)
      #expect(refused.locationFields["error"] == "invalid_request")
    }
  }

  @Test("the metadata names addresses that are there")
  func metadata() async throws {
    try await IssuerSiteWorld.serving { world in
      let answer = try await world.client.send("GET", world.base + "/.well-known/oauth-authorization-server")
      let metadata = try JSONDecoder().decode(ServerMetadata.self, from: Data(answer.body))
      #expect(metadata.issuer == "http://127.0.0.1:8443")
      let paths = [metadata.tokenEndpoint, metadata.revocationEndpoint ?? ""].map {
        $0.dropFirst(metadata.issuer.count)
      }
      for path in paths { #expect(try await world.tokenRequest([], path: String(path)).status == 400) }
      let page = try await world.client.send(
        "GET", world.base + metadata.authorizationEndpoint.dropFirst(metadata.issuer.count))
      #expect(page.text.contains("This request cannot be approved"))
    }
  }

  @Test("an unknown address is a page, every answer has an identifier, and the style sheet is ours")
  func edges() async throws {
    try await IssuerSiteWorld.serving { world in
      let missing = try await world.client.send("GET", world.base + "/nowhere")
      #expect(missing.status == 404)
      #expect(missing.text.contains("<h1>There is no such page</h1>"))
      #expect(UUID(uuidString: missing[header: "x-request-id"] ?? "") != nil)
      let style = try await world.client.send("GET", world.base + "/style.css")
      #expect(style[header: "Content-Type"] == "text/css;charset=utf-8")
      #expect(style.text.contains(":root"))
    }
  }

  @Test("a taken port is refused in words that say what to do")
  func takenPort() async throws {
    try await IssuerSiteWorld.serving { world in
      let second = try IssuerSite(issuer: world.issuer, address: ListenAddress(port: world.port), logger: .silent)
      let refusal = await #expect(throws: ListenRefusal.self) { try await second.run() }
      #expect(
        refusal?.description
          == "Port \(world.port) on 127.0.0.1 is taken by another program. Stop that program, or choose another port.")
    }
  }
}
