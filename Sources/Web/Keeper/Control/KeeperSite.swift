import Hummingbird
import Keeper
import Logging
import ServiceLifecycle
import Wire

/// The keeper's control plane: health, the state of connections, tokens for the jobs that may see one, and the console.
///
/// It listens on loopback alone (K31), and answers only to the names it goes by there, so that no page in a browser on
/// this machine can reach it through a name of its own.
package struct KeeperSite: Service, CustomStringConvertible {
  package typealias Status = @Sendable (_ key: APIKey) async throws -> any Encodable & Sendable

  let gateway: any Gateway
  let status: Status
  let isReady: @Sendable () async -> Bool
  let console: Console?
  let clock: WallClock
  private let address: ListenAddress
  private let names: [String]
  private let logger: Logger
  private let onRunning: @Sendable (Int) async -> Void

  /// - Parameters:
  ///   - names: further names, with their port, that a request may give as `Host`.
  ///   - status: the state of a key's connection, as it is told to whoever has the key.
  ///   - console: whose pages are shown at `/console`; without it there are none.
  ///   - isReady: whether the keeper can do its work at present.
  /// - Throws: ``ListenRefusal`` where the address is not loopback.
  package init(
    gateway: any Gateway, status: @escaping Status, isReady: @escaping @Sendable () async -> Bool,
    console: (any ConsoleDesk)? = nil, address: ListenAddress, names: [String] = [],
    clock: WallClock = .system, logger: Logger, onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) throws {
    guard let host = Loopback.address(toListenOn: address.host) else {
      throw ListenRefusal(
        description: "The control plane listens on this machine alone: use 127.0.0.1, not \(address.host).")
    }
    self.gateway = gateway
    self.status = status
    self.isReady = isReady
    self.console = try console.map { Console(desk: $0, pages: try Pages(), logger: logger) }
    self.address = ListenAddress(host: host, port: address.port)
    self.names = names
    self.clock = clock
    self.logger = logger
    self.onRunning = onRunning
  }

  package var description: String { "keeper control plane" }

  /// - Throws: ``ListenRefusal`` where the port cannot be had.
  package func run() async throws {
    let guardian = HostGuard(names: names)
    try await SiteServer(
      name: description, address: address, responder: routes(guardian).buildResponder(), logger: logger,
      onRunning: { port in
        guardian.listens(on: port, of: address.host)
        await onRunning(port)
      }
    ).run()
  }
}
