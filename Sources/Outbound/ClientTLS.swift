import NIOCore
import NIOSSL
import Sockets
import Synchronization

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
  package func handler(to host: String) throws(ConnectionFailure) -> NIOSSLClientHandler {
    let context = try context()
    let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
    do {
      return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    } catch {
      throw .insecure(TLSFault(securing: error))
    }
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
