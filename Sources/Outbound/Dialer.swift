import NIOCore
import NIOPosix

/// Opens connections to others: by TLS with the name checked, or plain.
package struct Dialer: Sendable {
  private let tls: ClientTLS
  private let reach: Reach
  private let names: NameLookups

  package init(tls: ClientTLS = .http, reach: Reach = .anywhere, names: NameLookups = .shared) {
    self.tls = tls
    self.reach = reach
    self.names = names
  }

  /// Connects. The channel is given out only once TLS stands, so nothing is written to a server that has not proved its name.
  ///
  /// - Parameters:
  ///   - time: for the name, the connection and TLS.
  ///   - party: on whose behalf the name is looked up; by default each name has its own turn.
  ///   - equip: adds what speaks over the connection. It is run once for each address that is tried.
  /// - Returns: the channel; it fails with a ``ConnectionFailure``.
  package func connect(
    to host: String, port: Int, isTLS: Bool, on loop: any EventLoop, within time: TimeAmount, of party: String? = nil,
    equip: @escaping @Sendable (any Channel) throws -> Void
  ) -> EventLoopFuture<any Channel> {
    do {
      if isTLS { try tls.prepare() }
    } catch {
      return loop.makeFailedFuture(error)
    }
    let deadline = NIODeadline.now() + time
    let resolver = NameResolver(names, of: party, on: loop)
    return ClientBootstrap(group: loop)
      .connectTimeout(max(.milliseconds(1), time))
      .resolver(resolver)
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
      .flatMapErrorThrowing { error in
        let failure = ConnectionFailure(error)
        throw failure == .late && !resolver.isDone ? ConnectionFailure.slowName : failure
      }
  }

  /// The same for an async caller, on any event loop.
  package func connect(
    to host: String, port: Int, isTLS: Bool, by deadline: NIODeadline, of party: String? = nil,
    equip: @escaping @Sendable (any Channel) throws -> Void
  ) async throws(ConnectionFailure) -> any Channel {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    do {
      return try await connect(
        to: host, port: port, isTLS: isTLS, on: loop, within: deadline - .now(), of: party, equip: equip
      ).get()
    } catch {
      throw ConnectionFailure(error)
    }
  }
}
