import NIOCore
import Outbound
import Sockets
import Wire

/// Who may connect to the data plane, and how (K31).
package enum Callers: Sendable {
  /// Jobs on this machine.
  case local
  /// Jobs anywhere, by TLS.
  case remote(ServerTLS)
  /// A TLS proxy at one of these addresses, which passes on what jobs anywhere have sent by TLS.
  case proxies([IPAddress])

  var tls: ServerTLS? { if case .remote(let tls) = self { tls } else { nil } }

  /// Whether somebody who has connected from there may stay.
  func admit(_ address: SocketAddress?) -> Bool {
    guard case .proxies(let known) = self else { return true }
    return address?.ip.map { known.contains($0) } ?? false
  }
}

/// An address to listen on: a loopback address, where nothing else protects what is sent.
struct DataPlaneAddress: Sendable {
  let socket: SocketAddress

  init(host: String, port: Int, for callers: Callers = .local) throws(ProxyStartFailure) {
    let loopback = Loopback.address(toListenOn: host)
    if case .local = callers, loopback == nil { throw .notLoopback(host) }
    guard let socket = try? SocketAddress(ipAddress: loopback ?? host, port: port) else { throw .noAddress(host) }
    self.socket = socket
  }
}

/// Why the data plane does not start, and what to do.
package enum ProxyStartFailure: Error, Sendable, Equatable, CustomStringConvertible {
  case notLoopback(String)
  case noAddress(String)
  case portTaken(host: String, port: Int)
  case cannotListen(host: String, port: Int, reason: String)
  case noTrustRoots(ConnectionFailure)

  package var description: String {
    switch self {
    case .notLoopback(let host):
      "The data plane listens on loopback alone, and \(host) is no loopback address: API keys would cross the network "
        + "in the clear. Use 127.0.0.1 or ::1; for jobs on other machines there is remote-port, with a certificate."
    case .noAddress(let host): "\(host) is no IP address to listen on. 0.0.0.0 and :: are all of this machine's."
    case .portTaken(let host, let port):
      "Port \(port) of \(host) is taken by another program: stop that one, or give the data plane another port with --port."
    case .cannotListen(let host, let port, let reason):
      "The data plane cannot listen on port \(port) of \(host): \(reason). Give it another address or port."
    case .noTrustRoots(let failure): "No upstream can be verified: \(failure)."
    }
  }
}
