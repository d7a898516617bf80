import NIOCore
import NIOSSL
import Sockets
import Synchronization
import Wire

/// TLS on the connections that Evergrant dials: 1.2 or newer, with a server whose certificate is for the name that was dialled
/// (RFC 9525) and comes from somebody whom this machine believes.
package final class ClientTLS: Sendable {
  /// For HTTP/1.1, which is all that is offered (RFC 7301).
  package static let http = ClientTLS()
  package static let mail = ClientTLS(protocols: [])

  private let configuration: TLSConfiguration
  private let made = Mutex<NIOSSLContext?>(nil)

  /// - Parameters:
  ///   - roots: whose certificates are believed; by default those of whom the system believes.
  ///   - protocols: what is offered by ALPN; empty offers nothing.
  package init(roots: NIOSSLTrustRoots = .default, protocols: [String] = ["http/1.1"]) {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = roots
    configuration.applicationProtocols = protocols
    self.configuration = configuration
  }

  /// Reads the roots, unless they have been read. Called before anything is dialled, so that a fault of the roots is told as
  /// such.
  ///
  /// - Throws: ``ConnectionFailure/noRoots(_:)``.
  package func prepare() throws(ConnectionFailure) { _ = try context() }

  /// What secures one connection to that host.
  ///
  /// An address is no name to send (RFC 6066 section 3): the certificate must then be for the address itself.
  private func handler(to host: String) throws(ConnectionFailure) -> NIOSSLClientHandler {
    let context = try context()
    do {
      return try NIOSSLClientHandler(context: context, serverHostname: IPAddress(host) == nil ? host : nil)
    } catch {
      throw .insecure(TLSFault(securing: error))
    }
  }

  /// Goes on over TLS on a channel that stands: done when the server has proved its name. Called on the channel's event loop.
  ///
  /// - Returns: fails with a ``ConnectionFailure``, and then the channel is closed.
  package func secure(_ channel: any Channel, to host: String, by deadline: NIODeadline) -> EventLoopFuture<Void> {
    do {
      return try begin(on: channel, to: host).stands(by: deadline, on: channel)
    } catch {
      channel.close(promise: nil)
      return channel.eventLoop.makeFailedFuture(ConnectionFailure(error))
    }
  }

  /// Puts TLS at the head of a channel's handlers, and behind it what tells whether it stands.
  func begin(on channel: any Channel, to host: String) throws -> Handshake {
    let handshake = Handshake(on: channel.eventLoop)
    try channel.pipeline.syncOperations.addHandlers(handler(to: host), handshake, position: .first)
    return handshake
  }

  /// Reading the roots takes a moment, so it is done once, and only if TLS is needed. What fails is tried again.
  private func context() throws(ConnectionFailure) -> NIOSSLContext {
    try made.withLock { made throws(ConnectionFailure) in
      if let made { return made }
      do {
        let context = try configuration.context()
        made = context
        return context
      } catch {
        guard let error = error as? BoringSSLError else { throw .noRoots("\(error)") }
        throw .noRoots(error.name ?? "there are none")
      }
    }
  }
}
