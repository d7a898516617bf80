import Foundation
import HostileProvider
import Issuer
import Keeper
import KeeperKit
import NetworkKit
import OAuth
import Operator
import Synchronization
import Testing
import TestKit
import Wire

@testable import Web

/// A keeper with one link, one connection and one key, which writes down what it is told to do.
private final class FakeConsoleDesk: ConsoleDesk {
  let link = Secret("the-link"), session = Secret("the-session")
  private let state = Mutex((entered: false, left: false, done: [String]()))

  var done: [String] { state.withLock(\.done) }
  private func note(_ act: String) { state.withLock { $0.done.append(act) } }

  func isConsoleLink(_ token: Secret) async throws -> Bool { token == link && !state.withLock(\.entered) }

  func enterConsole(_ link: Secret) async throws -> Secret? {
    state.withLock { state in
      guard link == self.link, !state.entered else { return nil }
      state.entered = true
      return session
    }
  }

  func isInConsole(_ session: Secret) async throws -> Bool {
    session == self.session && state.withLock { $0.entered && !$0.left }
  }

  func leaveConsole(_ session: Secret) async throws { state.withLock { $0.left = true } }

  func consoleView() async throws -> ConsoleView {
    let shop = """
      {"name":"shop","client":"app","provider":"keap","state":"ok","served":true,"mustAct":false,"byKey":false,
       "generation":1,"keys":[{"name":"nightly","allows":["GET /crm/**"],"endsAt":1895449600000}]}
      """
    return ConsoleView(
      now: Timestamp(seconds: 1_795_449_600),
      connections: [try JSONDecoder().decode(ConnectionStatus.self, from: Data(shop.utf8))], calls: [:], alerts: [])
  }

  func revokeKey(_ name: String) async throws {
    guard name == "nightly" else { throw KeeperError.noSuchKey(name) }
    note("revoke \(name)")
  }

  func pause(_ connection: String) async throws { note("pause \(connection)") }
  func resume(_ connection: String) async throws { note("resume \(connection)") }

  func clientFor(connection: String, named: String?) async throws -> Client {
    throw KeeperError.noSuchConnection(connection)
  }

  func beginConnecting(_ connection: String, client: String, redirectURI: String?) async throws -> Attempt {
    throw KeeperError.noSuchConnection(connection)
  }

  func finishConnecting(_ connection: String, fields: FormFields) async throws -> ConnectionStatus {
    note("connect \(connection) \(fields["code"] ?? "")")
    throw KeeperError.refused("no")
  }
}

@Suite("The console's door and forms")
struct ConsoleSiteTests {
  private struct Line: Encodable { var name: String }

  private func serving(_ desk: FakeConsoleDesk, _ act: (Int) async throws -> Void) async throws {
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let site = try KeeperSite(
      gateway: FakeGateway(keys: [:], fresh: nil), status: { Line(name: $0.connection) }, isReady: { true },
      console: desk,
      address: ListenAddress(port: 0), names: ["keeper.example"], logger: .silent, onRunning: { running.yield($0) })
    try await Serving.run(site) {
      guard let port = await ports.first(where: { _ in true }) else { return }
      try await act(port)
    }
  }

  private func ask(
    _ method: String, _ target: String, _ fields: [(name: String, value: String)] = [], cookie: String = "",
    host: String? = nil, more: String = "", port: Int
  ) async throws -> RawAnswer {
    let body = FormFields(fields).encoded
    return try await RawClient.call(
      "\(method) \(target) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nContent-Length: \(body.utf8.count)\r\n"
        + "Content-Type: application/x-www-form-urlencoded\r\nCookie: \(cookie)\r\n\(more)\r\n\(body)", port: port)
  }

  private let cookie = "evergrant-console=the-session"

  private func formToken(_ page: RawAnswer) throws -> String {
    String(try #require(page.body.firstMatch(of: /name="form" value="([^"]+)"/)).1)
  }

  @Test("a link is used up by the form behind it and not by looking, and its token stands on no page")
  func door() async throws {
    let desk = FakeConsoleDesk()
    try await serving(desk) { port in
      #expect(try await ask("GET", "/console", port: port).status == 401)
      for _ in 0..<2 {
        let door = try await ask("GET", "/console/enter/the-link", port: port)
        #expect(door.status == 200 && !door.body.contains("the-link") && !door.body.contains("<script"))
      }
      let stranger = try await ask(
        "POST", "/console/enter/the-link", more: "Sec-Fetch-Site: cross-site\r\n", port: port)
      #expect(stranger.status == 403)
      let entered = try await ask("POST", "/console/enter/the-link", port: port)
      #expect(entered.status == 303)
      #expect(entered.head.contains("evergrant-console=the-session; Path=/console; HttpOnly; SameSite=Strict"))
      #expect(!entered.head.contains("Secure"), "a loopback name has no TLS")
      #expect(try await ask("POST", "/console/enter/the-link", port: port).status == 410)
      #expect(try await ask("GET", "/console/enter/the-link", port: port).status == 410)
      #expect(try await ask("GET", "/console", cookie: cookie, port: port).status == 200)
      #expect(try await ask("GET", "/console", cookie: "evergrant-console=another", port: port).status == 401)
    }
  }

  @Test("by the name of a web server that ends TLS the cookie is for TLS alone, and an unknown name is refused")
  func names() async throws {
    try await serving(FakeConsoleDesk()) { port in
      let entered = try await ask("POST", "/console/enter/the-link", host: "keeper.example", port: port)
      #expect(entered.status == 303 && entered.head.contains("; Secure"))
      #expect(try await ask("GET", "/console", host: "evil.example", port: port).status == 421)
    }
  }

  @Test("a form acts only with the session's cookie and its own token, from our own page")
  func forms() async throws {
    let desk = FakeConsoleDesk()
    try await serving(desk) { port in
      _ = try await ask("POST", "/console/enter/the-link", port: port)
      let token = try formToken(try await ask("GET", "/console", cookie: cookie, port: port))
      for path in ["revoke", "pause", "resume", "leave", "reconnect", "reconnected"] {
        let target = "/console/\(path)"
        let fields = [("form", token), ("key", "nightly"), ("connection", "shop"), ("address", "https://x/?code=c")]
        #expect(try await ask("POST", target, fields, port: port).status == 401, "without the cookie: \(path)")
        #expect(
          try await ask("POST", target, [("form", "guess")] + fields.dropFirst(), cookie: cookie, port: port).status
            == 403,
          "with another token: \(path)")
        #expect(
          try await ask("POST", target, fields, cookie: cookie, more: "Origin: https://evil.example\r\n", port: port)
            .status == 403, "from another site: \(path)")
        #expect(try await ask("GET", target, cookie: cookie, port: port).status == 404, "a link that acts: \(path)")
      }
      #expect(desk.done == [])
      let good = [("form", token), ("key", "nightly"), ("connection", "shop")]
      for path in ["revoke", "pause", "resume"] {
        #expect(try await ask("POST", "/console/\(path)", good, cookie: cookie, port: port).status == 303)
      }
      #expect(desk.done == ["revoke nightly", "pause shop", "resume shop"])
      #expect(try await ask("POST", "/console/leave", good, cookie: cookie, port: port).status == 303)
      #expect(try await ask("GET", "/console", cookie: cookie, port: port).status == 401)
    }
  }

  @Test(
    "revoke and pause ask once more, without JavaScript; then the page says what was done to which, at its place, and no link can say it"
  )
  func asksAndTells() async throws {
    let desk = FakeConsoleDesk()
    try await serving(desk) { port in
      _ = try await ask("POST", "/console/enter/the-link", port: port)
      let page = try await ask("GET", "/console", cookie: cookie, port: port)
      let token = try formToken(page)
      for act in ["revoke", "pause"] {
        let form = try #require(page.body.range(of: #"<form method="post" action="/console/\#(act)">"#))
        let before = page.body[..<form.lowerBound]
        let opened = try #require(before.range(of: "<details class=\"ask", options: .backwards))
        #expect(!before[opened.lowerBound...].contains("</details>"), "\(act) stands behind a question")
      }
      let fields = [("form", token), ("key", "nightly"), ("connection", "shop")]
      for (act, sentence) in [
        ("revoke", "The key nightly is revoked."), ("pause", "shop is paused: no call"),
        ("resume", "shop is resumed: calls"),
      ] {
        let done = try await ask("POST", "/console/\(act)", fields, cookie: cookie, port: port)
        let location = String(try #require(done.head.firstMatch(of: /[Ll]ocation: (\S+)/)).1)
        let parts = location.split(separator: "#").map(String.init)
        #expect(parts.last == "at-shop")
        let next = try await ask("GET", parts[0], cookie: cookie, port: port)
        let card = try #require(next.body.range(of: #"id="at-shop""#))
        #expect(next.body[card.upperBound...].contains(sentence), "\(next.body)")
        #expect(!next.body[..<card.lowerBound].contains(sentence))
        let forged = parts[0].replacing("connection=shop", with: "connection=shops")
        #expect(forged != parts[0])
        let told = try await ask("GET", forged, cookie: cookie, port: port)
        #expect(told.status == 200 && !told.body.contains("role=\"status\""))
      }
    }
  }

  @Test("what cannot be done is a page that says why and what to do, with nothing of the form in it unescaped")
  func refusals() async throws {
    let desk = FakeConsoleDesk()
    try await serving(desk) { port in
      _ = try await ask("POST", "/console/enter/the-link", port: port)
      let token = try formToken(try await ask("GET", "/console", cookie: cookie, port: port))
      let gone = try await ask(
        "POST", "/console/revoke", [("form", token), ("key", "<b>x\"\u{301}y")], cookie: cookie, port: port)
      #expect(gone.status == 400 && gone.body.contains("&lt;b&gt;x") && !gone.body.contains("<b>x"))
      // A quote with a combining mark behind it ends an attribute like any other.
      #expect(gone.body.contains("x&quot;\u{301}y"))
      _ = try await ask(
        "POST", "/console/reconnected",
        [("form", token), ("connection", "shop"), ("address", " 'https://x/?code=c&state=s' ")],
        cookie: cookie, port: port)
      #expect(desk.done == ["connect shop c"])
      #expect(try await ask("GET", "/console?done=<script>", cookie: cookie, port: port).status == 200)
    }
  }

  @Test("a day with one call is seen beside one with many, and the picture is told in words")
  func chart() {
    let chart = CallChart(
      [CallDay(), CallDay(calls: 1, failures: 1), CallDay(calls: 1000, failures: 0)], id: "0")
    #expect(chart.bars.map(\.height) == [0, 1, 40] && chart.bars.map(\.failedHeight) == [0, 1, 0])
    #expect(chart.words == "1001 calls in 3 days, 1 of them failed; today 1000, at most 1000 on a day.")
    #expect(CallChart([CallDay()], id: "0").words == "No calls in 1 day.")
  }
}
