import Foundation
import HostileProvider
import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Approving an app at the browser")
struct ApprovalPageTests {
  @Test("P1 P2 an unknown client, a foreign or doubled redirect URI get a page and never a redirect")
  func pageNotRedirect() async throws {
    try await IssuerSiteWorld.serving { world in
      let id = world.shop.clientID, good = PercentEncoding.encode(IssuerSiteWorld.redirectURI)
      let requests = [
        "response_type=code&client_id=nobody&redirect_uri=\(good)",
        "response_type=code&redirect_uri=\(good)",
        "response_type=code&client_id=\(id)",
        "response_type=code&client_id=\(id)&redirect_uri=\(good)%2F",
        "response_type=code&client_id=\(id)&redirect_uri=https%3A%2F%2Fevil.example%2Fcallback",
        "response_type=code&client_id=\(id)&redirect_uri=\(good)&redirect_uri=\(good)",
        "response_type=token&client_id=\(id)&redirect_uri=https%3A%2F%2Fevil.example%2F&state=1",
      ]
      for alias in ["/oauth/authorize", "/app/oauth/authorize"] {
        for query in requests {
          let answer = try await Browser(world).get("\(alias)?\(query)")
          #expect(answer.status == 400, "\(query)")
          #expect(answer[header: "Location"] == nil)
          #expect(answer[header: "Content-Type"] == "text/html;charset=utf-8")
          #expect(answer.text.contains("<h1>This request cannot be approved</h1>"))
        }
      }
    }
  }

  @Test("P7 an error that the app may see carries state, and iss exactly once")
  func errorsWithIssuer() async throws {
    try await IssuerSiteWorld.serving { world in
      let uri = PercentEncoding.encode(IssuerSiteWorld.redirectURI)
      let answer = try await Browser(world).get(
        "/oauth/authorize?response_type=token&client_id=\(world.shop.clientID)&redirect_uri=\(uri)&state=a%26b")
      #expect(answer.status == 302)
      #expect(answer[header: "Location"]?.hasPrefix(IssuerSiteWorld.redirectURI + "?") == true)
      #expect(answer.locationFields["error"] == "unsupported_response_type")
      #expect(answer.locationFields["state"] == "a&b")
      #expect(answer.locationFields.values(of: "iss") == ["http://127.0.0.1:8443"])
    }
  }

  @Test("P8 signing in and deciding answer 303, and the app gets a code that buys tokens")
  func approve() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      let signedIn = try await browser.signIn("ben@example.org")
      #expect(signedIn.status == 303)
      #expect(signedIn[header: "Location"] == "/account")
      let decided = try await browser.approve(try await browser.consentPage("ben@example.org", world.shop.clientID))
      #expect(decided.status == 303)
      #expect(decided[header: "Location"]?.hasPrefix(IssuerSiteWorld.redirectURI + "?") == true)
      let fields = decided.locationFields
      #expect(fields["state"] == "s-1")
      #expect(fields.values(of: "iss") == ["http://127.0.0.1:8443"], "P7")
      let tokens = try await world.tokenRequest([
        ("client_id", world.shopClient.id), ("client_secret", world.shopClient.secret.exposed),
        ("code", fields["code"] ?? ""),
        ("grant_type", "authorization_code"), ("redirect_uri", IssuerSiteWorld.redirectURI),
      ])
      #expect(tokens.status == 200)
      #expect(tokens[header: "Cache-Control"] == "no-store")
      let answer = try JSONDecoder().decode(TokenResponse.self, from: Data(tokens.body))
      #expect(answer.expiresIn == 86_400)
      #expect(answer.scope == "full" && answer.tenant == "acme-shop.evergrant.test")
    }
  }

  @Test("P8 a denial goes back to the app by 303 as access_denied")
  func deny() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      let page = try await browser.consentPage("ann@example.org", world.shop.clientID)
      let decided = try await browser.post(
        "/consent", [("approval", page.hidden("approval") ?? ""), ("csrf", page.formToken), ("decision", "deny")])
      #expect(decided.status == 303)
      #expect(decided.locationFields["error"] == "access_denied")
    }
  }

  @Test("P9 every page forbids framing and scripts, sends no referrer, and is not stored")
  func headers() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      let asked = try await Browser(world).get("/account")
      let consent = try await browser.consentPage("ann@example.org", world.shop.clientID)
      let pages = [asked, consent, try await browser.get("/account"), try await browser.get("/nowhere")]
      for page in pages {
        let policy = page[header: "Content-Security-Policy"] ?? ""
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("default-src 'none'"))
        #expect(page[header: "Referrer-Policy"] == "no-referrer")
        #expect(page[header: "Cache-Control"] == "no-store")
        #expect(page[header: "X-Content-Type-Options"] == "nosniff")
        #expect(!page.text.contains("<script"))
        #expect(page.text.contains("<html lang=\"en\">"))
      }
      #expect(consent[header: "Content-Security-Policy"]?.contains("form-action 'self' https://shop.example;") == true)
      #expect(asked[header: "Content-Security-Policy"]?.contains("form-action 'self';") == true)
    }
  }

  @Test("P9 a consent fails without its token, with another page's token, and for another user's session")
  func bound() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), ben = Browser(world)
      let page = try await ann.consentPage("ann@example.org", world.shop.clientID)
      let second = try await ann.consentPage("ann@example.org", world.shop.clientID)
      try await ben.signIn("ben@example.org")
      let approval = page.hidden("approval") ?? "", tenant = page.tenants.first?.id ?? ""
      func decide(_ browser: Browser, _ csrf: String) async throws -> Page {
        try await browser.post(
          "/consent", [("approval", approval), ("csrf", csrf), ("tenant", tenant), ("decision", "approve")])
      }
      for (browser, token) in [
        (ann, ""), (ann, second.formToken), (ben, page.formToken), (Browser(world), page.formToken),
      ] {
        let answer = try await decide(browser, token)
        #expect(answer.status == 403)
        #expect(answer[header: "Location"] == nil)
      }
      #expect(try await decide(ann, page.formToken).status == 303, "none of the attempts has spent the page")
      #expect(try await decide(ann, page.formToken).status == 403, "a page is good for one decision")
    }
  }

  @Test(
    "P9 a form that another site sent is refused, whatever it holds",
    arguments: ["/signin", "/consent", "/account/revoke", "/signout", "/account/password", "/reset"])
  func crossSite(path: String) async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      let fields = [("email", "ann@example.org"), ("password", IssuerSiteWorld.password.exposed), ("next", "/account")]
      for header in [
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"),
      ] {
        let answer = try await browser.post(path, fields, headers: [header])
        #expect(answer.status == 403)
      }
      #expect(!browser.isSignedIn)
    }
  }

  @Test("P10 consent shows app, host, tenants, scopes and how long, with the app's name as text")
  func shown() async throws {
    try await IssuerSiteWorld.serving { world in
      let page = try await Browser(world).consentPage("ann@example.org", world.shop.clientID)
      #expect(page.text.contains("Shop &lt;b&gt;sync&lt;/b&gt;"))
      #expect(!page.text.contains("<b>"))
      #expect(page.text.contains("shop.example"))
      #expect(page.tenants.map(\.name) == ["Acme Shop", "Bright Books"])
      #expect(page.text.contains("See, add, change and delete all contacts, companies, notes, tasks, tags and custom"))
      #expect(page.text.contains("6 months"))
      let single = try await Browser(world).consentPage("ben@example.org", world.shop.clientID)
      #expect(single.tenants.isEmpty)
      #expect(single.text.contains("In <strong>Acme Shop</strong>"))
      let local = try await Browser(world).consentPage(
        "ben@example.org", world.tool.clientID, redirectURI: "http://127.0.0.1:4711/cb",
        extra: [("code_challenge", String(repeating: "a", count: 43)), ("code_challenge_method", "S256")])
      #expect(local.text.contains("this computer (127.0.0.1)"))
      let policy = try #require(local[header: "Content-Security-Policy"])
      #expect(policy.contains("form-action 'self' http://127.0.0.1:4711;"))
    }
  }

  @Test("signing in goes on with the request that asked for it, and to no other site")
  func returnPath() async throws {
    try await IssuerSiteWorld.serving { world in
      let query = FormFields([
        ("response_type", "code"), ("client_id", world.shop.clientID), ("redirect_uri", IssuerSiteWorld.redirectURI),
        ("state", "x&y=1 ü"),
      ]).encoded
      let page = try await Browser(world).get("/app/oauth/authorize?" + query)
      #expect(page.status == 200)
      #expect(page.hidden("next") == "/app/oauth/authorize?" + query)
      for place in [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "/oauth/authorize?\r\nX: y", "javascript:1", "",
      ] {
        #expect(try await Browser(world).signIn("ann@example.org", next: place)[header: "Location"] == "/account")
      }
    }
  }

  @Test("a wrong password gets the same page as an unknown person, and no cookie")
  func wrongPassword() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      let wrong = try await browser.signIn("ann@example.org", password: "wrong")
      let unknown = try await browser.signIn("eve@example.org", password: "wrong")
      #expect(wrong.status == 403)
      #expect(wrong.text.contains("The e-mail address or the password is not right."))
      #expect(wrong.text.replacing("ann@", with: "eve@") == unknown.text)
      #expect(wrong[header: "Set-Cookie"] == nil)
    }
  }

  @Test("the session cookie is out of reach of scripts and other sites, and Secure where the issuer is https")
  func cookie() async throws {
    try await IssuerSiteWorld.serving { world in
      let line = try await Browser(world).signIn("ann@example.org")[header: "Set-Cookie"] ?? ""
      #expect(line.hasPrefix("evergrant=evn_"))
      #expect(line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
    }
    try await IssuerSiteWorld.serving(issuer: "https://issuer.example") { world in
      let line = try await Browser(world).signIn("ann@example.org")[header: "Set-Cookie"] ?? ""
      #expect(line.hasPrefix("__Host-evergrant=evn_"))
      #expect(line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Secure"))
    }
  }

  @Test("P9 signing out needs the page's token and ends the session")
  func signOut() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      try await browser.signIn("ann@example.org")
      let account = try await browser.get("/account")
      #expect(try await browser.post("/signout", [("csrf", "no")]).status == 403)
      #expect(try await browser.get("/account").text.contains("Apps that act for you"))
      #expect(try await browser.post("/signout", [("csrf", account.hidden("csrf") ?? "")]).status == 303)
      #expect(!browser.isSignedIn)
      #expect(try await browser.get("/account").text.contains("<h1>Sign in</h1>"))
    }
  }
}
