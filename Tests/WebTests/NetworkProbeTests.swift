import Foundation
import Keeper
import NetworkKit
import Operator
import Outbound
import Testing
import Wire

@testable import Web

@Suite("doctor's look at an origin")
struct NetworkProbeTests {
  private func look(
    _ origin: String, tls: ClientTLS = .http, timeout: Duration = .seconds(120)
  ) async throws -> OriginSight {
    await NetworkProbe(tls: tls, timeout: timeout).look(at: try #require(Origin(origin)))
  }

  @Test("K30: one request without a credential, which is no token request, tells the clock")
  func answered() async throws {
    let server = try await FakeServer.start { _ in
      .answer("HTTP/1.1 405 No\r\nDate: Mon, 23 Nov 2026 16:00:00 GMT\r\n\r\n")
    }
    let sight = try await look("http://127.0.0.1:\(server.port)")
    #expect(sight == .answered(date: Timestamp(seconds: 1_795_449_600), certificateEnds: nil))
    #expect(server.requests.count == 1)
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("HEAD / HTTP/1.1\r\n"))
    for word in ["authorization", "cookie", "grant_type", "token"] { #expect(!request.lowercased().contains(word)) }
  }

  @Test("K30: a closed port, silence and a name without an address are told apart")
  func failures() async throws {
    #expect(try await look("http://127.0.0.1:\(try await freePort())") == .unreachable("nothing listens there"))
    #expect(try await look("https://no-such-name.invalid") == .unresolved)
    let server = try await FakeServer.start { _ in .stall }
    guard case .silent = try await look("http://127.0.0.1:\(server.port)", timeout: .seconds(5)) else {
      Issue.record("a server that never answers is silent")
      return
    }
  }

  @Test("K30: a certificate is checked by name and told how long it is good for")
  func certificates() async throws {
    let identity = try TestIdentity()
    let server = try await FakeServer.start(tls: identity.server) { _ in .answer("HTTP/1.1 204 No\r\n\r\n") }
    let untrusted = OriginSight.insecure("its certificate is not one that this machine trusts")
    #expect(try await look("https://localhost:\(server.port)") == untrusted)
    let wrongName = OriginSight.insecure("its certificate is for another name")
    #expect(try await look("https://127.0.0.1:\(server.port)", tls: identity.trusting) == wrongName)
    let rootless = try await look("https://localhost:\(server.port)", tls: ClientTLS(roots: .file("/nowhere")))
    guard case .insecure(let why) = rootless else {
      Issue.record("no certificate could be verified, and it was told as \(rootless)")
      return
    }
    #expect(why.contains("ca-certificates"))
    #expect(server.receivedBytes == 0)
    guard
      case .answered(nil, let ends?) = try await look("https://localhost:\(server.port)", tls: identity.trusting)
    else {
      Issue.record("the right name got no answer")
      return
    }
    #expect(ends > Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
  }
}
