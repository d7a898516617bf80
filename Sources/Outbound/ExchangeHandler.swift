import NIOCore
import NIOHTTP1

/// Runs exchanges over one connection, one at a time, and knows of each whether a byte of it has left.
final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Exchange
  typealias OutboundOut = HTTPClientRequestPart

  private enum State {
    /// Next: `answering` with an exchange, `closed` when it has been idle too long or the other side closes.
    case idle
    /// The request is written. Next: `idle` or `closed` with the end of the answer.
    case answering(Exchange, Partial)
    case closed
  }

  private struct Partial {
    var head: HTTPResponseHead?
    var body = ByteBuffer()
  }

  private var state = State.idle
  private var timer: Scheduled<Void>?
  private var isFlushed = true

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let exchange = unwrapOutboundIn(data)
    promise?.succeed()
    switch state {
    case .idle: begin(exchange, context)
    case .answering: exchange.answer.fail(OutboundFailure.notSent("the connection is in use"))
    case .closed: exchange.answer.fail(OutboundFailure.notSent("the connection has been closed"))
    }
  }

  private func begin(_ exchange: Exchange, _ context: ChannelHandlerContext) {
    if let reason = exchange.lateness() {
      timer?.cancel()
      state = .closed
      exchange.answer.fail(OutboundFailure.notSent(reason))
      return context.close(promise: nil)
    }
    state = .answering(exchange, Partial())
    setTimer(context, exchange.deadline) { $0.fail("no whole answer in time") }
    isFlushed = false
    context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
    if let body = exchange.request.body, !body.isEmpty {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    }
    let flushed = context.eventLoop.makePromise(of: Void.self)
    flushed.futureResult.assumeIsolated().whenSuccess { self.isFlushed = true }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: flushed)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .answering(let exchange, var partial) = state else {
      // Bytes that nobody asked for: this connection cannot be trusted with another exchange.
      return fail("unexpected bytes", context)
    }
    switch unwrapInboundIn(data) {
    case .head(let head): partial.head = head
    case .body(var part):
      guard partial.body.readableBytes + part.readableBytes <= exchange.bodyLimit else {
        return fail("the answer is longer than \(exchange.bodyLimit) bytes", context)
      }
      partial.body.writeBuffer(&part)
    case .end: return finish(exchange, partial, context)
    }
    state = .answering(exchange, partial)
  }

  private func finish(_ exchange: Exchange, _ partial: Partial, _ context: ChannelHandlerContext) {
    guard let head = partial.head else { return fail("the answer has no status line", context) }
    timer?.cancel()
    if let kept = exchange.keptFor, head.isKeepAlive, isFlushed {
      state = .idle
      setTimer(context, .now() + kept) { $0.fail("idle") }
    } else {
      state = .closed
      context.close(promise: nil)
    }
    exchange.answer.succeed(
      OutboundResponse(
        status: Int(head.status.code), headers: head.headers, body: Array(partial.body.readableBytesView)))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(Self.reason(error), context) }

  func channelInactive(context: ChannelHandlerContext) {
    fail("the connection was closed", context)
    context.fireChannelInactive()
  }

  /// Ends the connection, and the exchange that is on it by how far it has come.
  private func fail(_ reason: String, _ context: ChannelHandlerContext) {
    timer?.cancel()
    let was = state
    state = .closed
    switch was {
    case .answering(let exchange, let partial):
      exchange.answer.fail(OutboundFailure.noAnswer(reason, answerBegan: partial.head != nil))
    case .idle: break
    case .closed: return
    }
    context.close(promise: nil)
  }

  private func setTimer(_ context: ChannelHandlerContext, _ deadline: NIODeadline, _ act: @escaping (Ending) -> Void) {
    timer?.cancel()
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    timer = context.value.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      act(Ending(handler: self, context: context.value))
    }
  }

  private struct Ending {
    var handler: ExchangeHandler
    var context: ChannelHandlerContext
    func fail(_ reason: String) { handler.fail(reason, context) }
  }

  /// A short reason that quotes nothing of what was sent.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case is HTTPParserError: "the answer is not well-formed HTTP, or ended too early"
    case let error as IOError: error.description
    default: TLSFault(error)?.description ?? "the connection failed (\(type(of: error)))"
    }
  }
}
