import Bridge
import Keeper
import Logging
import NIOCore
import NIOHTTP1
import Outbound
import Sockets
import Wire

/// Everything that the calls of one event loop share; touched on that loop alone, so nothing here is locked.
final class LoopPlane {
  let loop: any EventLoop
  let gateway: any Gateway
  let clock: WallClock
  let limits: ProxyLimits
  let logger: Logger
  private let callers: Callers
  let places: Places
  private let errandPlaces: Places
  let pool: UpstreamPool
  let bridges: BridgeMemory
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  private var ticking: RepeatedTask?
  private var drained: EventLoopPromise<Void>?
  /// Errands of the bridge that have not ended, those of jobs that have gone among them.
  private var errands = 0
  /// Whether the time of a drain is over, so that nothing more begins.
  private(set) var isOver = false

  init(
    loop: any EventLoop, gateway: any Gateway, clock: WallClock, limits: ProxyLimits, dialer: Dialer,
    places: Places, errandPlaces: Places? = nil, bridges: BridgeMemory? = nil, callers: Callers = .local,
    logger: Logger
  ) {
    self.loop = loop
    self.gateway = gateway
    self.clock = clock
    self.limits = limits
    pool = UpstreamPool(loop: loop, limits: limits, dialer: dialer)
    self.places = places
    self.errandPlaces = errandPlaces ?? Places(limits.errandPlaces)
    self.bridges = bridges ?? BridgeMemory(clock: clock)
    self.callers = callers
    self.logger = logger
  }

  var isDraining: Bool { drained != nil }

  /// Starts the clock that time-outs are counted by: one for all calls instead of a timer for each.
  func start() {
    let bound = NIOLoopBound(self, eventLoop: loop)
    let tick = TimeAmount(limits.tick)
    ticking = loop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in bound.value.tick() }
  }

  /// - Parameter own: the bridge's call at the other end of the channel, where it is no job.
  func serve(_ channel: any Channel, own: OwnCall? = nil) throws {
    let connection = ClientConnection(plane: self, own: own)
    let decoder = RequestDecoder(limits: limits) { [weak connection] in connection?.bytesArrived() }
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(ByteToMessageHandler(decoder, maximumBufferSize: RequestDecoder.bufferLimit(limits)))
    try pipeline.addHandler(connection)
  }

  /// Whose connection this is, as far as its address tells. A TLS proxy's address is everybody's.
  func caller(_ channel: any Channel) -> String? {
    if case .proxies = callers { nil } else { channel.remoteAddress?.caller }
  }

  func enter(_ connection: ClientConnection) { connections[ObjectIdentifier(connection)] = connection }

  func leave(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = nil
    endDrainIfDone()
  }

  /// - Returns: nil where as many are under way as may be, of that key or in all.
  func beginErrand(for key: String) -> Errand? {
    guard let ticket = errandPlaces.enter(as: key) else { return nil }
    errands += 1
    return Errand(ticket)
  }

  func end(_ errand: Errand) {
    errandPlaces.leave(errand.ticket)
    errands -= 1
    endDrainIfDone()
  }

  private func endDrainIfDone() {
    if connections.isEmpty, errands == 0 { drained?.succeed() }
  }

  /// Ends when the last connection and the last errand have; those still open when the time is over are cut.
  func drain(within time: TimeAmount) -> EventLoopFuture<Void> {
    let promise = drained ?? loop.makePromise(of: Void.self)
    drained = promise
    for connection in Array(connections.values) { connection.drain() }
    endDrainIfDone()
    let bound = NIOLoopBound(self, eventLoop: loop)
    let cut = loop.scheduleTask(in: time) {
      bound.value.isOver = true
      for connection in Array(bound.value.connections.values) { connection.cut() }
    }
    promise.futureResult.whenComplete { _ in
      cut.cancel()
      bound.value.ticking?.cancel()
      bound.value.pool.close()
    }
    return promise.futureResult
  }

  private func tick() {
    let now = loop.now
    for connection in Array(connections.values) { connection.tick(now) }
    pool.expire(now)
  }
}
