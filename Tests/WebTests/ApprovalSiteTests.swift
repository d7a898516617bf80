import HostileProvider
import Keeper
import Logging
import NetworkKit
import OAuth
import Operator
import Synchronization
import Testing
import TestKit
import Wire

@testable import Web

/// A keeper that knows one link.
private final class FakeDesk: ApprovalDesk {
  let token = "t0ken-of-the-link"
  private let begun = Mutex(0)
  private let outcome: Result<LinkedApproval?, KeeperError>

  static let approval = LinkedApproval(
    connection: "shop <b>", provider: "Keap", origin: "https://accounts.example", tenant: "acme.example",
    approver: "ann@example.org")

  init(_ outcome: Result<LinkedApproval?, KeeperError> = .success(nil)) { self.outcome = outcome }

  var attempts: Int { begun.withLock { $0 } }

  func linkedApproval(_ token: Secret) async throws -> LinkedApproval? {
    token.exposed == self.token ? Self.approval : nil
  }

  func beginApproval(_ token: Secret, at address: PublicAddress) async throws -> String? {
    guard token.exposed == self.token else { return nil }
    begun.withLock { $0 += 1 }
    return "https://accounts.example/authorize?redirect_uri=\(address.callback)"
  }

  func finishApproval(_ answer: FormFields) async throws -> LinkedApproval? { try outcome.get() }
}

@Suite("The page that an alert's link leads to")
struct ApprovalSiteTests {
  private func serving(_ desk: FakeDesk, logger: Logger = .silent, _ act: (Int) async throws -> Void) async throws {
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let site = try ApprovalSite(
      desk: desk, publicAddress: try #require(PublicAddress("https://keeper.example")), address: ListenAddress(port: 0),
      logger: logger, onRunning: { running.yield($0) })
    try await Serving.run(site) {
      guard let port = await ports.first(where: { _ in true }) else { return }
      try await act(port)
    }
  }

  private func ask(
    _ method: String, _ target: String, port: Int, host: String = "keeper.example"
  ) async throws -> RawAnswer {
    try await RawClient.call("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 0\r\n\r\n", port: port)
  }

  @Test("looking shows who shall approve what, and begins nothing: mail scanners open links too")
  func show() async throws {
    let desk = FakeDesk()
    try await serving(desk) { port in
      for _ in 0..<3 {
        let page = try await ask("GET", "/approve/\(desk.token)", port: port)
        #expect(page.status == 200)
        for words in [
          "shop &lt;b&gt;", "Keap", "acme.example", "ann@example.org", "width=device-width", "method=\"post\"",
        ] {
          #expect(page.body.contains(words), "\(words)")
        }
        #expect(!page.body.contains("<script") && !page.body.contains(desk.token))
        let head = page.head.lowercased()
        for field in [
          "cache-control: no-store", "referrer-policy: no-referrer", "x-frame-options: deny",
          "form-action 'self' https://accounts.example;",
        ] { #expect(head.contains(field), "\(field)") }
      }
      #expect(desk.attempts == 0)
    }
  }

  @Test("the button leads to the provider")
  func begin() async throws {
    let desk = FakeDesk()
    try await serving(desk) { port in
      let answer = try await ask("POST", "/approve/\(desk.token)", port: port)
      #expect(answer.status == 303)
      #expect(
        answer.head.contains(
          "ocation: https://accounts.example/authorize?redirect_uri=https://keeper.example/callback"))
      #expect(desk.attempts == 1)
    }
  }

  @Test("a link that was used, has ended or never was is 410, whatever is asked of it", arguments: ["GET", "POST"])
  func gone(_ method: String) async throws {
    try await serving(FakeDesk()) { port in
      let answer = try await ask(method, "/approve/other", port: port)
      #expect(answer.status == 410)
      #expect(answer.body.contains("This link counts no more"))
    }
  }

  @Test("the way back says what came of it")
  func callback() async throws {
    let outcomes: [(Result<LinkedApproval?, KeeperError>, Int, String)] = [
      (.success(FakeDesk.approval), 200, "shop &lt;b&gt; is connected again for acme.example"),
      (.success(nil), 410, "paste the whole address of this page"),
      (.failure(.refused("It belongs to ann.")), 403, "It belongs to ann. You can open the link again."),
    ]
    for (outcome, status, words) in outcomes {
      try await serving(FakeDesk(outcome)) { port in
        let answer = try await ask("GET", "/callback?code=c0de&state=st4te", port: port)
        #expect(answer.status == status)
        #expect(answer.body.contains(words), "\(answer.body)")
        #expect(!answer.body.contains("c0de") && !answer.body.contains("st4te"))
      }
    }
  }

  @Test("K31 nothing else of the keeper is there, and no other name is answered")
  func nothingElse() async throws {
    try await serving(FakeDesk()) { port in
      for path in ["/v1/connections", "/v1/token/shop", "/metrics", "/readyz", "/account", "/"] {
        let status = try await ask("GET", path, port: port).status
        #expect(status == 404, "\(path)")
      }
      for host in ["evil.example", "127.0.0.1:1", "keeper.example:8443"] {
        let status = try await ask("GET", "/approve/t0ken-of-the-link", port: port, host: host).status
        #expect(status == 421, "\(host)")
      }
      #expect(try await ask("PURGE", "/livez", port: port).status == 501)
      let style = try await ask("GET", "/style.css", port: port)
      #expect(style.status == 200)
    }
    func site(on host: String) throws -> ApprovalSite {
      try ApprovalSite(
        desk: FakeDesk(), publicAddress: try #require(PublicAddress("https://keeper.example")),
        address: ListenAddress(host: host, port: 0), logger: .silent)
    }
    for host in ["0.0.0.0", "192.168.1.2"] {
      #expect(throws: ListenRefusal.self) { try site(on: host) }
    }
    for host in ["127.8.8.8", "::1"] { _ = try site(on: host) }
  }

  @Test("neither the link nor the answer of the provider is logged at any level")
  func logged() async throws {
    let book = LogBook()
    let desk = FakeDesk()
    try await serving(desk, logger: book.logger) { port in
      _ = try await ask("GET", "/approve/\(desk.token)", port: port)
      _ = try await ask("POST", "/approve/\(desk.token)", port: port)
      _ = try await ask("GET", "/callback?code=c0de&state=st4te", port: port)
    }
    #expect(book.text.contains("/approve/{token}"))
    for secret in [desk.token, "c0de", "st4te"] { #expect(!book.text.contains(secret)) }
  }

  @Test("a public address is an https origin, or one of this machine, and no more")
  func publicAddress() {
    for text in [
      "https://keeper.example", "https://keeper.example/", "https://keeper.example:8443", "http://127.0.0.1:8082",
    ] {
      #expect(PublicAddress(text) != nil, "\(text)")
    }
    for text in ["http://keeper.example", "keeper.example", "https://keeper.example/x", "https://u@keeper.example", ""]
    {
      #expect(PublicAddress(text) == nil, "\(text)")
    }
  }
}
