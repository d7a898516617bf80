import NIOCore

/// Sees that no byte stands behind an answer: the parser would keep it to itself, as the beginning of an answer to the next
/// call on the channel, which may be another job's.
///
/// The last byte of each read is handed on by itself. If the answer has ended without it, it belongs to nothing.
final class AnswerEdge: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let connection: UpstreamConnection

  init(_ connection: UpstreamConnection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var last = unwrapInboundIn(data)
    if connection.awaitsBytes, let most = last.readSlice(length: last.readableBytes - 1), most.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(most))
    }
    if connection.awaitsBytes {
      context.fireChannelRead(wrapInboundOut(last))
    } else {
      connection.distrust()
    }
  }
}
