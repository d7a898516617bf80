import Keeper
import Logging
import NIOCore
import NIOHTTP1
import Sockets

/// A job's connection: takes one request after the other, and for each drives its exchange from head to record.
final class ClientConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let plane: LoopPlane
  var exchange: Call?
  /// What was read beyond the request at hand; while anything is here, reading is held back.
  private var waiting = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
  private(set) var context: ChannelHandlerContext?
  private var readHeld = false
  /// Between a read and its end: what goes to an upstream is flushed then, all at once.
  private(set) var isReading = false
  private var isWorkingThroughWaiting = false
  /// Bytes for the job that are written with the next flush.
  private var outbound: ByteBuffer?
  private var isClosing = false
  private var isLingering = false
  private var isHeadUnderWay = true
  private var stopwatch = Stopwatch()
  private var patience: Patience
  private var ticket: Places.Ticket?
  /// The key whose job this connection is, once one was accepted.
  private var holder = ""

  init(plane: LoopPlane) {
    self.plane = plane
    patience = plane.limits.patience
  }

  // MARK: The channel's events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    plane.enter(self)
    let bound = NIOLoopBound(self, eventLoop: plane.loop)
    ticket = plane.places.enter(from: plane.caller(context.channel)) { [loop = plane.loop] in
      loop.execute { bound.value.cut() }
    }
    if ticket == nil { refuseOutright(.connectionLimit) } else if plane.isDraining { cut() }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let ticket { plane.places.leave(ticket) }
    plane.leave(self)
    isClosing = true
    if let exchange { abandon(exchange, status: 499) }
    waiting.removeAll()
  }

  func read(context: ChannelHandlerContext) {
    if takesRequest { context.read() } else { readHeld = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if isClosing { return }
    isReading = true
    if !waiting.isEmpty || (exchange?.requestEnded ?? false) { waiting.append(part) } else { take(part) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    exchange?.upstream?.flush()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stopwatch.restart()
    if context.channel.isWritable { exchange?.upstream?.resumeReading() }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isClosing else { return }
    guard error is HTTPParserError || error is ByteToMessageDecoderError.PayloadTooLargeError else {
      context.close(promise: nil)
      return
    }
    if let exchange, exchange.requestEnded {
      // The fault is in what follows; the call at hand still gets its answer.
      exchange.keepsAlive = false
      waiting.removeAll()
      return
    }
    let isTooLarge =
      (error as? HTTPParserError) == .headerOverflow || error is ByteToMessageDecoderError.PayloadTooLargeError
    refuseOutright(isTooLarge ? .headTooLarge : .unreadable)
  }

  // MARK: The request

  func restorePatience() { patience = plane.limits.patience }

  /// Keeps this connection's place for the job of a key.
  ///
  /// - Returns: whether that job may have one more.
  func belongs(to key: String) -> Bool {
    if holder == key { return true }
    guard let ticket, plane.places.keep(ticket, for: key) else { return false }
    holder = key
    return true
  }

  private func take(_ part: HTTPServerRequestPart) {
    stopwatch.restart()
    switch part {
    case .head(let head):
      isHeadUnderWay = false
      restorePatience()
      begin(head)
    case .body(let bytes): takeBody(bytes)
    case .end: takeEnd()
    }
  }

  private func takeBody(_ bytes: ByteBuffer) {
    guard let exchange else { return }
    patience.credit(bytes.readableBytes)
    switch exchange.phase {
    case .answered: return
    case .awaitingToken, .connecting: exchange.keep(bytes)
    case .calling:
      exchange.upstream?.write(bytes)
      keepForRepeat(bytes, of: exchange)
    case .replacing:
      keepForRepeat(bytes, of: exchange)
      if !exchange.isKeptWhole { passHeldAnswer(exchange) }
    }
  }

  private func keepForRepeat(_ bytes: ByteBuffer, of exchange: Call) {
    guard exchange.isKeptWhole else { return }
    if exchange.kept.readableBytes + bytes.readableBytes > plane.limits.keptBody {
      exchange.stopKeeping()
    } else {
      exchange.keep(bytes)
    }
  }

  private func takeEnd() {
    guard let exchange else { return }
    exchange.requestEnded = true
    switch exchange.phase {
    case .awaitingToken, .connecting: return
    case .calling: exchange.upstream?.endRequest()
    case .replacing: repeatIfReady(exchange)
    case .answered: conclude(exchange)
    }
  }

  /// Whether more of a request may be read now.
  private var takesRequest: Bool {
    guard waiting.isEmpty else { return false }
    guard let exchange, !exchange.requestEnded else { return true }
    if exchange.isForUnknownKey { return false }
    switch exchange.phase {
    case .awaitingToken, .connecting, .replacing: return exchange.kept.readableBytes <= plane.limits.keptBody
    case .calling: return exchange.upstream?.takesMore ?? true
    case .answered: return true
    }
  }

  func resumeReading() {
    guard readHeld, takesRequest, let context else { return }
    readHeld = false
    context.read()
  }

  /// The first byte of something has come.
  func bytesArrived() {
    guard exchange == nil, !isHeadUnderWay else { return }
    isHeadUnderWay = true
    stopwatch.restart()
  }

  // MARK: The answer

  func write(_ bytes: ByteBuffer) {
    // Small pieces leave in one write with the head; large ones are not copied.
    if outbound != nil, bytes.readableBytes <= 8192 {
      outbound?.writeImmutableBuffer(bytes)
      return
    }
    writeOutbound()
    if bytes.readableBytes <= 8192 { outbound = bytes } else { context?.write(wrapOutboundOut(bytes), promise: nil) }
  }

  private func writeOutbound() {
    guard let bytes = outbound else { return }
    outbound = nil
    context?.write(wrapOutboundOut(bytes), promise: nil)
  }

  func flush() {
    stopwatch.restart()
    writeOutbound()
    context?.flush()
  }

  /// Answers a call by ourselves.
  func refuse(_ refusal: Refusal, _ exchange: Call) {
    if refusal.closes || (!exchange.requestEnded && !canDiscardRest(of: exchange)) { exchange.keepsAlive = false }
    exchange.status = refusal.status
    var bytes = ByteBuffer()
    refusal.write(to: &bytes, isHead: exchange.isHead, keepAlive: exchange.keepsAlive)
    write(bytes)
    ended(exchange)
  }

  /// A job that still sends, and was not waiting for our leave, is heard out if it soon ends.
  private func canDiscardRest(of exchange: Call) -> Bool {
    guard let fields = exchange.fields, !fields.expectsContinue, case .length(let length) = fields.framing else {
      return exchange.fields?.framing == BodyFraming.none
    }
    return length <= plane.limits.keptBody
  }

  /// Takes note of an answer that is written whole, and goes on when the request has ended too.
  func ended(_ exchange: Call) {
    exchange.phase = .answered
    exchange.kept = ByteBuffer()
    exchange.held = nil
    record(exchange)
    flush()
    if exchange.requestEnded {
      conclude(exchange)
    } else if exchange.keepsAlive {
      resumeReading()
    } else {
      linger()
    }
  }

  private func conclude(_ exchange: Call) {
    guard self.exchange === exchange else { return }
    self.exchange = nil
    if !exchange.keepsAlive || plane.isDraining {
      linger()
      return
    }
    workThroughWaiting()
  }

  private func workThroughWaiting() {
    guard !isWorkingThroughWaiting else { return }
    isWorkingThroughWaiting = true
    while exchange?.requestEnded != true, let part = waiting.popFirst() { take(part) }
    isWorkingThroughWaiting = false
    exchange?.upstream?.flush()
    resumeReading()
  }

  private func record(_ exchange: Call) {
    guard exchange.isCall else { return }
    plane.gateway.record(
      CallRecord(
        key: exchange.keyName, connection: exchange.connection, method: exchange.method.rawValue,
        path: exchange.template, token: exchange.token?.version, answer: exchange.answer, status: exchange.status,
        at: exchange.at, duration: .nanoseconds((plane.loop.now - exchange.began).nanoseconds)))
  }

  // MARK: The end

  /// Gives a call up whose answer cannot be brought to an end.
  func abandon(_ exchange: Call, status: Int) {
    guard self.exchange === exchange else { return }
    self.exchange = nil
    exchange.upstream?.release(requestEnded: false)
    exchange.upstream = nil
    guard exchange.phase != .answered else { return }
    exchange.status = status
    record(exchange)
  }

  /// Cuts the connection, so that the job sees that its answer is not whole.
  func cut() {
    isClosing = true
    if let exchange { abandon(exchange, status: 502) }
    context?.close(promise: nil)
  }

  /// Ends an idle connection at once, a busy one after its call.
  func drain() {
    if let exchange { exchange.keepsAlive = false } else { cut() }
  }

  /// Answers something that is no request, and closes.
  private func refuseOutright(_ refusal: Refusal) {
    if let exchange {
      if exchange.answerBegun || exchange.phase == .answered {
        cut()
        return
      }
      abandon(exchange, status: refusal.status)
    }
    var bytes = ByteBuffer()
    refusal.write(to: &bytes, isHead: false, keepAlive: false)
    write(bytes)
    flush()
    linger()
  }

  /// Ends our side and reads on for a moment: closing on unread bytes would reset the connection under our answer.
  private func linger() {
    guard let context, !isClosing else { return }
    isClosing = true
    isLingering = true
    exchange = nil
    stopwatch.restart()
    waiting.removeAll()
    let bound = NIOLoopBound(context, eventLoop: plane.loop)
    let last = plane.loop.makePromise(of: Void.self)
    last.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: last)
    if readHeld {
      readHeld = false
      context.read()
    }
  }

  // MARK: Time

  func tick(_ now: NIODeadline) {
    let waited = stopwatch.read(now)
    if let exchange, exchange.isForUnknownKey { return lookForKey(of: exchange, at: now) }
    if let exchange, exchange.isPending, endsUnlessAllowed(exchange) { return }
    if let exchange, isHearing(exchange), !patience.outlasts(plane.limits.tick) {
      refuseOutright(.bodyTooSlow)
      return
    }
    if let waited { ends(after: waited) }
  }

  /// Whether more of the request's body is waited for, and by nobody's fault but the job's.
  private func isHearing(_ exchange: Call) -> Bool {
    !exchange.requestEnded && !readHeld && !isClosing && !exchange.isAwaitingLeave
      && context?.channel.isWritable == true
  }

  /// Ends what has lasted too long with nothing happening.
  private func ends(after waited: Duration) {
    let limits = plane.limits
    if isLingering {
      if waited > limits.lingerTime { context?.close(promise: nil) }
      return
    }
    if let context, !context.channel.isWritable {
      if waited > limits.clientStall { cut() }
      return
    }
    guard let exchange else {
      if isHeadUnderWay {
        if waited > limits.headTime { refuseOutright(.headTooSlow) }
      } else if waited > limits.idle {
        cut()
      }
      return
    }
    if isHearing(exchange) { return }
    switch exchange.phase {
    case .awaitingToken, .replacing:
      if waited > limits.tokenWait { tokenIsLate(exchange) }
    case .calling:
      if waited > limits.answerTime { answerIsLate(exchange) }
    case .connecting, .answered: return
    }
  }
}
