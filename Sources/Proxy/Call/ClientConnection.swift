import NIOCore
import NIOHTTP1
import Sockets

/// A job's connection: takes one request after the other, and for each drives its call from head to record.
final class ClientConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let plane: LoopPlane
  /// The bridge's call that this connection is for, where no job is at its other end.
  let own: OwnCall?
  var call: Call?
  /// What was read beyond the request at hand; while anything is here, reading is held back.
  var waiting = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
  private(set) var context: ChannelHandlerContext?
  var readHeld = false
  /// True from a read to its end, at which all that goes to the upstream is flushed at once.
  private(set) var isReading = false
  var isWorkingThroughWaiting = false
  /// Bytes for the job that are written with the next flush.
  var outbound: ByteBuffer?
  var isClosing = false
  var isLingering = false
  private(set) var isHeadUnderWay = true
  var stopwatch = Stopwatch()
  var patience: Patience
  var place: HeldPlace

  init(plane: LoopPlane, own: OwnCall? = nil) {
    self.plane = plane
    self.own = own
    patience = plane.limits.patience
    place = HeldPlace(among: plane.places)
  }

  // MARK: The channel's events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    plane.enter(self)
    if let own {
      own.errand.calls(on: self)
      // It is part of a call that has its place, and ends with it.
      context.fireChannelActive()
      return
    }
    let bound = NIOLoopBound(self, eventLoop: plane.loop)
    let hasPlace = place.enter(from: plane.caller(context.channel)) { [loop = plane.loop] in
      loop.execute { bound.value.cut() }
    }
    if !hasPlace { refuseOutright(.connectionLimit) } else if plane.isDraining { cut() }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    place.jobLeaves()
    plane.leave(self)
    isClosing = true
    if let call { abandon(call, status: 499) }
    waiting.removeAll()
  }

  func read(context: ChannelHandlerContext) {
    if takesRequest { context.read() } else { readHeld = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if isClosing { return }
    isReading = true
    if !waiting.isEmpty || (call?.requestEnded ?? false) { waiting.append(part) } else { take(part) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    call?.upstream?.flush()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stopwatch.restart()
    if context.channel.isWritable { call?.upstream?.resumeReading() }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isClosing else { return }
    guard error is HTTPParserError || error is ByteToMessageDecoderError.PayloadTooLargeError else {
      context.close(promise: nil)
      return
    }
    if let call, call.requestEnded {
      // The fault is in what follows; the call at hand still gets its answer.
      call.keepsAlive = false
      waiting.removeAll()
      return
    }
    let isTooLarge =
      (error as? HTTPParserError) == .headerOverflow || error is ByteToMessageDecoderError.PayloadTooLargeError
    refuseOutright(isTooLarge ? .headTooLarge : .unreadable)
  }

  // MARK: The request

  func restorePatience() { patience = plane.limits.patience }

  /// Keeps this connection's place for the job of a key. The bridge's own connections have none.
  ///
  /// - Returns: whether that job may have one more.
  func belongs(to key: String) -> Bool { own != nil || place.keep(for: key) }

  func take(_ part: HTTPServerRequestPart) {
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
    guard let call else { return }
    patience.credit(bytes.readableBytes)
    switch call.phase {
    case .answered: return
    case .awaitingToken, .connecting: call.keep(bytes)
    case .calling:
      call.upstream?.write(bytes)
      keepForRepeat(bytes, of: call)
    case .replacing:
      keepForRepeat(bytes, of: call)
      if !call.isKeptWhole { passHeldAnswer(call) }
    case .bridging: keepForBridge(bytes, of: call)
    }
  }

  private func keepForRepeat(_ bytes: ByteBuffer, of call: Call) {
    guard call.isKeptWhole else { return }
    if call.kept.readableBytes + bytes.readableBytes > plane.limits.keptBody {
      call.stopKeeping()
    } else {
      call.keep(bytes)
    }
  }

  private func takeEnd() {
    guard let call else { return }
    call.requestEnded = true
    switch call.phase {
    case .awaitingToken, .connecting: return
    case .calling: call.upstream?.endRequest()
    case .replacing: repeatIfReady(call)
    case .bridging: answerByBridge(call)
    case .answered: conclude(call)
    }
  }

  /// Whether more of a request may be read now.
  private var takesRequest: Bool {
    guard waiting.isEmpty else { return false }
    guard let call, !call.requestEnded else { return true }
    if call.isForUnknownKey { return false }
    switch call.phase {
    case .awaitingToken, .connecting, .replacing: return call.kept.readableBytes <= plane.limits.keptBody
    case .calling: return call.upstream?.takesMore ?? true
    case .bridging, .answered: return true
    }
  }

  func resumeReading() {
    guard readHeld, takesRequest, let context else { return }
    readHeld = false
    context.read()
  }

  /// Tells that bytes have come. Where no call is under way they begin a head, and its time runs from now.
  func bytesArrived() {
    guard call == nil, !isHeadUnderWay else { return }
    isHeadUnderWay = true
    stopwatch.restart()
  }
}
