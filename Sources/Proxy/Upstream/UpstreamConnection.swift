import Keeper
import NIOCore
import NIOHTTP1
import Sockets

/// The call that an upstream channel is working for.
protocol UpstreamUser: AnyObject {
  /// Whether the answer may be read on; false while the job is slow to take it.
  var takesAnswer: Bool { get }
  func upstreamAnswered(_ head: HTTPResponseHead)
  func upstreamAnswered(_ body: ByteBuffer)
  /// The answer has ended whole, and with nothing behind it.
  func upstreamEnded()
  /// All that one read brought has been handed over.
  func upstreamPaused()
  /// The channel is gone before the answer's end.
  func upstreamLost(_ end: UpstreamConnection.EarlyEnd)
  /// More of the request's body may be written.
  func upstreamTakesMore()
}

/// One channel to an upstream, used by one call at a time.
final class UpstreamConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  /// How a channel ended before its answer did.
  enum EarlyEnd: Equatable {
    /// Ended by the other side, or broken.
    case closed
    /// Something came before the request could have been read: it is nobody's answer.
    case outOfTurn
    /// What came is no HTTP answer, or only a part of one.
    case malformed
  }

  let encoder = RequestEncoder()
  let line: UpstreamLine
  private(set) var restingSince = NIODeadline.uptimeNanoseconds(0)
  /// Whether an earlier call was served: then the other side may have given the channel up without our knowing.
  private(set) var isReused = false
  private var user: (any UpstreamUser)?
  private let pool: UpstreamPool
  private var context: ChannelHandlerContext?
  private var earlyEnd: EarlyEnd?
  private var isAsked = false
  private var isToHead = false
  private var hasBody = false
  private var requestEnded = false
  private var answerEnded = false
  private var answerKeepsAlive = true
  private var readHeld = false

  init(line: UpstreamLine, pool: UpstreamPool) {
    self.line = line
    self.pool = pool
  }

  /// Whether what is read now belongs to an answer.
  var awaitsBytes: Bool { user != nil && isAsked && !answerEnded }
  var isUsable: Bool { context?.channel.isActive ?? false }
  var takesMore: Bool { context?.channel.isWritable ?? false }
  /// Whether the answer's framing lets another call follow on this channel.
  var canServeAgain: Bool { answerEnded && answerKeepsAlive && earlyEnd == nil && isUsable }

  /// Begins a call: the head's bytes, with everything in them.
  func begin(for user: any UpstreamUser, method: HTTPMethod, head: ByteBuffer, body: BodyFraming) {
    self.user = user
    isAsked = false
    isToHead = method == .HEAD
    hasBody = body != .none
    requestEnded = false
    answerEnded = false
    answerKeepsAlive = true
    encoder.prepare(head: head, isChunked: body == .chunked)
    let part = HTTPRequestHead(version: .http1_1, method: method, uri: "/")
    context?.write(wrapOutboundOut(.head(part)), promise: nil)
  }

  func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
  func endRequest() {
    requestEnded = true
    context?.write(wrapOutboundOut(.end(nil)), promise: nil)
  }
  func flush() {
    context?.flush()
    if !isAsked, user != nil { pool.asks(self) }
  }

  /// From now on what comes may be an answer.
  func awaitsAnswer() { isAsked = true }

  /// Lets go of the call. The channel is kept only if both messages ended whole; else it is closed.
  func release(requestEnded: Bool) {
    user = nil
    if requestEnded, canServeAgain {
      resumeReading()
      pool.give(self)
    } else {
      close()
    }
  }

  func rest(since moment: NIODeadline) {
    restingSince = moment
    isReused = true
  }

  func close() {
    user = nil
    context?.close(promise: nil)
  }

  /// Reads on, if reading was held back for a slow job.
  func resumeReading() {
    guard readHeld, let context else { return }
    readHeld = false
    context.read()
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func read(context: ChannelHandlerContext) {
    if user?.takesAnswer ?? true { context.read() } else { readHeld = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let user, !answerEnded else {
      distrust(.malformed)
      return
    }
    switch unwrapInboundIn(data) {
    case .head(let head):
      let isSent = requestEnded && context.isFlushed
      guard isSent || hasBody else {
        distrust(.outOfTurn)
        return
      }
      // A refusal may come before the end of a body; where the two sides stand after it is not known.
      answerKeepsAlive = head.isKeepAlive && isSent && !isBodyInDoubt(head)
      user.upstreamAnswered(head)
    case .body(let bytes): user.upstreamAnswered(bytes)
    case .end: answerEnded = earlyEnd == nil
    }
  }

  /// Whether an answer that has no body, by the request or by its status, tells of one: the other side may send it (RFC
  /// 9112 section 6.3).
  private func isBodyInDoubt(_ head: HTTPResponseHead) -> Bool {
    guard isToHead || head.status == .noContent || head.status == .notModified else { return false }
    return head.headers.contains(name: "transfer-encoding")
      || head.headers.first(name: "content-length").map { $0 != "0" } ?? false
  }

  /// Gives the channel up after bytes that nobody asked for: whose answer they are cannot be known.
  func distrust() { distrust(user == nil || isAsked ? .malformed : .outOfTurn) }

  private func distrust(_ end: EarlyEnd) {
    earlyEnd = end
    context?.close(promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Only here is it known that no byte stood behind the answer.
    if answerEnded, let user {
      user.upstreamEnded()
    } else {
      user?.upstreamPaused()
    }
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { user?.upstreamTakesMore() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    let user = user
    self.user = nil
    guard let user else { return }
    if answerEnded { user.upstreamEnded() } else { user.upstreamLost(earlyEnd ?? .closed) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if earlyEnd == nil {
      switch error {
      case is HTTPParserError, is NIOHTTPDecoderError, is ByteToMessageDecoderError.PayloadTooLargeError:
        earlyEnd = .malformed
      // An end without TLS's own goodbye too, which is common at rest. An answer that had begun is cut all the same.
      default: earlyEnd = .closed
      }
    }
    context.close(promise: nil)
  }
}

extension ChannelHandlerContext {
  /// Whether everything that was written has left.
  fileprivate var isFlushed: Bool { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 == 0 }
}
