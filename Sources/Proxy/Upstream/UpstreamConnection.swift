import NIOCore
import NIOHTTP1
import NIOSSL

/// The call that an upstream channel is working for.
protocol UpstreamUser: AnyObject {
  /// Whether the answer may be read on, or the job is behind with taking it.
  var takesAnswer: Bool { get }
  func upstreamAnswered(_ head: HTTPResponseHead)
  func upstreamAnswered(_ body: ByteBuffer)
  /// The answer has ended whole, and with nothing behind it.
  func upstreamEnded()
  /// What was read at once has been handed over.
  func upstreamPaused()
  /// The channel is gone before the answer's end.
  func upstreamLost(_ loss: UpstreamConnection.Loss)
  /// More of the request's body may be written.
  func upstreamTakesMore()
}

/// One channel to an upstream, used by one call at a time.
final class UpstreamConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  /// How a channel was lost before the end of an answer.
  enum Loss: Equatable {
    /// Ended by the other side, or broken; nothing of an answer had come.
    case closed
    /// TLS was not established or the certificate not believed, so nothing was sent.
    case untrusted(String)
    /// What came is no HTTP answer, or only a part of one.
    case malformed
  }

  let encoder = RequestEncoder()
  private(set) var restingSince = NIODeadline.uptimeNanoseconds(0)
  /// Whether an earlier call was served: then the other side may have given the channel up without our knowing.
  private(set) var isReused = false
  private var user: (any UpstreamUser)?
  private let pool: UpstreamPool
  private var context: ChannelHandlerContext?
  private var loss: Loss?
  private var answerEnded = false
  private var answerKeepsAlive = true
  private var readHeld = false

  init(pool: UpstreamPool) { self.pool = pool }

  /// Whether what is read now belongs to an answer.
  var awaitsBytes: Bool { user != nil && !answerEnded }
  var isUsable: Bool { context?.channel.isActive ?? false }
  var takesMore: Bool { context?.channel.isWritable ?? false }
  /// Whether the answer's framing lets another call follow on this channel.
  var canServeAgain: Bool { answerEnded && answerKeepsAlive && loss == nil && isUsable }

  /// Begins a call: the head's bytes, with everything in them.
  func begin(for user: any UpstreamUser, method: HTTPMethod, head: ByteBuffer, isChunked: Bool) {
    self.user = user
    answerEnded = false
    answerKeepsAlive = true
    encoder.prepare(head: head, isChunked: isChunked)
    let part = HTTPRequestHead(version: .http1_1, method: method, uri: "/")
    context?.write(wrapOutboundOut(.head(part)), promise: nil)
  }

  func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
  func endRequest() { context?.write(wrapOutboundOut(.end(nil)), promise: nil) }
  func flush() { context?.flush() }

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
      distrust()
      return
    }
    switch unwrapInboundIn(data) {
    case .head(let head):
      answerKeepsAlive = head.isKeepAlive
      user.upstreamAnswered(head)
    case .body(let bytes): user.upstreamAnswered(bytes)
    case .end: answerEnded = loss == nil
    }
  }

  /// Gives the channel up after bytes that nobody asked for: whose answer they are cannot be known.
  func distrust() {
    loss = .malformed
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
    if let user {
      if answerEnded { user.upstreamEnded() } else { user.upstreamLost(loss ?? .closed) }
    } else {
      pool.forget(self)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if loss == nil {
      switch error {
      case is HTTPParserError, is NIOHTTPDecoderError, is ByteToMessageDecoderError.PayloadTooLargeError:
        loss = .malformed
      // An end without TLS's own goodbye: common at rest, and told from a cut answer by what the parser says.
      case NIOSSLError.uncleanShutdown: loss = .closed
      case NIOSSLError.handshakeFailed, is NIOSSLExtraError: loss = .untrusted("\(error)")
      default: loss = .closed
      }
    }
    context.close(promise: nil)
  }
}
