import Keeper
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Sockets
import Synchronization

/// Opens connections to an origin: TLS with the name checked, or plain to loopback.
final class Dialer: Sendable {
  private let configuration: TLSConfiguration
  private let tls = Mutex<NIOSSLContext?>(nil)

  init(configuration: TLSConfiguration = .makeClientConfiguration()) { self.configuration = configuration }

  /// Connects and leaves an ``ExchangeHandler`` at the end of the pipeline; a TLS handshake may still be under way.
  func open(_ origin: Origin, deadline: NIODeadline) async throws(OutboundFailure) -> any Channel {
    do {
      let tls = origin.isTLS ? try context() : nil
      return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(max(.milliseconds(1), deadline - .now()))
        .channelOption(.socketOption(.so_keepalive), value: 1)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls {
              let name = Self.isAddress(origin.host) ? nil : origin.host
              try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
            }
            try pipeline.addHTTPClientHandlers()
            try pipeline.addHandler(ExchangeHandler(isTLS: tls != nil))
          }
        }
        .connect(host: origin.host, port: origin.port).get()
    } catch {
      throw .notSent(Self.reason(error))
    }
  }

  /// Reading the system's roots takes a moment, so it is done once, and only if TLS is needed.
  private func context() throws -> NIOSSLContext {
    try tls.withLock { made in
      if let made { return made }
      let context = try configuration.context()
      made = context
      return context
    }
  }

  static let unresolved = "its name does not resolve"

  private static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError where error.connectionErrors.isEmpty: unresolved
    case let error as NIOConnectionError:
      error.connectionErrors.contains { ($0.error as? IOError)?.errnoCode == ECONNREFUSED }
        ? "nothing listens there" : "no connection in time"
    case ChannelError.connectTimeout: "no connection in time"
    case let error as IOError: error.description
    default: "\(type(of: error))"
    }
  }
}

extension Channel {
  /// Sends one request over this connection and waits for the whole answer.
  ///
  /// - Parameters:
  ///   - endsWithCaller: whether the exchange is broken off when the task is cancelled. A token request is not: its answer may
  ///     hold the only refresh token that there is (K8).
  ///   - lateness: why nothing may be sent any more, asked right before the first byte leaves.
  func exchange(
    _ request: OutboundRequest, deadline: NIODeadline, bodyLimit: Int, keptFor: TimeAmount?, endsWithCaller: Bool,
    lateness: @escaping @Sendable () -> String? = { nil }
  ) async throws(OutboundFailure) -> OutboundResponse {
    let answer = eventLoop.makePromise(of: OutboundResponse.self)
    let exchange = Exchange(
      request: request, deadline: deadline, bodyLimit: bodyLimit, keptFor: keptFor,
      lateness: lateness, answer: answer)
    // The handler accepts every exchange it sees; a write that fails has met a connection already closed.
    writeAndFlush(exchange).whenFailure { _ in
      answer.fail(OutboundFailure.notSent("the connection has been closed"))
    }
    do {
      return try await withTaskCancellationHandler {
        try await answer.futureResult.get()
      } onCancel: {
        if endsWithCaller { close(promise: nil) }
      }
    } catch let failure as OutboundFailure {
      throw failure
    } catch {
      throw .noAnswer("the connection failed (\(type(of: error)))")
    }
  }
}
