import Keeper
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One event loop's channels to one origin: those at rest, and the way to open more.
final class UpstreamPool {
  let origin: Origin
  /// The origin in words, for answers and logs.
  let name: String
  /// The `Host` line of every request to this origin.
  let hostLine: String
  private let loop: any EventLoop
  private let limits: ProxyLimits
  private let tls: NIOSSLContext?
  private var idle: [UpstreamConnection] = []
  private var isClosed = false

  init(origin: Origin, loop: any EventLoop, limits: ProxyLimits, tls: NIOSSLContext) {
    self.origin = origin
    self.loop = loop
    self.limits = limits
    self.tls = origin.isTLS ? tls : nil
    name = origin.description
    hostLine = "host: \(origin.authority)\r\n"
  }

  /// A channel at rest, the one used last first.
  func take() -> UpstreamConnection? {
    while let connection = idle.popLast() {
      if connection.isUsable { return connection }
    }
    return nil
  }

  /// Takes back a channel on which both messages have ended whole.
  func give(_ connection: UpstreamConnection) {
    guard !isClosed, connection.isUsable, idle.count < limits.pooledConnections else {
      connection.close()
      return
    }
    connection.rest(since: loop.now)
    idle.append(connection)
  }

  func forget(_ connection: UpstreamConnection) { idle.removeAll { $0 === connection } }

  func expire(_ now: NIODeadline) {
    let oldest = now - TimeAmount(limits.pooledTime)
    // The longest at rest stand first.
    while let connection = idle.first, connection.restingSince < oldest {
      idle.removeFirst()
      connection.close()
    }
  }

  func close() {
    isClosed = true
    let connections = idle
    idle = []
    for connection in connections { connection.close() }
  }

  /// Opens a channel; for https the name in the certificate is verified before a byte of a request leaves.
  func connect(_ done: @escaping (Result<UpstreamConnection, any Error>) -> Void) {
    let connection = UpstreamConnection(pool: self)
    let bound = NIOLoopBound((connection: connection, done: done), eventLoop: loop)
    let serverName = isAddress(origin.host) ? nil : origin.host
    ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(limits.connectTime))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { [tls] channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls {
            try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: serverName))
          }
          let connection = bound.value.connection
          try pipeline.addHandler(connection.encoder)
          try pipeline.addHandler(AnswerEdge(connection))
          var heads = NIOHTTPDecoderLimitConfiguration()
          heads.maxHeaderFieldSize = 64 * 1024
          heads.maxHeaderListSize = 64 * 1024
          try pipeline.addHandler(
            ByteToMessageHandler(
              HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: heads),
              maximumBufferSize: 128 * 1024))
          try pipeline.addHandler(connection)
        }
      }
      .connect(host: origin.host, port: origin.port)
      .whenComplete { result in bound.value.done(result.map { _ in bound.value.connection }) }
  }

  private func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }
}
