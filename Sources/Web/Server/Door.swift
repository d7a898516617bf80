import NIOCore
import NIOHTTP1
import Sockets

/// What a site grants to those who connect.
struct DoorLimits: Sendable, Equatable {
  /// From a head's first byte to its last.
  var headTime = Duration.seconds(10)
  /// How far a body may fall behind `leastBodyRate`.
  var bodyPatience = Duration.seconds(10)
  /// Bytes in a second.
  var leastBodyRate = 1024
  /// From the last byte of the last answer until the connection is closed, whatever still comes.
  var lingerTime = Duration.seconds(2)
  /// All of them may be loose, since loose ones make room for each other and for whoever has sent a whole request.
  var places = Places.Limits(all: 500, loose: 500, looseOfAddress: 100, ofHolder: 100)

  /// Fewer where the process may have few descriptors open.
  func fitting(_ descriptors: Int) -> DoorLimits {
    var limits = self
    let all = min(places.all, max(16, descriptors / 8))
    limits.places.all = all
    limits.places.loose = min(places.loose, all)
    return limits
  }
}

/// One connection's way into a site: its place among the others, and the time that its requests may take to come (K32).
///
/// It stands behind the parser. It keeps its place while a whole request is worked on. Otherwise the place is loose, and a
/// newcomer may take it from a connection that is slow or silent.
final class Door: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum Hearing {
    /// Nothing of a request is there.
    case nothing
    /// For how long a head has been coming.
    case head(Duration)
    case body(Patience)
  }

  private static let tick = Duration.seconds(1)

  private let limits: DoorLimits
  private let places: Places
  private var ticket: Places.Ticket?
  private var hearing = Hearing.head(.zero)
  private var turns = Turns()
  /// Requests that have come whole and are not answered yet.
  private var working = 0
  private var isReading = false
  /// For how long the last answer has been out; nil before.
  private var lingering: Duration?
  private var ticking: RepeatedTask?

  init(_ limits: DoorLimits, _ places: Places) {
    self.limits = limits
    self.places = places
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    ticket = places.enter(from: channel.remoteAddress?.caller) { channel.close(promise: nil) }
    let bound = NIOLoopBound((door: self, context: context), eventLoop: context.eventLoop)
    ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: TimeAmount(Self.tick), delay: TimeAmount(Self.tick))
    {
      _ in bound.value.door.ticks(bound.value.context)
    }
    if ticket == nil, channel.isActive { refuse(.serviceUnavailable, context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    ticking?.cancel()
    if let ticket { places.leave(ticket) }
    ticket = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    if ticket == nil { refuse(.serviceUnavailable, context) }
  }

  /// Bytes have come that are not read yet.
  func bytesCame() { if case .nothing = hearing, !turns.lastCame { hearing = .head(.zero) } }

  func read(context: ChannelHandlerContext) {
    isReading = true
    context.read()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    context.fireChannelReadComplete()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      hearing = .body(Patience(limits.bodyPatience, rate: limits.leastBodyRate))
      turns.begin(head)
      askForBody(context)
    case .body(let bytes):
      turns.bodyCame()
      if case .body(var patience) = hearing {
        patience.credit(bytes.readableBytes)
        hearing = .body(patience)
      }
    case .end:
      hearing = .nothing
      let isAnswered = turns.isAnsweredEarly
      turns.end()
      guard !isAnswered else { break }
      working += 1
      if let ticket, !places.keep(ticket, for: context.channel.remoteAddress?.caller) {
        refuse(.serviceUnavailable, context)
        return
      }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !turns.areOver else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head where turns.isAnsweredEarly:
      // The rest of the request cannot be read. A second answer to it would be taken for that to the next.
      turns.finish()
      lingering = .zero
      promise?.fail(ChannelError.ioOnClosedChannel)
    case .head(var head) where turns.endsWithAnswer && head.status.code >= 200:
      head.headers.replaceOrAdd(name: "Connection", value: "close")
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .head, .body: context.write(data, promise: promise)
    case .end:
      if working > 0 {
        working -= 1
        if working == 0, let ticket { places.loosen(ticket) }
      }
      turns.answered()
      if turns.areOver {
        last(data, context, promise)
      } else {
        context.write(data, promise: promise)
        askForBody(context)
      }
    }
  }

  /// Writes the last that is said on this connection. What still comes is read for a moment, so that the answer is not lost with
  /// it.
  private func last(_ data: NIOAny, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    let channel = context.channel
    let said = context.eventLoop.makePromise(of: Void.self)
    said.futureResult.cascade(to: promise)
    said.futureResult.assumeIsolated().whenSuccess { [self] _ in
      lingering = .zero
      channel.close(mode: .output, promise: nil)
    }
    context.write(data, promise: said)
  }

  private func askForBody(_ context: ChannelHandlerContext) {
    guard turns.asksForBody() else { return }
    let head = HTTPResponseHead(version: .http1_1, status: .continue)
    context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
  }

  private func ticks(_ context: ChannelHandlerContext) {
    if let lingered = lingering.map({ $0 + Self.tick }) {
      lingering = lingered
      if lingered > limits.lingerTime { context.close(promise: nil) }
      return
    }
    switch hearing {
    case .nothing: return
    case .head(let waited):
      hearing = .head(waited + Self.tick)
      if waited + Self.tick > limits.headTime { refuse(.requestTimeout, context) }
    case .body(var patience):
      guard isReading else { return }
      let isLeft = patience.outlasts(Self.tick)
      hearing = .body(patience)
      if !isLeft { refuse(.requestTimeout, context) }
    }
  }

  /// Ends the connection, with an answer of ours where none is under way or out.
  private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
    hearing = .nothing
    if working == 0, !turns.isAnsweredEarly {
      let fields: HTTPHeaders = ["Content-Length": "0", "Connection": "close", "Retry-After": "1"]
      context.write(
        wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: fields))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
    context.close(promise: nil)
  }
}

/// Tells a ``Door`` of bytes before the parser has made anything of them.
final class DoorBell: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let door: Door

  init(_ door: Door) { self.door = door }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    door.bytesCame()
    context.fireChannelRead(data)
  }
}
