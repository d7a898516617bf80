import NIOCore
import NIOTLS

/// Tells whether TLS stands on a new connection. What goes wrong before it does is told here and to no other handler.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let stands: EventLoopPromise<Void>
  private var isOver = false

  init(on loop: any EventLoop) { stands = loop.makePromise() }

  /// Done when the server has proved its name; fails with a ``ConnectionFailure`` if it does not, or not by the deadline.
  func stands(by deadline: NIODeadline, on channel: any Channel) -> EventLoopFuture<Void> {
    let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
    let timer = channel.eventLoop.scheduleTask(deadline: deadline) {
      bound.value.end(.late)
      channel.close(promise: nil)
    }
    stands.futureResult.whenComplete { _ in timer.cancel() }
    return stands.futureResult
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    guard case .handshakeCompleted = event as? TLSUserEvent else { return }
    isOver = true
    stands.succeed()
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(TLSFault(securing: error))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.closed)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end(.closed) }

  private func end(_ fault: TLSFault) {
    guard !isOver else { return }
    isOver = true
    stands.fail(ConnectionFailure.insecure(fault))
  }
}
