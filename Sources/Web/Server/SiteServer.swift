import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Sockets

/// Why a server does not listen, in a sentence that says what to do.
package struct ListenRefusal: Error, Sendable, CustomStringConvertible {
  package var description: String

  init(description: String) { self.description = description }

  init(_ error: any Error, host: String, port: Int) {
    description =
      switch (error as? IOError)?.errnoCode {
      case EADDRINUSE:
        "Port \(port) on \(host) is taken by another program. Stop that program, or choose another port."
      case EACCES: "This user may not listen on port \(port). Choose a port above 1023."
      case EADDRNOTAVAIL: "\(host) is not an address of this machine. Listen on 127.0.0.1, or on an address it has."
      default: "Listening on \(host) port \(port) failed: \(error)."
      }
  }
}

/// Where a site listens.
package struct ListenAddress: Sendable, Equatable {
  package var host: String
  /// 0 takes any free port.
  package var port: Int

  package init(host: String = "127.0.0.1", port: Int) {
    self.host = host
    self.port = port
  }
}

/// One site on one port, until shut down: what is under way is finished, nothing new is accepted.
struct SiteServer: Service, CustomStringConvertible {
  var name: String
  var address: ListenAddress
  var responder: RouterResponder<SiteContext>
  var limits = DoorLimits()
  var logger: Logger
  var onRunning: @Sendable (Int) async -> Void

  var description: String { name }

  func run() async throws {
    let limits = limits.fitting(Descriptors.limit)
    let places = Places(limits.places)
    let application = Application(
      responder: responder,
      server: HTTPServerBuilder { responder in
        DoorChannel(
          http: HTTP1Channel(
            responder: responder,
            configuration: .init(
              idleTimeout: .seconds(75),
              httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
          limits: limits, places: places)
      },
      configuration: .init(address: .hostname(address.host, port: address.port)),
      onServerRunning: { channel in
        await watch(channel, places)
        await onRunning(channel.localAddress?.port ?? address.port)
      },
      logger: logger)
    do {
      try await application.run()
    } catch let error as IOError {
      throw ListenRefusal(error, host: address.host, port: address.port)
    }
  }

  private func watch(_ listener: any Channel, _ places: Places) async {
    try? await listener.eventLoop.submit {
      let watch = AcceptWatch(name, logger: logger) { places.displaceSome() }
      try listener.pipeline.syncOperations.addHandler(watch, position: .first)
    }.get()
  }
}
