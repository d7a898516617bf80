import NIOCore
import Wire

/// Which addresses may be dialled.
package enum Reach: Sendable {
  case anywhere
  /// Those alone that anybody can reach: for addresses that strangers name.
  case publicAddresses
}

/// Dials no address that is not public. It sees the address that is dialled, whatever the name was that led there.
final class PublicAddresses: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer

  func connect(context: ChannelHandlerContext, to address: SocketAddress, promise: EventLoopPromise<Void>?) {
    guard let dialled = address.ipAddress.flatMap({ IPAddress($0) }), dialled.isPublic else {
      promise?.fail(ConnectionFailure.notPublic)
      context.close(promise: nil)
      return
    }
    context.connect(to: address, promise: promise)
  }
}
