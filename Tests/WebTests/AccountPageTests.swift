import Foundation
import NetworkKit
import OAuth
import TestKit
import Testing
import Wire

@testable import Outbound

@Suite("My approvals, and their end")
struct AccountPageTests {
  @Test("P28 only the user who approved sees an approval or can end it; an unknown one looks the same")
  func onlyMine() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), ben = Browser(world)
      let tokens = try await ann.tokens("ann@example.org", world.shopClient)
      let account = try await ann.get("/account")
      let approval = account.hidden("approval") ?? ""
      #expect(account.text.contains("Shop &lt;b&gt;sync&lt;/b&gt;"))

      try await ben.signIn("ben@example.org")
      let page = try await ben.get("/account")
      #expect(page.text.contains("No app acts for you at present."))
      func revoke(_ browser: Browser, _ id: String, _ csrf: String) async throws -> Page {
        try await browser.post("/account/revoke", [("approval", id), ("csrf", csrf)])
      }
      let csrf = page.hidden("csrf") ?? ""
      let foreign = try await revoke(ben, approval, csrf)
      let unknown = try await revoke(ben, String(repeating: "0", count: 32), csrf)
      #expect(foreign.status == 404)
      #expect(foreign.text == unknown.text)
      #expect(try await revoke(ann, approval, csrf).status == 403, "another session's token")
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken).status == 200)
    }
  }

  @Test("P30 after a revocation the next call is 401 and the refresh invalid_grant, everywhere, and others live on")
  func revoke() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), ben = Browser(world)
      let first = try await ann.tokens("ann@example.org", world.shopClient)
      let again = try await ann.tokens("ann@example.org", world.shopClient)
      let elsewhere = try await ann.tokens("ann@example.org", world.shopClient, tenant: "Bright Books")
      let bens = try await ben.tokens("ben@example.org", world.shopClient)
      let mine = try await world.issuer.authenticate(first.accessToken).grantID
      let account = try await ann.get("/account")
      #expect(account.text.components(separatedBy: "name=\"approval\" value=\"").count == 4)
      #expect(account.text.contains("name=\"approval\" value=\"\(mine)\""))
      let ended = try await ann.post("/account/revoke", [("approval", mine), ("csrf", account.hidden("csrf") ?? "")])
      #expect(ended.status == 303)

      for path in ["/crm/rest/v1/contacts", "/crm/rest/v2/contacts", "/crm/rest/v1/oauth/connect/userinfo"] {
        let answer = try await world.api("GET", path, first.accessToken)
        #expect(answer.status == 401)
        #expect(answer[header: "WWW-Authenticate"] == "Bearer error=\"invalid_token\"")
      }
      let refused = try await world.refresh(first.refreshToken, world.shopClient)
      #expect(refused.status == 400)
      #expect(refused.text.contains("\"error\":\"invalid_grant\""))
      for tokens in [again, elsewhere, bens] {
        #expect(try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken).status == 200)
      }
      let after = try await ann.get("/account?done=revoked")
      #expect(after.text.contains("You took it back."))
      #expect(after.text.contains("The approval has ended."))
    }
  }

  @Test("P19 P28 the account page says that a spent token came back, of which app and when, and to nobody else")
  func whatHappened() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), ben = Browser(world)
      let first = try await ann.tokens("ann@example.org", world.shopClient)
      let answer = try await world.refresh(first.refreshToken, world.shopClient)
      let second = try JSON.parse(answer.body)["access_token"]?.string
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", second.map { Secret($0) }).status == 200)
      world.time.advance(by: .milliseconds(180_001))
      #expect(try await world.refresh(first.refreshToken, world.shopClient).status == 400)
      let page = try await ann.get("/account")
      #expect(page.text.contains("What happened"))
      #expect(
        page.text.contains(
          "<li><span class=\"quiet\">\(world.time.now.written)</span> Shop &lt;b&gt;sync&lt;/b&gt;: "
            + "A spent refresh token came back and was refused.</li>"))
      try await ben.signIn("ben@example.org")
      #expect(try await !ben.get("/account").text.contains("What happened"))
    }
  }

  @Test("P31 an app gives up its grant by any of its tokens; unknown tokens are 200, foreign ones stay")
  func giveUp() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world)
      let tokens = try await ann.tokens("ann@example.org", world.shopClient)
      let kept = try await ann.tokens("ann@example.org", world.shopClient)
      func revoke(_ token: String, _ client: (id: String, secret: Secret)) async throws -> OutboundResponse {
        try await world.tokenRequest(
          [
            ("token", token), ("token_type_hint", "access_token"), ("client_id", client.id),
            ("client_secret", client.secret.exposed),
          ], path: "/oauth/revoke")
      }
      #expect(try await revoke("evr_unknown", world.shopClient).status == 200)
      _ = try await revoke(tokens.refreshToken?.exposed ?? "", world.otherClient)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken).status == 200)

      #expect(try await revoke(tokens.refreshToken?.exposed ?? "", world.shopClient).status == 200)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken).status == 401)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", kept.accessToken).status == 200)
      #expect(try await ann.get("/account").text.contains("The app gave it up."))
      #expect(try await revoke("x", (world.shop.clientID, Secret("wrong"))).status == 401)
    }
  }
}
