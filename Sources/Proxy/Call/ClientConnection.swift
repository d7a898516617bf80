import Keeper
import Logging
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
  private var waiting = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
  private(set) var context: ChannelHandlerContext?
  private var readHeld = false
  /// True from a read to its end, at which all that goes to the upstream is flushed at once.
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
  /// What the bridge does for the call at hand, or still does for the call that the job has left.
  private var errand: Errand?
  private var isGone = false
  /// The key whose job this connection is, once one was accepted.
  private var holder = ""

  init(plane: LoopPlane, own: OwnCall? = nil) {
    self.plane = plane
    self.own = own
    patience = plane.limits.patience
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
    ticket = plane.places.enter(from: plane.caller(context.channel)) { [loop = plane.loop] in
      loop.execute { bound.value.cut() }
    }
    if ticket == nil { refuseOutright(.connectionLimit) } else if plane.isDraining { cut() }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isGone = true
    leavePlace()
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

  /// Keeps this connection's place for the job of a key.
  ///
  /// - Returns: whether that job may have one more.
  func belongs(to key: String) -> Bool {
    if holder == key || own != nil { return true }
    guard let ticket, plane.places.keep(ticket, for: key) else { return false }
    holder = key
    return true
  }

  /// Keeps this connection's place for an errand too, until that has ended.
  func begin(_ errand: Errand) {
    self.errand = errand
    plane.beginErrand()
  }

  func endErrand() {
    errand = nil
    plane.endErrand()
    leavePlace()
  }

  /// Gives the place back, once the job has gone and nothing more is done for it.
  private func leavePlace() {
    guard isGone, errand == nil, let ticket else { return }
    self.ticket = nil
    plane.places.leave(ticket)
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

  /// Answers a call with a refusal of our own.
  func refuse(_ refusal: Refusal, _ call: Call) {
    own?.refusal = refusal
    if refusal.closes || (!call.requestEnded && !canDiscardRest(of: call)) { call.keepsAlive = false }
    call.status = refusal.status
    var bytes = ByteBuffer()
    refusal.write(to: &bytes, isHead: call.isHead, keepAlive: call.keepsAlive)
    write(bytes)
    ended(call)
  }

  /// Whether the rest of a request is read and thrown away: its body is short, and the job sends it without our leave.
  private func canDiscardRest(of call: Call) -> Bool {
    guard let fields = call.fields, !fields.expectsContinue, case .length(let length) = fields.framing else {
      return call.fields?.framing == BodyFraming.none
    }
    return length <= plane.limits.keptBody
  }

  /// Takes note of an answer that is written whole, and goes on when the request has ended too.
  func ended(_ call: Call) {
    call.phase = .answered
    call.kept = ByteBuffer()
    call.held = nil
    record(call)
    flush()
    if call.requestEnded {
      conclude(call)
    } else if call.keepsAlive {
      resumeReading()
    } else {
      linger()
    }
  }

  private func conclude(_ call: Call) {
    guard self.call === call else { return }
    self.call = nil
    if !call.keepsAlive || plane.isDraining {
      linger()
      return
    }
    workThroughWaiting()
  }

  private func workThroughWaiting() {
    guard !isWorkingThroughWaiting else { return }
    isWorkingThroughWaiting = true
    while call?.requestEnded != true, let part = waiting.popFirst() { take(part) }
    isWorkingThroughWaiting = false
    call?.upstream?.flush()
    resumeReading()
  }

  private func record(_ call: Call) {
    guard call.isCall else { return }
    plane.gateway.record(
      CallRecord(
        key: call.keyName, connection: call.connection, method: call.method.rawValue,
        path: call.template, token: call.token?.version, answer: call.answer, status: call.status,
        at: call.at, duration: .nanoseconds((plane.loop.now - call.began).nanoseconds)))
  }

  // MARK: The end

  /// Gives up a call whose answer cannot be completed.
  func abandon(_ call: Call, status: Int) {
    guard self.call === call else { return }
    self.call = nil
    errand?.giveUp()
    call.upstream?.release(requestEnded: false)
    call.upstream = nil
    guard call.phase != .answered else { return }
    call.status = status
    record(call)
  }

  /// Cuts the connection, so that the job sees that its answer is not whole.
  func cut() {
    isClosing = true
    if let call { abandon(call, status: 502) }
    context?.close(promise: nil)
  }

  /// Ends an idle connection at once, a busy one after its call. The bridge's own has one call and ends by itself.
  func drain() {
    if let call { call.keepsAlive = false } else if own == nil { cut() }
  }

  /// Answers where there is no whole request, malformed or too slow, and closes the connection.
  private func refuseOutright(_ refusal: Refusal) {
    if let call {
      if call.answerBegun || call.phase == .answered {
        cut()
        return
      }
      abandon(call, status: refusal.status)
    }
    own?.refusal = refusal
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
    call = nil
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
    if let call, call.isForUnknownKey { return lookForKey(of: call, at: now) }
    if let call, call.isPending, endsUnlessAllowed(call) { return }
    if let call, isHearing(call), !patience.outlasts(plane.limits.tick) {
      refuseOutright(.bodyTooSlow)
      return
    }
    if let waited { ends(after: waited) }
  }

  /// Whether more of the request's body is waited for, and nobody but the job delays it.
  private func isHearing(_ call: Call) -> Bool {
    !call.requestEnded && !readHeld && !isClosing && !call.isAwaitingLeave
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
    guard let call else {
      if isHeadUnderWay {
        if waited > limits.headTime { refuseOutright(.headTooSlow) }
      } else if waited > limits.idle {
        cut()
      }
      return
    }
    if isHearing(call) { return }
    switch call.phase {
    case .awaitingToken, .replacing:
      if waited > limits.tokenWait { tokenIsLate(call) }
    case .calling:
      if waited > limits.answerTime { answerIsLate(call) }
    // What the bridge waits for are calls with limits of their own.
    case .connecting, .bridging, .answered: return
    }
  }
}
