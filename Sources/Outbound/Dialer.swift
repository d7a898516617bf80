import NIOCore
import NIOPosix

/// Opens connections to others: by TLS with the name checked, or plain.
package struct Dialer: Sendable {
  private let tls: ClientTLS
  private let reach: Reach

  package init(tls: ClientTLS = .http, reach: Reach = .anywhere) {
    self.tls = tls
    self.reach = reach
  }

  /// Connects. The channel is given out only once TLS stands, so nothing is written to a server that has not proved its name.
  ///
  /// - Parameters:
  ///   - time: for both the connection and TLS.
  ///   - equip: adds what speaks over the connection. It is run once for each address that is tried.
  /// - Returns: the channel; it fails with a ``ConnectionFailure``.
  package func connect(
    to host: String, port: Int, isTLS: Bool, on loop: any EventLoop, within time: TimeAmount,
    equip: @escaping @Sendable (any Channel) throws -> Void
  ) -> EventLoopFuture<any Channel> {
    do {
      if isTLS { try tls.prepare() }
    } catch {
      return loop.makeFailedFuture(error)
    }
    let deadline = NIODeadline.now() + time
    return ClientBootstrap(group: loop)
      .connectTimeout(max(.milliseconds(1), time))
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { [tls, reach] channel in
        channel.eventLoop.makeCompletedFuture {
          if reach == .publicAddresses { try channel.pipeline.syncOperations.addHandler(PublicAddresses()) }
          if isTLS { _ = try tls.begin(on: channel, to: host) }
          try equip(channel)
        }
      }
      .connect(host: host, port: port)
      .flatMap { channel in
        guard isTLS else { return channel.eventLoop.makeSucceededFuture(channel) }
        do {
          let handshake = try channel.pipeline.syncOperations.handler(type: Handshake.self)
          return handshake.stands(by: deadline, on: channel).map { channel }
        } catch {
          return channel.eventLoop.makeFailedFuture(error)
        }
      }
      .flatMapErrorThrowing { throw ConnectionFailure($0) }
  }

  /// The same for an async caller, on any event loop.
  package func connect(
    to host: String, port: Int, isTLS: Bool, by deadline: NIODeadline,
    equip: @escaping @Sendable (any Channel) throws -> Void
  ) async throws(ConnectionFailure) -> any Channel {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    do {
      return try await connect(
        to: host, port: port, isTLS: isTLS, on: loop, within: deadline - .now(), equip: equip
      ).get()
    } catch {
      throw ConnectionFailure(error)
    }
  }
}
