import Foundation
import Issuer
import NetworkKit
import OAuth
import Operator
import Testing
import Wire

@testable import Outbound

@Suite("My own tokens")
struct OwnTokenPageTests {
  private static let contacts = "/crm/rest/v1/contacts"

  @Test("P35 a token is made, shown once, and taken in each of three header fields, and in one at a time")
  func making() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world)
      try await ann.signIn("ann@example.org")
      let made = try await ann.make("nightly <b>", in: "Bright Books")
      #expect(made.status == 200 && made[header: "Cache-Control"] == "no-store")
      let token = try #require(made.token)
      let fields: [(name: String, value: String)] = [
        ("Authorization", "Bearer \(token)"), ("X-Keap-API-Key", token), ("X-API-Key", token),
      ]
      for field in fields { #expect(try await world.call([field]) == 200) }
      for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        #expect(try await world.call([fields[one], fields[other]]) == 400)
      }
      #expect(try await world.call([("X-API-Key", token + "x")]) == 401)
      let page = try await ann.get("/account/tokens")
      #expect(page.words.contains("nightly &lt;b&gt; personal token for Bright Books"), "\(page.words)")
      #expect(page.words.contains("Calls 3") && page.token == nil)
      let again = try await ann.make("nightly <b>", in: "Bright Books")
      #expect(again.status == 400 && again.token == nil)
      #expect(
        again.words.contains("You have a token named nightly &lt;b&gt; for Bright Books already."), "\(again.words)")
      #expect(try await ann.get("/account").words.contains("No app acts for you at present."))
    }
  }

  @Test("P35 a rotated token has both work until the overlap is over; a form that was left open is told")
  func rotating() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world)
      try await ann.signIn("ann@example.org")
      let first = try #require(try await ann.make("nightly").token)
      let page = try await ann.get("/account/tokens")
      func rotate(overlap: String, days: String = "30", from page: Page) async throws -> Page {
        var form = try page.form(to: "/account/tokens/rotate")
        form.append("overlap", overlap)
        form.append("days", days)
        return try await ann.post("/account/tokens/rotate", form)
      }
      let second = try #require(try await rotate(overlap: "24", from: page).token)
      for token in [first, second] { #expect(try await world.call([("X-API-Key", token)]) == 200) }
      #expect(try await ann.get("/account/tokens").words.contains("The token before it works too, until"))
      let late = try await rotate(overlap: "0", from: page)
      #expect(late.status == 400 && late.words.contains("This token was already rotated"))
      for token in [first, second] { #expect(try await world.call([("X-API-Key", token)]) == 200) }
      let fresh = try await ann.get("/account/tokens")
      for (overlap, days) in [("169", "30"), ("24", "366"), ("x", "30"), ("24", "-1"), ("99999999999999999999", "30")] {
        #expect(try await rotate(overlap: overlap, days: days, from: fresh).status == 400)
      }
      let third = try #require(try await rotate(overlap: "0", from: fresh).token)
      for token in [first, second] { #expect(try await world.call([("X-API-Key", token)]) == 401) }
      #expect(try await world.call([("X-API-Key", third)]) == 200)

      var rename = try page.form(to: "/account/tokens/rename")
      rename.append("name", "daily")
      #expect(try await ann.post("/account/tokens/rename", rename).status == 303)
      #expect(try await ann.get("/account/tokens?done=renamed").words.contains("daily personal token for Acme Shop"))
      let end = try await ann.post("/account/tokens/end", try page.form(to: "/account/tokens/end"))
      #expect(end.status == 303)
      #expect(try await world.call([("X-API-Key", third)]) == 401)
      #expect(try await ann.get("/account/tokens?done=ended").words.contains("The token has ended."))
    }
  }

  @Test("P35 a call with a token that was rotated, ended or cut off says what happened and what to do")
  func words() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world)
      try await ann.signIn("ann@example.org")
      let first = try #require(try await ann.make("nightly").token)
      var form = try await ann.get("/account/tokens").form(to: "/account/tokens/rotate")
      form.append("overlap", "0")
      form.append("days", "30")
      let second = try #require(try await ann.post("/account/tokens/rotate", form).token)
      func refused(_ token: String) async throws -> RawAnswer {
        try await HTTP.send("GET", world.base + Self.contacts, headers: [("X-API-Key", token)])
      }
      let rotated = try await refused(first)
      #expect(rotated.status == 401 && rotated.body.contains("keymanagement.service.invalid_access_token"))
      #expect(rotated.body.contains("Invalid Access Token. This personal token was rotated: use the one that was made"))
      let challenge = try #require(rotated[header: "WWW-Authenticate"])
      #expect(challenge.contains(#"error="invalid_token", error_description="This personal token was rotated"#))
      let page = try await ann.get("/account/tokens")
      _ = try await ann.post("/account/tokens/end", try page.form(to: "/account/tokens/end"))
      let ended = try await refused(second)
      #expect(ended.status == 401 && ended.body.contains("This personal token was ended on"))
      #expect(ended.body.contains("Make another at \(world.issuer.settings.issuer)/account/tokens"))
      #expect(try await refused(String(second.dropLast())).body.contains("not a whole token"))
      // What is none of ours is told no more than Keap tells.
      let strange = try await refused("KeapAK-0123456789abcdef")
      #expect(strange.body.contains(#""faultstring":"Invalid Access Token""#))
      #expect(strange[header: "WWW-Authenticate"] == #"Bearer error="invalid_token""#)
    }
  }

  @Test("P42 another person's token, one that is not there and a form of another session are refused alike")
  func refusals() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), ben = Browser(world)
      try await ann.signIn("ann@example.org")
      try await ben.signIn("ben@example.org")
      let token = try #require(try await ann.make("nightly").token)
      let mine = try await ann.get("/account/tokens")
      let csrf = try #require(try await ben.get("/account").hidden("csrf"))
      for act in ["rotate", "rename", "end"] {
        let path = "/account/tokens/" + act
        var form = try mine.form(to: path)
        form.append("name", "ben's")
        form.append("overlap", "0")
        form.append("days", "30")
        #expect(try await ben.post(path, form).status == 403, "the form of another session")
        #expect(try await ben.post(path, form, headers: [("Sec-Fetch-Site", "cross-site")]).status == 403)
        func answer(_ id: String?) async throws -> Page {
          try await ben.post(
            path,
            FormFields(
              form.pairs.map { pair in
                switch pair.name {
                case "csrf": (pair.name, csrf)
                case "token": (pair.name, id ?? pair.value)
                default: (pair.name, pair.value)
                }
              }))
        }
        let foreign = try await answer(nil), unknown = try await answer(String(repeating: "0", count: 32))
        #expect(foreign.status == 404 && foreign.text == unknown.text)
        #expect(try await Browser(world).post(path, form).hasForm(to: "/signin"))
      }
      for path in ["/account/tokens", "/account/tokens/pair"] {
        let form = try mine.form(to: "/account/tokens")
        #expect(try await ben.post(path, form).status == 403)
      }
      #expect(
        try await ben.make("key", kind: "service").words.contains("Only an owner of Acme Shop makes service keys"))
      #expect(try await world.call([("X-API-Key", token)]) == 200)
      #expect(try await ann.get("/account/tokens").words.contains("nightly personal token"))
    }
  }

  @Test("P35 OAuth's endpoints refuse a token of one's own, whoever presents it")
  func noOAuth() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world)
      try await ann.signIn("ann@example.org")
      let token = try #require(try await ann.make("nightly").token)
      let refreshed = try await world.refresh(Secret(token), world.shopClient)
      #expect(refreshed.status == 400 && refreshed.text.contains("\"error\":\"invalid_grant\""))
      let revoked = try await world.tokenRequest(
        [
          ("token", token), ("client_id", world.shopClient.id), ("client_secret", world.shopClient.secret.exposed),
        ], path: "/oauth/revoke")
      #expect(revoked.status == 400)
      #expect(try await world.call([("X-API-Key", token)]) == 200)
    }
  }

  @Test("P35 tokens made by hand for an app of one's own are shown once, in a line that connect --import reads")
  func pair() async throws {
    try await IssuerSiteWorld.serving { world in
      let app = try await world.issuer.registerClient(
        ClientRegistration(name: "Mine", redirectURIs: ["https://mine.example/cb"], owner: "ann@example.org"))
      let ann = Browser(world), ben = Browser(world)
      try await ann.signIn("ann@example.org")
      try await ben.signIn("ben@example.org")
      #expect(try await !ben.get("/account/tokens").hasForm(to: "/account/tokens/pair"))
      let page = try await ann.get("/account/tokens")
      var form = try page.form(to: "/account/tokens/pair")
      form.append("client", app.clientID)
      form.append("tenant", page.tenant("Acme Shop"))
      form.append("scope", "full")
      let made = try await ann.post("/account/tokens/pair", form)
      let line = try #require(made.codes.last)
      let kept = try KeptTokens(text: line)
      #expect([kept.access.exposed, kept.refresh.exposed] == Array(made.codes.dropLast()))
      #expect(try await world.api("GET", Self.contacts, kept.access).status == 200)
      let refreshed = try await world.refresh(kept.refresh, (app.clientID, app.secret ?? Secret("")))
      #expect(refreshed.status == 200)
      #expect(try await ann.post("/account/tokens/pair", form).words.contains("This form has made its token"))
      #expect(try await ann.get("/account").words.contains("Mine in Acme Shop"))
    }
  }
}

extension Browser {
  fileprivate func make(_ name: String, in tenant: String = "Acme Shop", kind: String? = nil) async throws -> Page {
    let page = try await get("/account/tokens")
    var form = try page.form(to: "/account/tokens")
    form.append("name", name)
    form.append("tenant", page.tenant(tenant))
    form.append("scope", "full")
    form.append("days", "90")
    form.append("kind", kind)
    return try await post("/account/tokens", form)
  }
}

extension Page {
  /// Everything that the page shows to be copied.
  fileprivate var codes: [String] {
    text.matches(of: /<p><code>([^<]*)<\/code><\/p>/).map { String($0.1).replacing("&quot;", with: "\"") }
  }

  fileprivate var token: String? { codes.first }

  fileprivate func tenant(_ name: String) -> String? {
    text.matches(of: /<option value="([0-9]+)">([^<]*)<\/option>/).first { $0.2 == name }.map { String($0.1) }
  }
}

extension IssuerSiteWorld {
  /// The status of a list of contacts.
  fileprivate func call(_ headers: [(name: String, value: String)]) async throws -> Int {
    try await client.send("GET", base + "/crm/rest/v1/contacts", headers: headers, body: nil).status
  }
}
