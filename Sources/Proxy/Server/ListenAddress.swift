import NIOCore

/// A loopback address to listen on; there is no other kind (K31).
struct ListenAddress: Sendable {
  let socket: SocketAddress

  init(host: String, port: Int) throws(ProxyStartFailure) {
    guard let socket = try? SocketAddress(ipAddress: host == "localhost" ? "127.0.0.1" : host, port: port),
      Self.isLoopback(socket)
    else { throw .notLoopback(host) }
    self.socket = socket
  }

  private static func isLoopback(_ address: SocketAddress) -> Bool {
    switch address {
    case .v4(let address): UInt32(bigEndian: address.address.sin_addr.s_addr) >> 24 == 127
    case .v6(let address):
      withUnsafeBytes(of: address.address.sin6_addr) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    case .unixDomainSocket: false
    }
  }
}

/// Why the data plane does not start, and what to do.
package enum ProxyStartFailure: Error, Sendable, Equatable, CustomStringConvertible {
  case notLoopback(String)
  case portTaken(host: String, port: Int)
  case cannotListen(host: String, port: Int, reason: String)
  case noTrustRoots(String)

  package var description: String {
    switch self {
    case .notLoopback(let host):
      "The data plane listens on loopback alone, and \(host) is no loopback address: API keys would cross the network "
        + "in the clear. Use 127.0.0.1 or ::1; for callers elsewhere, let a TLS proxy on this machine forward to it."
    case .portTaken(let host, let port):
      "Port \(port) of \(host) is taken by another program: stop that one, or give the data plane another port."
    case .cannotListen(let host, let port, let reason):
      "The data plane cannot listen on port \(port) of \(host): \(reason). Give it another address or port."
    case .noTrustRoots(let reason):
      "The certificates that verify upstreams cannot be loaded: \(reason). Install the package ca-certificates."
    }
  }
}
