import Foundation
import Logging
import NIOCore

/// Takes connections more slowly while the process or the machine has no descriptors left for them. Without it a listening
/// socket that cannot be served keeps a core busy and says nothing.
package final class AcceptWatch: ChannelDuplexHandler {
  package typealias InboundIn = any Channel
  package typealias OutboundIn = Never

  /// Between two tries.
  package static let pause = TimeAmount.milliseconds(250)
  /// How long a shortage must be over before the next one is logged.
  package static let calm = TimeAmount.seconds(10)

  private let name: String
  private let logger: Logger
  private let shortage: () -> Void
  private var lastShort: NIODeadline?
  private var pausing: Scheduled<Void>?
  private var readHeld = false

  /// - Parameters:
  ///   - name: what listens, for the log.
  ///   - shortage: gives up what can be done without.
  package init(_ name: String, logger: Logger, shortage: @escaping () -> Void) {
    self.name = name
    self.logger = logger
    self.shortage = shortage
  }

  package func read(context: ChannelHandlerContext) {
    if pausing == nil { context.read() } else { readHeld = true }
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
      context.fireErrorCaught(error)
      return
    }
    let now = context.eventLoop.now
    if lastShort.map({ now - $0 > Self.calm }) ?? true {
      logger.warning(
        "new connections wait: no descriptors are left; raise the limit of open files (LimitNOFILE of the service)",
        metadata: ["listener": "\(name)", "error": "\(error)"])
    }
    lastShort = now
    shortage()
    guard pausing == nil else { return }
    pausing = context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
      self.pausing = nil
      guard self.readHeld else { return }
      self.readHeld = false
      context.read()
    }
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if let last = lastShort, context.eventLoop.now - last > Self.calm {
      lastShort = nil
      logger.notice("new connections are taken again", metadata: ["listener": "\(name)"])
    }
    context.fireChannelRead(data)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    pausing?.cancel()
    context.fireChannelInactive()
  }
}
