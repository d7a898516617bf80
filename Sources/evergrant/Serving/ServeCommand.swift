import ArgumentParser
import Foundation
import Keeper
import Logging
import Proxy
import ServiceLifecycle
import Store
import Web

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Keep the grants alive and let jobs call through their keys.",
    discussion: """
      Jobs call http://127.0.0.1:8080/via/CONNECTION/… with an API key in Authorization: Bearer, X-API-Key or
      X-Keap-API-Key. The control plane has /livez, /readyz, /v1/connections and /v1/token/CONNECTION.
      Both listen on this machine alone. With --public-url an alert that needs a person carries a link by which the approver
      approves on a phone: let your web server pass that address to the port of --public-port, which has the pages for it and
      nothing else, and register the address with /callback as redirect URI at the provider and with evergrant client add.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "Port of the data plane, which jobs call; 0 takes any.") var port = 8080
  @Option(help: "Port of the control plane; 0 takes any.") var controlPort = 8081
  @Option(help: "The loopback address to listen on.") var host = "127.0.0.1"
  @Option(help: "The https address under which people reach the approval pages.") var publicURL: String?
  @Option(help: "Port of the approval pages, behind --public-url; 0 takes any.") var publicPort = 8082
  @Option(help: "Threads of the data plane.") var threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
  @Flag(help: "Log every call.") var verbose = false
  @Flag(help: "Print the ports in JSON when ready.") var json = false

  func run() async throws {
    let logger = Logger.standardError(verbose ? .debug : .info)
    let address = try publicAddress()
    let keeper = try await data.keeper(logger: logger)
    let channels = AlertChannels(logger: logger)
    let watch = AlertWatch(book: keeper.alerts(address: address), clock: .system, logger: logger) {
      try channels.make($0, $1)
    }
    let approvals = try address.map {
      try ApprovalSite(
        desk: keeper, publicAddress: $0, address: ListenAddress(host: host, port: publicPort), logger: logger)
    }
    let proxy = try await ProxyServer(
      gateway: keeper, clock: .system, host: host, port: port, limits: ProxyLimits(), logger: logger, threads: threads
    ).bind()
    let site = try KeeperSite(
      gateway: keeper, status: { try await keeper.status($0) }, isReady: { await keeper.isReadable() },
      address: ListenAddress(host: host, port: controlPort), logger: logger,
      onRunning: { [json, host] control in
        if json { print(#"{"control_port":\#(control),"port":\#(proxy.port)}"#) }
        say("evergrant serves: jobs call http://\(host):\(proxy.port)/via/CONNECTION/…")
        fflush(nil)
      })
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: KeeperService(keeper: keeper)), .init(service: AlertService(watch: watch)),
          .init(service: proxy), .init(service: site),
        ] + (approvals.map { [.init(service: $0)] } ?? []),
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
  }

  private func publicAddress() throws -> PublicAddress? {
    guard let publicURL else { return nil }
    guard let address = PublicAddress(publicURL) else {
      throw Denied(
        "--public-url \(publicURL) is not https://host[:port] without a path; plain http is for this machine alone.")
    }
    return address
  }
}
