import Foundation
import Keeper
import NIOSSL
import NetworkKit
import OAuth
import Outbound
import TestKit
import Testing
import Wire

@testable import Web

@Suite("The keeper's way to a token endpoint")
struct OneShotTokenEndpointTests {
  private static let refresh = TokenRequest(.refreshToken(Secret("evr_the+one/and=only"), scope: nil, notAfter: nil))
    .fields
  private static let basic = Secret("Basic aWQ6c2VjcmV0")

  private func post(
    _ url: String, tls: ClientTLS = .http, deadline: Duration = .minutes(5)
  ) async -> TokenEndpointAnswer {
    await OneShotTokenEndpoint(tls: tls).post(
      TokenEndpointRequest(url: url, fields: Self.refresh, authorization: Self.basic, deadline: deadline))
  }

  private func post(to server: FakeServer, deadline: Duration = .minutes(5)) async -> TokenEndpointAnswer {
    await post("http://127.0.0.1:\(server.port)/token", deadline: deadline)
  }

  @Test("K12 a port that refuses is not sent")
  func refused() async throws {
    let answer = await post("http://127.0.0.1:\(try await freePort())/token")
    #expect(answer.isNotSent)
  }

  @Test(
    "K9 what may leave no more once the connection stands is not sent, over TLS as without", arguments: [false, true])
  func late(overTLS: Bool) async throws {
    let identity = try TestIdentity()
    let server = try await FakeServer.start(tls: overTLS ? identity.server : nil) { _ in
      .answer(wire("200 OK", [], "{}"))
    }
    let time = VirtualTime(), url = "\(overTLS ? "https" : "http")://localhost:\(server.port)/token"
    let endpoint = OneShotTokenEndpoint(tls: identity.trusting, clock: time.clock)
    var request = TokenEndpointRequest(
      url: url, fields: Self.refresh, authorization: Self.basic, deadline: .minutes(5),
      sendBy: time.clock.uptime() + .seconds(1))
    guard case .answer = await endpoint.post(request) else {
      Issue.record("what is in time got no answer")
      return
    }
    time.advance(by: .seconds(2))
    request.fields = FormFields([("late", "1")])
    #expect(await endpoint.post(request).isNotSent)
    #expect(server.requests.count == 1)
  }

  @Test("K12 plain http beyond this machine is not sent")
  func plainHTTP() async { #expect(await post("http://192.0.2.1/token").isNotSent) }

  @Test("K12 TLS to a server that speaks none is not sent, and the server sees no request")
  func noTLS() async throws {
    let server = try await FakeServer.start { _ in .answerAndClose(wire("400 Bad Request")) }
    let answer = await post("https://127.0.0.1:\(server.port)/token", deadline: .milliseconds(400))
    #expect(answer.isNotSent)
    #expect(server.requests.isEmpty)
  }

  @Test("K12 a certificate that is not trusted, or names another host, is not sent; the right one is")
  func certificate() async throws {
    let identity = try TestIdentity()
    let server = try await FakeServer.start(tls: identity.server) { _ in .answer(wire("200 OK", [], "{}")) }
    let local = "https://localhost:\(server.port)/token"

    #expect(await post(local).isNotSent)
    #expect(await post("https://127.0.0.1:\(server.port)/token", tls: identity.trusting).isNotSent)
    #expect(server.receivedBytes == 0)

    guard case .answer(let answer) = await post(local, tls: identity.trusting) else {
      Issue.record("the right name got no answer")
      return
    }
    #expect(answer.status == 200)
    #expect(server.requests.count == 1)
  }

  @Test("K32: a token endpoint that speaks no TLS newer than 1.1 gets not a byte of a refresh token")
  func oldTLS() async throws {
    let identity = try TestIdentity()
    for (newest, isAnswered) in [(TLSVersion.tlsv11, false), (.tlsv12, true)] {
      let server = try await FakeServer.start(tls: identity.server(newest: newest)) { _ in
        .answer(wire("200 OK", [], "{}"))
      }
      let answer = await post("https://localhost:\(server.port)/token", tls: identity.trusting)
      #expect(answer.isNotSent == !isAnswered, "\(answer)")
      #expect((server.receivedBytes > 0) == isAnswered)
      await server.stop()
    }
  }

  @Test(
    "K12 once a byte is written, anything but a whole answer is no answer",
    arguments: [
      FakeServer.Script.answerAndClose(""),
      .answerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{\"access_token\":"),
      .answerAndClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc\r\n"),
      .answerAndClose("HTTP/1.1 200 OK\r\nContent-Le"),
      .answer("SSH-2.0-nothing to see here\r\n\r\n"),
      .answer(wire("200 OK", [], String(repeating: "x", count: 70_000))),
      .stall,
    ])
  func noAnswer(script: FakeServer.Script) async throws {
    let server = try await FakeServer.start { _ in script }
    var deadline: Duration = if case .stall = script { .milliseconds(300) } else { .minutes(5) }
    var answer = await post(to: server, deadline: deadline)
    // On a busy machine the deadline may pass before the first byte.
    while answer.isNotSent, server.requests.isEmpty, deadline < .minutes(5) {
      deadline *= 2
      answer = await post(to: server, deadline: deadline)
    }
    #expect(answer.isNoAnswer, "\(answer)")
    #expect(server.requests.count == 1, "nothing is repeated")
  }

  @Test("K12 a page, an empty 200 and an error are answers, with status, date and Retry-After")
  func answers() async throws {
    let server = try await FakeServer.start { number in
      switch number {
      case 0: .answer(wire("200 OK", ["Content-Type: text/html"], "<html>sign in</html>"))
      case 1: .answer(wire())
      default:
        .answer(
          wire("503 Unavailable", ["retry-after: 7", "Date: Mon, 23 Nov 2026 16:00:00 GMT"], "{\"error\":\"x\"}"))
      }
    }
    #expect(await post(to: server) == .answer(.init(status: 200, body: Array("<html>sign in</html>".utf8))))
    #expect(await post(to: server) == .answer(.init(status: 200, body: [])))
    let refused = TokenEndpointAnswer.Answer(
      status: 503, retryAfter: "7", date: "Mon, 23 Nov 2026 16:00:00 GMT", body: Array("{\"error\":\"x\"}".utf8))
    #expect(await post(to: server) == .answer(refused))
    #expect(server.connections == 3, "each request has a fresh connection")
  }

  @Test("K12 a redirect is an answer and is not followed")
  func redirect() async throws {
    let other = try await FakeServer.start { _ in .answer(wire()) }
    let server = try await FakeServer.start { [port = other.port] _ in
      .answer(wire("307 Temporary Redirect", ["Location: http://127.0.0.1:\(port)/token"]))
    }
    guard case .answer(let answer) = await post(to: server) else {
      Issue.record("a redirect is an answer")
      return
    }
    #expect(answer.status == 307)
    #expect(other.connections == 0)
  }

  @Test("a request is a form with the client's authorization, and asks for JSON")
  func request() async throws {
    let server = try await FakeServer.start { _ in .answer(wire()) }
    _ = await post(to: server)
    let text = try #require(server.requests.first)
    #expect(text.hasPrefix("POST /token HTTP/1.1\r\n"))
    #expect(text.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"))
    #expect(text.contains("\r\nAccept: application/json\r\n"))
    #expect(text.contains("\r\nAuthorization: Basic aWQ6c2VjcmV0\r\n"))
    #expect(text.contains("\r\nConnection: close\r\n"))
    #expect(text.hasSuffix("\r\n\r\ngrant_type=refresh_token&refresh_token=evr_the%2Bone%2Fand%3Donly"))
  }

  @Test("what is said of a failure names no secret")
  func noSecrets() async throws {
    let server = try await FakeServer.start { _ in .answerAndClose("") }
    let url = "http://127.0.0.1:\(server.port)/token?key=evs_hidden"
    let answers = [await post(url), await post("http://127.0.0.1:\(try await freePort())/token?key=evs_hidden")]
    for answer in answers {
      let text = "\(answer)"
      #expect(!text.contains("evr_the") && !text.contains("evs_hidden") && !text.contains("aWQ6"), "\(text)")
    }
  }
}

extension TokenEndpointAnswer {
  fileprivate var isNotSent: Bool { if case .notSent = self { true } else { false } }
  fileprivate var isNoAnswer: Bool { if case .noAnswer = self { true } else { false } }
}
