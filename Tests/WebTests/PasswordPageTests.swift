import NetworkKit
import Testing

@testable import Outbound

@Suite("Setting a new password")
struct PasswordPageTests {
  private let new = "battery staple horse"

  @Test("P40: a signed-in person changes the password with the old one and the page's own token")
  func change() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world), elsewhere = Browser(world), ben = Browser(world)
      for (browser, email) in [(browser, "ann@example.org"), (elsewhere, "ann@example.org"), (ben, "ben@example.org")] {
        try await browser.signIn(email)
      }
      #expect(try await browser.get("/account").text.contains("href=\"/account/password\""))
      let csrf = try await browser.get("/account/password").formToken
      let foreign = try await ben.get("/account/password").formToken
      func post(
        _ old: String, _ new: String, again: String? = nil, _ csrf: String
      ) async throws -> Page {
        try await browser.post(
          "/account/password", [("csrf", csrf), ("old", old), ("new", new), ("again", again ?? new)])
      }
      let right = IssuerSiteWorld.password.exposed
      for (answer, status, words) in [
        (try await post("wrong", new, csrf), 403, "The old password is not right."),
        (try await post(right, "short", csrf), 400, "at least 8 characters"),
        (try await post(right, new, again: new + "x", csrf), 400, "not the same"),
        (try await post(right, new, ""), 403, "<h1>"), (try await post(right, new, foreign), 403, "<h1>"),
      ] {
        #expect(answer.status == status)
        #expect(answer.text.contains(words))
      }
      #expect(try await elsewhere.get("/account").text.contains("Apps that act for you"), "nothing was changed so far")
      let done = try await post(right, new, csrf)
      #expect(done.status == 303)
      #expect(try await browser.get(done[header: "Location"] ?? "").text.contains("Your new password counts"))
      #expect(try await elsewhere.get("/account").text.contains("<h1>Sign in</h1>"))
      #expect(try await ben.get("/account").text.contains("Apps that act for you"))
      #expect(try await Browser(world).signIn("ann@example.org").status == 403)
      #expect(try await Browser(world).signIn("ann@example.org", password: new).status == 303)
      let signedOut = try await Browser(world).get("/account/password")
      #expect(signedOut.text.contains("<h1>Sign in</h1>"))
    }
  }

  @Test("a link is shown without being used up, sets a password once, and then looks like one that never was")
  func reset() async throws {
    try await IssuerSiteWorld.serving { world in
      let link = try await world.issuer.makePasswordReset(for: "ann@example.org").exposed
      let browser = Browser(world)
      func post(_ link: String, again: String? = nil) async throws -> Page {
        try await browser.post("/reset", [("link", link), ("new", new), ("again", again ?? new)])
      }
      for _ in 0..<2 { #expect(try await browser.get("/reset/" + link).hidden("link") == link) }
      #expect(try await post(link, again: "other").status == 400)
      let unknown = try await browser.get("/reset/evl_nothing")
      #expect(unknown.status == 404)
      #expect(!unknown.text.contains("ann"))
      let done = try await post(link)
      #expect(done.status == 303)
      #expect(done[header: "Location"] == "/signin")
      #expect(try await browser.get("/reset/" + link).text == unknown.text)
      #expect(try await post(link).text == unknown.text)
      #expect(try await browser.signIn("ann@example.org").status == 403)
      #expect(try await browser.signIn("ann@example.org", password: new).status == 303)
    }
  }
}
