import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import NetworkKit
import Synchronization
import TestKit
import Testing
import Wire

@testable import Outbound

@Suite("Connecting to others")
struct DialerTests {
  /// Why no connection comes about; nil where one does.
  private func failure(
    _ origin: String, tls: ClientTLS = .http, within time: TimeAmount = .hours(1)
  ) async throws -> ConnectionFailure? {
    let origin = try #require(Origin(origin))
    do {
      try await Dialer(tls: tls).open(origin, deadline: .now() + time).close()
      return nil
    } catch {
      return error as? ConnectionFailure
    }
  }

  @Test("a port where nothing listens and a name without an address are told apart")
  func unreachable() async throws {
    #expect(try await failure("http://127.0.0.1:\(try await freePort())") == .refused)
    #expect(try await failure("https://no-such-name.invalid") == .unresolved)
  }

  @Test("there is no connection to who cannot prove the name, and it is told why")
  func insecure() async throws {
    let identity = try TestIdentity()
    let server = try await FakeServer.start(tls: identity.server) { _ in .answer(wire()) }
    let named = "https://localhost:\(server.port)"
    #expect(try await failure(named, tls: identity.trusting) == nil)
    #expect(try await failure(named) == .insecure(.untrusted))
    #expect(
      try await failure("https://127.0.0.1:\(server.port)", tls: identity.trusting) == .insecure(.wrongName))
    #expect(server.receivedBytes == 0)

    let old = try await FakeServer.start(tls: identity.server(newest: .tlsv11)) { _ in .answer(wire()) }
    guard
      case .insecure(.failed(let what)) = try await failure(
        "https://localhost:\(old.port)", tls: identity.trusting)
    else {
      Issue.record("TLS 1.1 did")
      return
    }
    #expect(what.contains("PROTOCOL") && !what.contains("/"), "\(what)")
  }

  @Test("a server that says nothing while TLS is set up is late, and one that ends the connection has ended it")
  func noHandshake() async throws {
    let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = silent.localAddress?.port ?? 0
    var time = TimeAmount.milliseconds(100), told: ConnectionFailure?
    // On a busy machine the time may be over before there is even a connection.
    repeat {
      time = time * 2
      told = try await failure("https://127.0.0.1:\(port)", within: time)
    } while told == .late && time < .minutes(1)
    #expect(told == .insecure(.late))
    try await silent.close()

    let ending = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(HangUp()) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let other = ending.localAddress?.port ?? 0
    #expect(try await failure("https://127.0.0.1:\(other)") == .insecure(.closed))
    try await ending.close()
  }

  @Test("where the roots cannot be loaded nothing is dialled, and that is what is told; once they can, it goes on")
  func roots() async throws {
    let identity = try TestIdentity()
    let server = try await FakeServer.start(tls: identity.server) { _ in .answer(wire()) }
    let folder = try TemporaryFolder(), file = folder.file("roots.pem")
    let tls = ClientTLS(roots: .file(file)), origin = "https://localhost:\(server.port)"
    let told = try await failure(origin, tls: tls)
    guard case .noRoots = told else {
      Issue.record("\(String(describing: told))")
      return
    }
    #expect(told?.description.contains("ca-certificates") == true)
    #expect(server.connections == 0)

    try "not a certificate".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try await failure(origin, tls: tls) == .noRoots("NO_CERTIFICATE_OR_CRL_FOUND"))
    try LoopbackCertificate.one.certificate.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try await failure(origin, tls: tls) == nil)
  }

  @Test(
    "the server is told the name that it is asked for, and never an address",
    arguments: [("localhost", SNIResult.hostname("localhost")), ("127.0.0.1", .fallback)])
  func serverName(host: String, told: SNIResult) async throws {
    let seen = Mutex<[SNIResult]>([])
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { child in
        let handler = ByteToMessageHandler(
          SNIHandler { name in
            seen.withLock { $0.append(name) }
            return child.close()
          })
        return child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(handler) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = server.localAddress?.port ?? 0
    #expect(try await failure("https://\(host):\(port)") != nil)
    #expect(seen.withLock(\.self) == [told])
    try await server.close()
  }

  @Test("what the system says is told as what it is")
  func system() {
    #expect(ConnectionFailure(IOError(errnoCode: ECONNREFUSED, reason: "connect")) == .refused)
    #expect(ConnectionFailure(IOError(errnoCode: ETIMEDOUT, reason: "connect")) == .late)
    #expect(ConnectionFailure(ChannelError.connectTimeout(.seconds(1))) == .late)
    #expect(ConnectionFailure(ConnectionFailure.unresolved) == .unresolved)
    let unreachable = IOError(errnoCode: ENETUNREACH, reason: "connect")
    #expect(ConnectionFailure(unreachable) == .broken(unreachable.description))
  }
}

/// Ends a connection with the first bytes that come.
private final class HangUp: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }
}
