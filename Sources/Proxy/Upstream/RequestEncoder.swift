import NIOCore
import NIOHTTP1

/// Writes requests to an upstream: a head whose bytes are ready, and a body framed anew.
///
/// The parts pass through NIO's response parser first, which must see the method to know whether an answer has a body.
final class RequestEncoder: ChannelOutboundHandler {
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = ByteBuffer

  private var head = ByteBuffer()
  private var isChunked = false

  /// Sets the bytes that the next head part stands for.
  func prepare(head: ByteBuffer, isChunked: Bool) {
    self.head = head
    self.isChunked = isChunked
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      context.write(wrapOutboundOut(head), promise: promise)
      head = ByteBuffer()
    case .body(.byteBuffer(let bytes)) where isChunked:
      guard bytes.readableBytes > 0 else {
        promise?.succeed()
        return
      }
      var size = context.channel.allocator.buffer(capacity: 16)
      size.writeChunkSize(bytes.readableBytes)
      context.write(wrapOutboundOut(size), promise: nil)
      context.write(wrapOutboundOut(bytes), promise: nil)
      context.write(wrapOutboundOut(ByteBuffer(staticString: "\r\n")), promise: promise)
    case .body(.byteBuffer(let bytes)): context.write(wrapOutboundOut(bytes), promise: promise)
    case .body(.fileRegion): promise?.fail(ChannelError.operationUnsupported)
    case .end where isChunked: context.write(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: promise)
    case .end: promise?.succeed()
    }
  }
}

extension ByteBuffer {
  init(staticString: StaticString) {
    self.init()
    writeStaticString(staticString)
  }

  mutating func writeChunkSize(_ count: Int) {
    writeString(String(count, radix: 16))
    writeStaticString("\r\n")
  }
}
