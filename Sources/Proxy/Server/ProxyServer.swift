import Bridge
import Keeper
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Outbound
import ServiceLifecycle
import Sockets
import Synchronization
import Wire

/// The keeper's data plane: jobs call `/via/{connection}/…` with an API key, and the call goes on with a live token.
package struct ProxyServer: Service {
  private let gateway: any Gateway
  private let clock: WallClock
  private let host: String
  private let port: Int
  private let limits: ProxyLimits
  private let logger: Logger
  private let threads: Int
  private let callers: Callers
  private let tls: ClientTLS
  private let bridges: BridgeMemory

  /// - Parameters:
  ///   - host: a loopback address, unless `callers` says how else what is sent is protected (K31).
  ///   - port: 0 takes any free one.
  ///   - tls: how upstreams are called.
  ///   - bridges: what the bridges of this process share, of all its data planes; nil where this is the only one.
  package init(
    gateway: any Gateway, clock: WallClock, host: String, port: Int, limits: ProxyLimits, logger: Logger, threads: Int,
    callers: Callers = .local, tls: ClientTLS = .http, bridges: BridgeMemory? = nil
  ) {
    self.gateway = gateway
    self.clock = clock
    self.host = host
    self.port = port
    self.limits = limits
    self.logger = logger
    self.threads = threads
    self.callers = callers
    self.tls = tls
    self.bridges = bridges ?? BridgeMemory(clock: clock)
  }

  /// Listens and serves until it is told to stop.
  package func run() async throws { try await bind().run() }

  /// Begins to listen; calls are served from here on.
  ///
  /// - Throws: `ProxyStartFailure`, which says what to do.
  package func bind() async throws -> BoundProxy {
    let address = try DataPlaneAddress(host: host, port: port, for: callers)
    do { try tls.prepare() } catch { throw ProxyStartFailure.noTrustRoots(error) }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
    do {
      let limits = limits.fitting(Descriptors.limit, loops: max(1, threads))
      let places = Places(limits.places), errandPlaces = Places(limits.errandPlaces)
      var planes: [ObjectIdentifier: NIOLoopBound<LoopPlane>] = [:]
      for loop in group.makeIterator() {
        planes[ObjectIdentifier(loop)] = try await loop.submit { [gateway, clock, tls, callers, bridges, logger] in
          let plane = LoopPlane(
            loop: loop, gateway: gateway, clock: clock, limits: limits, dialer: Dialer(tls: tls), places: places,
            errandPlaces: errandPlaces, bridges: bridges, callers: callers, logger: logger)
          plane.start()
          return NIOLoopBound(plane, eventLoop: loop)
        }.get()
      }
      let channel = try await listen(on: address.socket, group: group, planes: planes) { [planes] in
        places.displaceSome()
        for (_, plane) in planes { plane.eventLoop.execute { plane.value.pool.closeResting() } }
      }
      guard let port = channel.localAddress?.port else {
        throw ProxyStartFailure.cannotListen(host: host, port: port, reason: "it was closed at once")
      }
      logger.info("data plane listens", metadata: ["listen.host": "\(host)", "listen.port": "\(port)"])
      return BoundProxy(
        port: port, channel: channel, planes: Array(planes.values), group: group, drainTime: limits.drainTime,
        tls: callers.tls, clock: clock, logger: logger)
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// - Throws: ``ProxyStartFailure`` where nobody may listen on that address for them (K31).
  package static func requireAddress(_ host: String, for callers: Callers) throws(ProxyStartFailure) {
    _ = try DataPlaneAddress(host: host, port: 0, for: callers)
  }

  private func listen(
    on address: SocketAddress, group: MultiThreadedEventLoopGroup, planes: [ObjectIdentifier: NIOLoopBound<LoopPlane>],
    shortage: @escaping @Sendable () -> Void
  ) async throws -> any Channel {
    do {
      return try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 1024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .serverChannelInitializer { [logger] channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
              AcceptWatch("data plane", logger: logger, shortage: shortage))
          }
        }
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { [callers] channel in
          channel.eventLoop.makeCompletedFuture {
            guard callers.admit(channel.remoteAddress) else { throw ChannelError.ioOnClosedChannel }
            if let tls = callers.tls {
              try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
            }
            guard let plane = planes[ObjectIdentifier(channel.eventLoop)]?.value else { throw ChannelError.eof }
            try plane.serve(channel)
          }
        }
        .bind(to: address).get()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw ProxyStartFailure.portTaken(host: host, port: port)
    } catch {
      throw ProxyStartFailure.cannotListen(host: host, port: port, reason: "\(error)")
    }
  }
}

/// A data plane that listens.
package final class BoundProxy: Service {
  package let port: Int
  private let channel: any Channel
  private let planes: [NIOLoopBound<LoopPlane>]
  private let group: MultiThreadedEventLoopGroup
  private let drainTime: Duration
  private let tls: ServerTLS?
  private let clock: WallClock
  private let logger: Logger
  private let isStopped = Atomic(false)

  init(
    port: Int, channel: any Channel, planes: [NIOLoopBound<LoopPlane>], group: MultiThreadedEventLoopGroup,
    drainTime: Duration, tls: ServerTLS?, clock: WallClock, logger: Logger
  ) {
    self.port = port
    self.channel = channel
    self.planes = planes
    self.group = group
    self.drainTime = drainTime
    self.tls = tls
    self.clock = clock
    self.logger = logger
  }

  /// How often the certificate's files are looked at for a renewal.
  private static let renewalInterval = Duration.seconds(10)

  /// Serves until a graceful shutdown, then ends as `stop()` does.
  package func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      if let tls {
        group.addTask { [clock, logger] in
          while (try? await clock.sleep(Self.renewalInterval)) != nil { tls.follow(logger) }
        }
      }
      try? await gracefulShutdown()
      group.cancelAll()
    }
    await stop()
  }

  /// Takes no new connection, lets the calls under way end within the time limit, and closes everything.
  package func stop() async {
    guard !isStopped.exchange(true, ordering: .relaxed) else { return }
    try? await channel.close()
    await withTaskGroup(of: Void.self) { group in
      for plane in planes {
        group.addTask { [drainTime] in try? await plane.drain(within: drainTime) }
      }
    }
    try? await group.shutdownGracefully()
  }
}

extension NIOLoopBound where Value == LoopPlane {
  fileprivate func drain(within time: Duration) async throws {
    try await eventLoop.flatSubmit { value.drain(within: TimeAmount(time)) }.get()
  }
}
