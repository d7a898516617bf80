import Foundation
import Keeper
import NetworkKit
import OAuth
import Operator
import Outbound
import TestKit
import Testing
import Wire

@testable import Web

/// A notice with everything that could go wrong on a wire in it.
func notice(
  title: String = "shop needs a person to approve again", what: String = "It stopped.", next: String? = "Approve again."
) -> AlertNotice {
  AlertNotice(
    id: "alert_x_needs_approval", alert: "alert_x", phase: .began, kind: "needs_approval", subject: "shop",
    title: title, what: what, nextStep: next, link: Secret("https://keeper.example/approve/abc"),
    at: Timestamp(seconds: 1_795_449_600))
}

@Suite("Alerts by webhook")
struct WebhookChannelTests {
  private let secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

  @Test("the signature is that of Standard Webhooks")
  func vector() throws {
    // HMAC-SHA-256 over "id.timestamp.body", computed with Python's hmac.
    #expect(
      try WebhookKey(secret).sign(
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: "1614265330", body: Array(#"{"test": 2432232314}"#.utf8))
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test("a notice is posted with its id, the time and a signature over just what was sent")
  func posted() async throws {
    let server = try await FakeServer.start { _ in .answer(wire("204 No Content")) }
    let time = VirtualTime()
    let channel = try WebhookChannel(
      url: "http://127.0.0.1:\(server.port)/alerts?team=ops", secret: secret, client: OutboundClient(),
      clock: time.clock)
    try await channel.deliver(notice())
    let text = try #require(server.requests.first)
    let halves = text.components(separatedBy: "\r\n\r\n")
    #expect(halves[0].hasPrefix("POST /alerts?team=ops HTTP/1.1\r\n"))
    func header(_ name: String) -> String? {
      halves[0].components(separatedBy: "\r\n").first { $0.hasPrefix(name + ": ") }.map {
        String($0.dropFirst(name.count + 2))
      }
    }
    #expect(header("webhook-id") == "alert_x_needs_approval")
    #expect(header("webhook-timestamp") == "1795449600")
    #expect(header("Content-Type") == "application/json")
    #expect(
      halves[1]
        == #"{"data":{"id":"alert_x","kind":"needs_approval","link":"https://keeper.example/approve/abc","nextStep":"Approve again.","subject":"shop","title":"shop needs a person to approve again","what":"It stopped."},"timestamp":"2026-11-23T16:00:00Z","type":"alert.began"}"#
    )
    #expect(header("webhook-signature") == "v1,SJCqnqso0iUrwgor1GIp8BlssNMJmj5PH5lo5OaJd/c=")
    #expect(!text.contains("MfKQ9r8GKYqr"))
  }

  @Test(
    "any answer but 2xx, a redirect too, is a failure that names the origin alone", arguments: [302, 400, 410, 500])
  func refused(_ status: Int) async throws {
    let server = try await FakeServer.start { _ in .answer(wire("\(status) X", ["Location: http://127.0.0.1:1/"])) }
    let channel = try WebhookChannel(
      url: "http://127.0.0.1:\(server.port)/secret-path", secret: secret, client: OutboundClient())
    await #expect(throws: AlertFailure("http://127.0.0.1:\(server.port) answered \(status).")) {
      try await channel.deliver(notice())
    }
    #expect(server.requests.count == 1)
  }

  @Test("K32: a webhook that speaks no TLS newer than 1.1 gets no notice")
  func oldTLS() async throws {
    let identity = try TestIdentity()
    let server = try await FakeServer.start(tls: identity.server(newest: .tlsv11)) { _ in
      .answer(wire("204 No Content"))
    }
    let channel = try WebhookChannel(
      url: "https://localhost:\(server.port)/alerts", secret: secret, client: OutboundClient(tls: identity.trusting))
    await #expect(throws: AlertFailure.self) { try await channel.deliver(notice()) }
    #expect(server.receivedBytes == 0)
  }

  @Test("an address that is not https, and a secret that is none, are refused when they are set")
  func settings() throws {
    for url in ["http://ops.example/x", "ftp://ops.example", "ops.example", "https://u:p@ops.example/"] {
      #expect(throws: AlertFailure.self) { try WebhookChannel(url: url, secret: secret, client: OutboundClient()) }
    }
    let short = "whsec_" + Data(repeating: 1, count: 23).base64EncodedString()
    for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_%%%%", short] {
      #expect(throws: AlertFailure.self, "\(text)") {
        try WebhookChannel(url: "https://ops.example/", secret: Secret(text), client: OutboundClient())
      }
    }
    #expect(throws: AlertFailure.self) {
      try WebhookChannel(url: "https://ops.example/", secret: nil, client: OutboundClient())
    }
  }
}
