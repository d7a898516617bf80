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
      Both listen on this machine alone.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "Port of the data plane, which jobs call; 0 takes any.") var port = 8080
  @Option(help: "Port of the control plane; 0 takes any.") var controlPort = 8081
  @Option(help: "The loopback address to listen on.") var host = "127.0.0.1"
  @Option(help: "Threads of the data plane.") var threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
  @Flag(help: "Log every call.") var verbose = false
  @Flag(help: "Print the ports in JSON when ready.") var json = false

  func run() async throws {
    let logger = Logger.standardError(verbose ? .debug : .info)
    let keeper = try await data.keeper(logger: logger)
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
          .init(service: KeeperService(keeper: keeper)), .init(service: proxy), .init(service: site),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
  }
}
