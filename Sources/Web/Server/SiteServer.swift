import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

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
  var logger: Logger
  var onRunning: @Sendable (Int) async -> Void

  var description: String { name }

  /// Well below the 1,024 descriptors that a process has by default.
  private static let mostConnections = 500

  func run() async throws {
    let application = Application(
      responder: responder,
      server: .http1(
        configuration: .init(
          idleTimeout: .seconds(75),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? address.port) },
      logger: logger)
    do {
      try await application.run()
    } catch let error as IOError {
      throw ListenRefusal(error, host: address.host, port: address.port)
    }
  }
}
