import Foundation
import NetworkKit
import NIOSSL
import TestKit
import Testing
import Wire

@testable import Proxy

/// Jobs on other machines (K31).
struct RemoteTests {
  /// A certificate for localhost and its key, as files.
  private struct Pair {
    let folder: TemporaryFolder
    let certificate: String
    let key: String

    init(_ identity: LoopbackCertificate = .one) throws {
      folder = try TemporaryFolder()
      self.certificate = folder.path + "/certificate.pem"
      self.key = folder.path + "/key.pem"
      try identity.certificate.write(toFile: self.certificate, atomically: true, encoding: .utf8)
      try identity.key.write(toFile: self.key, atomically: true, encoding: .utf8)
    }

    func load(at now: Timestamp = WallClock.system.now()) throws(ServerTLS.Failure) -> ServerTLS {
      try ServerTLS(certificate: certificate, key: key, clock: VirtualTime(start: now).clock)
    }

    /// What believes this certificate and no other.
    func trust(newest: TLSVersion? = nil) throws -> NIOSSLContext {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.maximumTLSVersion = newest
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificate))
      return try NIOSSLContext(configuration: configuration)
    }

    func replace(by other: Pair) throws {
      for (from, to) in [(other.certificate, certificate), (other.key, key)] {
        try FileManager.default.removeItem(atPath: to)
        try FileManager.default.copyItem(atPath: from, toPath: to)
      }
    }
  }

  private func status(_ world: ProxyWorld, trusting tls: NIOSSLContext?) async throws -> Int {
    let client = try await RawClient.connect(port: world.proxy.port, tls: tls)
    defer { client.close() }
    try await client.send(request())
    return try await client.answer().status
  }

  @Test("K31: jobs on other machines call by TLS, as those on this one do in plain, and in plain they get nothing")
  func tls() async throws {
    let pair = try Pair()
    try await ProxyWorld.run(callers: .remote(try pair.load())) { world in
      let client = try await RawClient.connect(port: world.proxy.port, tls: try pair.trust())
      for number in 1...3 {
        try await client.send(request("POST", body: String(repeating: "x", count: number * 40_000)))
        #expect(try await client.answer().status == 200)
      }
      client.close()
      #expect(world.upstream.seen.count == 3)
      await #expect(throws: (any Error).self) { try await status(world, trusting: nil) }
      #expect(world.upstream.seen.count == 3)
    }
  }

  @Test("K32: a job that speaks no TLS newer than 1.1 is not heard")
  func oldTLS() async throws {
    let pair = try Pair()
    try await ProxyWorld.run(callers: .remote(try pair.load())) { world in
      #expect(try await status(world, trusting: try pair.trust(newest: .tlsv12)) == 200)
      let old = try pair.trust(newest: .tlsv11)
      await #expect(throws: (any Error).self) { try await status(world, trusting: old) }
      #expect(world.upstream.seen.count == 1)
    }
  }

  @Test("K31: a certificate that was renewed is shown to the next caller, and one that is broken is not")
  func renewed() async throws {
    let pair = try Pair(), first = try pair.trust(), next = try Pair(.other)
    let tls = try pair.load()
    try await ProxyWorld.run(callers: .remote(tls)) { world in
      try "nothing of the kind".write(toFile: pair.certificate, atomically: true, encoding: .utf8)
      tls.follow(.silent)
      #expect(try await status(world, trusting: first) == 200)
      try pair.replace(by: next)
      tls.follow(.silent)
      #expect(try await status(world, trusting: try next.trust()) == 200)
      await #expect(throws: (any Error).self) { try await status(world, trusting: first) }
    }
  }

  @Test(
    "K31: a certificate that is over, not begun, torn or of another key is refused in a sentence that says what to do")
  func refused() async throws {
    let pair = try Pair(), other = try Pair(.other)
    func failure(_ load: () throws -> ServerTLS) -> ServerTLS.Failure? {
      do { _ = try load() } catch { return error as? ServerTLS.Failure }
      return nil
    }
    for now in [Timestamp(seconds: 0), Timestamp(seconds: 6_000_000_000)] {
      #expect(failure { try pair.load(at: now) }?.description.contains("Renew it") == true)
    }
    let torn = try Pair(
      LoopbackCertificate(certificate: String(LoopbackCertificate.one.certificate.prefix(200)), key: "nothing"))
    #expect(failure { try torn.load() } == .noCertificate(torn.certificate))
    let pairs: [(key: String, failure: ServerTLS.Failure)] = [
      (other.key, .wrongKey(certificate: pair.certificate, key: other.key)), (torn.key, .noKey(torn.key)),
      ("/nowhere/key.pem", .unreadable("/nowhere/key.pem")),
    ]
    for (key, expected) in pairs {
      #expect(
        failure { try ServerTLS(certificate: pair.certificate, key: key, clock: WallClock.system) } == expected)
    }
  }

  @Test(
    "K31: behind a TLS proxy that proxy alone is let in",
    arguments: ["127.0.0.1", "::ffff:127.0.0.1", "0:0:0:0:0:FFFF:7f00:1", "192.0.2.1"])
  func proxies(_ address: String) async throws {
    let known = try #require(IPAddress(address))
    try await ProxyWorld.run(callers: .proxies([known])) { world in
      let answered = try? await status(world, trusting: nil)
      #expect(answered == (address == "192.0.2.1" ? nil : 200))
      #expect(world.upstream.seen.count == (answered == nil ? 0 : 1))
    }
  }
}
