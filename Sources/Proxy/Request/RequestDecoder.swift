import NIOCore
import NIOHTTP1

/// NIO's parser, made as strict as the data plane must be (K32) and watched for a head's first byte.
final class RequestDecoder: ByteToMessageDecoder {
  typealias InboundOut = HTTPServerRequestPart

  private let parser: HTTPRequestDecoder
  private let bytesArrived: () -> Void

  init(limits: ProxyLimits, bytesArrived: @escaping () -> Void) {
    var configuration = NIOHTTPDecoderLimitConfiguration()
    configuration.maxHeaderFieldSize = limits.headBytes
    configuration.maxHeaderListSize = limits.headBytes
    configuration.maxHeaderFieldCount = 100
    parser = HTTPRequestDecoder(limitConfiguration: configuration)
    self.bytesArrived = bytesArrived
  }

  /// The parser counts names and values only; blanks and line ends must not fill memory either.
  static func bufferLimit(_ limits: ProxyLimits) -> Int { 2 * limits.headBytes }

  func decoderAdded(context: ChannelHandlerContext) { parser.decoderAdded(context: context) }
  func decoderRemoved(context: ChannelHandlerContext) { parser.decoderRemoved(context: context) }

  func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    bytesArrived()
    return try parser.decode(context: context, buffer: &buffer)
  }

  func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
    try parser.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
  }
}
