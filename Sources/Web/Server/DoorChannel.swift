import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Sockets

/// Hummingbird's channel with a ``Door`` in it.
struct DoorChannel: ServerChildChannel {
  let http: HTTP1Channel
  let limits: DoorLimits
  let places: Places

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    http.setup(channel: channel, logger: logger).flatMapThrowing { [limits, places] value in
      let pipeline = channel.pipeline.syncOperations
      let door = Door(limits, places)
      let parser = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(door, position: .after(parser.handler))
      try pipeline.addHandler(DoorBell(door), position: .first)
      return value
    }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}
