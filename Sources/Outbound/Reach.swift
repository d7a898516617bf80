import NIOCore
import Wire

/// Which addresses may be dialled.
package enum Reach: Sendable {
  case anywhere
  /// Those alone that anybody can reach, and none of this machine: for addresses that strangers name.
  case publicAddresses
}

/// Dials no address that is not public and none of this machine, whose open ports nobody should learn of, and closes a connection
/// that led to this machine all the same before a byte is sent: what keeps others from its ports may not keep it from its own. It
/// sees the address that is dialled, whatever the name was that led there.
final class PublicAddresses: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer

  private let own: () -> Set<IPAddress>

  /// - Parameter own: the addresses that this machine has now.
  init(own: @escaping () -> Set<IPAddress> = { PublicAddresses.ofThisMachine() }) { self.own = own }

  /// None where the system does not tell them.
  static func ofThisMachine() -> Set<IPAddress> {
    let devices = (try? System.enumerateDevices()) ?? []
    return Set(devices.compactMap { device in device.address?.ipAddress.flatMap { IPAddress($0) } })
  }

  func connect(context: ChannelHandlerContext, to address: SocketAddress, promise: EventLoopPromise<Void>?) {
    guard let dialled = address.ipAddress.flatMap({ IPAddress($0) }), dialled.isPublic, !own().contains(dialled) else {
      promise?.fail(ConnectionFailure.notPublic)
      context.close(promise: nil)
      return
    }
    let connected = context.eventLoop.makePromise(of: Void.self)
    connected.futureResult.assumeIsolated().whenComplete { result in
      // Whoever dials an address of his own comes from that address.
      guard case .success = result, context.localAddress?.ipAddress == address.ipAddress else {
        promise?.completeWith(result)
        return
      }
      promise?.fail(ConnectionFailure.notPublic)
      context.close(promise: nil)
    }
    context.connect(to: address, promise: connected)
  }
}
