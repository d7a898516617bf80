import Keeper
import KeeperKit
import NIOCore
import NIOPosix
import NIOSSL
import NetworkKit
import Outbound
import TestKit
import Testing
import Wire

@testable import Proxy

/// What an upstream must prove before it gets a byte.
@Suite(.timeLimit(.minutes(5))) struct UpstreamTLSTests {
  @Test("K32: an upstream that speaks no TLS newer than 1.1 gets not a byte of a request")
  func oldUpstream() async throws {
    let identity = try TestIdentity()
    for (newest, status) in [(TLSVersion.tlsv11, 502), (.tlsv12, 200)] {
      let tls = try identity.server(newest: newest)
      try await ProxyWorld.run(tls: tls, trusting: identity.trusting, upstreamHost: "localhost") { world in
        let answer = try await world.call(request())
        #expect(answer.status == status)
        #expect(world.upstream.seen.count == (status == 200 ? 1 : 0))
      }
    }
  }

  @Test("K22: an https upstream that is not who it should be gets no token")
  func upstreamIsVerified() async throws {
    let identity = try TestIdentity(), tls = identity.server
    try await ProxyWorld.run(tls: tls, trusting: identity.trusting, upstreamHost: "localhost") { world in
      let answer = try await world.call(request())
      #expect(answer.status == 200)
      #expect(world.upstream.seen.first?.field("authorization") == "Bearer eva_1")
    }
    try await ProxyWorld.run(tls: tls, trusting: identity.trusting, upstreamHost: "127.0.0.1") { world in
      let answer = try await world.call(request())
      #expect(answer.status == 502)
      #expect(answer.body.contains("its certificate is for another name"))
      #expect(world.upstream.seen.isEmpty)
    }
    try await ProxyWorld.run(tls: tls, upstreamHost: "localhost") { world in
      let answer = try await world.call(request())
      #expect(answer.status == 502)
      #expect(answer.body.contains("its certificate is not one that this machine trusts"))
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("an upstream with which TLS does not come about, or not in time, was sent nothing, and the job is told so")
  func noTLS() async throws {
    // One ends the connection at bytes that are no request, the other never says anything.
    let silent = try await ServerBootstrap(group: ProxyWorld.group).bind(host: "127.0.0.1", port: 0).get()
    var limits = ProxyLimits.patient
    for port in [nil, silent.localAddress?.port] {
      if port != nil { limits.connectTime = .milliseconds(60) }
      try await ProxyWorld.run(limits: limits) { world in
        let origin = try #require(Origin("https://127.0.0.1:\(port ?? world.upstream.port)"))
        world.gateway.change {
          $0.route = Route(origin: origin, tokenFaults: [], unauthorizedPrecedesProcessing: true)
        }
        for method in ["GET", "POST"] {
          let answer = try await world.call(request(method, body: method == "POST" ? "{}" : nil))
          #expect(answer.status == 502)
          #expect(answer.body.contains("upstream_unreachable") && answer.body.contains("nothing was sent"))
        }
        #expect(world.upstream.seen.isEmpty)
      }
    }
    try await silent.close()
  }

  @Test("where the certificates that verify upstreams cannot be loaded, the data plane does not begin to listen")
  func noRoots() async throws {
    let server = ProxyServer(
      gateway: FakeGateway(origin: "https://api.example.org"), clock: VirtualTime().clock, host: "127.0.0.1", port: 0,
      limits: ProxyLimits(), logger: .silent, threads: 1,
      tls: ClientTLS(roots: .file("/nowhere/roots.pem")))
    let failure = await #expect(throws: ProxyStartFailure.self) { try await server.bind() }
    #expect(failure?.description.contains("install the package ca-certificates") == true)
  }
}
