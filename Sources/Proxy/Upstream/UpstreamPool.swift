import Keeper
import NIOCore
import NIOHTTP1
import Outbound

/// One event loop's channels to upstreams: those at rest, by what they are for, and the way to open more.
final class UpstreamPool {
  private let loop: any EventLoop
  private let limits: ProxyLimits
  private let dialer: Dialer
  private var lines: [UpstreamUse: UpstreamLine] = [:]
  private var resting = 0
  /// The channels whose request was written since the loop last looked for bytes.
  private var asking: [UpstreamConnection] = []
  private var isClosed = false

  init(loop: any EventLoop, limits: ProxyLimits, dialer: Dialer) {
    self.loop = loop
    self.limits = limits
    self.dialer = dialer
  }

  /// A channel for this use that has been at rest long enough for stray bytes to have shown themselves.
  func take(_ use: UpstreamUse) -> UpstreamConnection? {
    guard let line = lines[use] else { return nil }
    while let connection = line.takeRested(since: loop.now - TimeAmount(limits.restTime)) {
      resting -= 1
      if connection.isUsable { return connection }
    }
    return nil
  }

  /// Takes back a channel on which both messages have ended whole. Where there are too many, the one goes that has been at
  /// rest the longest, whatever it is for.
  func give(_ connection: UpstreamConnection) {
    guard !isClosed, connection.isUsable, limits.pooledConnections > 0 else {
      connection.close()
      return
    }
    connection.rest(since: loop.now)
    connection.line.put(connection)
    resting += 1
    if resting > limits.pooledConnections, let eldest { end(eldest) }
  }

  private var eldest: UpstreamConnection? {
    lines.values.compactMap(\.eldest).min { $0.restingSince < $1.restingSince }
  }

  private func end(_ connection: UpstreamConnection) {
    if connection.line.remove(connection) { resting -= 1 }
    connection.close()
  }

  private func closed(on line: UpstreamLine) {
    line.closed()
    if line.open == 0 { lines[line.use] = nil }
  }

  func expire(_ now: NIODeadline) {
    let oldest = now - TimeAmount(limits.pooledTime)
    for line in Array(lines.values) {
      while let connection = line.eldest, connection.restingSince < oldest { end(connection) }
    }
  }

  /// Closes what is at rest; what is in use is closed when it comes back.
  func close() {
    isClosed = true
    closeResting()
  }

  func closeResting() {
    for line in Array(lines.values) {
      while let connection = line.eldest { end(connection) }
    }
  }

  /// Notes that a request has just been written. What was in the socket by then is read before the loop comes to its tasks
  /// and is no answer; an answer comes later.
  func asks(_ connection: UpstreamConnection) {
    if asking.isEmpty {
      loop.assumeIsolated().execute { [self] in
        for connection in asking { connection.awaitsAnswer() }
        asking.removeAll(keepingCapacity: true)
      }
    }
    asking.append(connection)
  }

  /// Opens a channel. For https the name in the certificate is verified first.
  func connect(_ use: UpstreamUse, _ done: @escaping (Result<UpstreamConnection, ConnectionFailure>) -> Void) {
    let line = lines[use] ?? UpstreamLine(use)
    lines[use] = line
    line.opens()
    let bound = NIOLoopBound((pool: self, line: line), eventLoop: loop)
    let origin = use.origin, time = TimeAmount(limits.connectTime)
    dialer.connect(to: origin.host, port: origin.port, isTLS: origin.isTLS, on: loop, within: time) { channel in
      try bound.value.pool.equip(channel, for: bound.value.line)
    }
    .flatMapThrowing { channel in
      (
        channel,
        NIOLoopBound(
          try channel.pipeline.syncOperations.handler(type: UpstreamConnection.self), eventLoop: bound.eventLoop)
      )
    }
    .assumeIsolated()
    .whenComplete { [self] result in
      switch result {
      case .success(let (channel, connection)):
        channel.closeFuture.assumeIsolated().whenComplete { _ in
          if line.remove(connection.value) { self.resting -= 1 }
          self.closed(on: line)
        }
        done(.success(connection.value))
      case .failure(let error):
        closed(on: line)
        done(.failure(ConnectionFailure(error)))
      }
    }
  }

  func equip(_ channel: any Channel, for line: UpstreamLine) throws {
    let pipeline = channel.pipeline.syncOperations
    let connection = UpstreamConnection(line: line, pool: self)
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
