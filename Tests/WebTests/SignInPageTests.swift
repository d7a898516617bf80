import Foundation
import NetworkKit
import Testing

@testable import Outbound

@Suite("Signing in at the browser")
struct SignInPageTests {
  @Test("P40: a sign-in form counts in the browser that it was shown to and in no other")
  func form() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world), other = Browser(world)
      let page = try await browser.get("/signin"), foreign = try await other.get("/signin")
      let form = page.hidden("form") ?? ""
      #expect(form.utf8.count == 43)
      #expect(form != foreign.hidden("form"))
      #expect(!browser.cookieHeader.contains(form), "the cookie does not tell the token")
      func post(_ browser: Browser, _ form: String?) async throws -> Page {
        let fields = [
          ("email", "ann@example.org"), ("password", IssuerSiteWorld.password.exposed), ("next", "/account"),
        ]
        return try await browser.post("/signin", fields + (form.map { [("form", $0)] } ?? []))
      }
      for (browser, form) in [
        (browser, nil), (browser, ""), (browser, foreign.hidden("form")), (other, form), (Browser(world), form),
      ] {
        let answer = try await post(browser, form)
        #expect(answer.status == 403)
        #expect(answer.text.contains("Allow cookies, and try again."))
        #expect(!browser.isSignedIn)
      }
      let again = try await browser.get("/account")
      #expect(again.hidden("form") == form, "a second page of one browser leaves the first one good")
      #expect(again[header: "Set-Cookie"] == nil)
      #expect(try await post(browser, form).status == 303)
    }
  }

  @Test("P40: too many attempts are 429 with the time to wait, in the same words for a person who is not there")
  func tooMany() async throws {
    try await IssuerSiteWorld.serving { world in
      let browser = Browser(world)
      var pages: [String] = []
      for name in ["ann", "eve"] {
        for _ in 0..<5 { #expect(try await browser.signIn("\(name)@example.org", password: "wrong").status == 403) }
        let answer = try await browser.signIn("\(name)@example.org")
        #expect(answer.status == 429)
        #expect(answer[header: "Retry-After"] == "2")
        pages.append(answer.text.replacing(name + "@", with: ""))
      }
      #expect(pages[0] == pages[1])
    }
  }

  @Test("P40: a TLS proxy that is named tells whose attempt it is, and a list that the client began counts for nothing")
  func proxy() async throws {
    try await IssuerSiteWorld.serving(proxies: ["127.0.0.1", "10.0.0.9"]) { world in
      func attempt(_ password: String, _ forwarded: [String]) async throws -> Int {
        try await Browser(world).signIn(
          "ann@example.org", password: password, headers: forwarded.map { ("X-Forwarded-For", $0) }
        ).status
      }
      for number in 0..<5 {
        let status = try await attempt("wrong", ["203.0.113.\(number), 198.51.100.7"])
        #expect(status == 403)
      }
      let right = IssuerSiteWorld.password.exposed
      for forwarded in [
        ["198.51.100.7"], ["192.0.2.1, 198.51.100.7"], ["192.0.2.1", "198.51.100.7, 10.0.0.9"],
        ["192.0.2.1,198.51.100.7 , 127.0.0.1"], ["::ffff:198.51.100.7"],
      ] { #expect(try await attempt(right, forwarded) == 429, "\(forwarded)") }
      #expect(try await attempt(right, ["198.51.100.8"]) == 303, "a stranger locks nobody else out")
      // What is no address is the proxy's own.
      for forwarded in [[], ["unknown"], ["198.51.100.7, "], ["198.51.100.7:80"]] {
        #expect(try await attempt(right, forwarded) == 303, "\(forwarded)")
      }
    }
  }

  @Test("P40: a forwarding header from anybody else counts for nothing")
  func noProxy() async throws {
    try await IssuerSiteWorld.serving { world in
      for number in 0..<5 {
        let headers = [("X-Forwarded-For", "203.0.113.\(number)")]
        let answer = try await Browser(world).signIn("ann@example.org", password: "wrong", headers: headers)
        #expect(answer.status == 403)
      }
      let headers = [("X-Forwarded-For", "203.0.113.9")]
      #expect(try await Browser(world).signIn("ann@example.org", headers: headers).status == 429)
    }
  }
}
