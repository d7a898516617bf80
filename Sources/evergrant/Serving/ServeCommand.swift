import ArgumentParser
import Foundation
import Keeper
import Logging
import Proxy
import ServiceLifecycle
import Store
import Synchronization
import Web

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Keep the grants alive and let jobs call through their keys.",
    discussion: """
      Jobs call http://127.0.0.1:8080/via/CONNECTION/… with an API key in
      Authorization: Bearer, X-API-Key or X-Keap-API-Key. The control plane has
      /livez, /readyz, /v1/connections, /v1/token/CONNECTION and /console, the
      operator's pages, which evergrant console opens. Both listen on this machine
      alone; with --remote-port and a certificate jobs on other machines call by
      TLS. With --public-url an alert that needs a person carries a link by which
      the approver approves on a phone: let your web server pass that address to the
      port of --public-port, which has the pages for it and nothing else, and
      register the address with /callback as redirect URI at the provider and with
      evergrant client add.

      A service manager that asks by NOTIFY_SOCKET is told when calls are taken, and
      when the server is stopping.
      """.flowing)

  @OptionGroup var data: DataOptions
  @Option(help: "\(SettingsTable.port.help)") var port: Int?
  @Option(help: "\(SettingsTable.remotePort.help)") var remotePort: Int?
  @Option(help: "\(SettingsTable.remoteHost.help)") var remoteHost: String?
  @Option(help: "\(SettingsTable.tlsCertificate.help)") var tlsCertificate: String?
  @Option(help: "\(SettingsTable.tlsKey.help)") var tlsKey: String?
  @Option(name: .customLong("behind-tls-proxy"), help: "\(SettingsTable.behindTLSProxy.help)")
  var behindTLSProxy: String?
  @Option(help: "\(SettingsTable.controlPort.help)") var controlPort: Int?
  @Option(help: "\(SettingsTable.host.help)") var host: String?
  @Option(help: "\(SettingsTable.publicURL.help)") var publicURL: String?
  @Option(help: "\(SettingsTable.publicPort.help)") var publicPort: Int?
  @Option(help: "\(SettingsTable.threads.help)") var threads: Int?
  @Flag(help: "\(SettingsTable.verbose.help)") var verbose = false
  @Flag(help: "Print the ports in JSON when ready.") var json = false

  func run() async throws {
    let settings = try Settings()
    let listening = try listening(settings)
    let host = listening.host, address = listening.publicAddress
    let isVerbose = try settings.required(SettingsTable.verbose, flag: verbose ? true : nil)
    let logger = Logger.standardError(isVerbose ? .debug : .info)
    let folder = try data.folder
    let starting = Mutex<FileLock?>(try folder.beginStarting())
    let keeper = try await data.keeper(logger: logger)
    let presence = try folder.beginServing()
    if let address {
      for obstacle in try await keeper.linkObstacles(at: address) { say(Paragraph.wrapped(obstacle, indentation: 2)) }
    }
    let channels = AlertChannels(logger: logger)
    let watch = AlertWatch(book: keeper.alerts(address: address), clock: .system, logger: logger) {
      try channels.make($0, $1)
    }
    let proxy = try await ProxyServer(
      gateway: keeper, clock: .system, host: host, port: listening.port, limits: ProxyLimits(), logger: logger,
      threads: listening.threads
    ).bind()
    let remote = try await listening.remote.map { remote in
      ProxyServer(
        gateway: keeper, clock: .system, host: remote.host, port: remote.port, limits: ProxyLimits(), logger: logger,
        threads: listening.threads, callers: remote.callers)
    }?.bind()
    let manager = ServiceManager(logger: logger)
    let readiness = Readiness(parts: address == nil ? 1 : 2) { [json] controlPort in
      starting.withLock { $0 = nil }
      let ports = Ports(controlPort: controlPort, port: proxy.port, remotePort: remote?.port)
      if json, let text = try? JSONText.answer(ports) { print(text) }
      say("evergrant serves: jobs call http://\(host):\(proxy.port)/via/CONNECTION/…")
      fflush(nil)
      manager.tell(.ready)
    }
    let approvals = try address.map {
      try ApprovalSite(
        desk: keeper, publicAddress: $0,
        address: ListenAddress(host: host, port: listening.publicPort),
        logger: logger, onRunning: { _ in readiness.listens() })
    }
    let site = try KeeperSite(
      gateway: keeper, status: { try await keeper.status(for: $0) }, isReady: { await keeper.isReadable() },
      console: keeper,
      address: ListenAddress(host: host, port: listening.controlPort),
      names: address.map { [$0.origin.authority] } ?? [], logger: logger,
      onRunning: { readiness.listens(controlPort: $0) })
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: KeeperService(keeper: keeper)), .init(service: AlertService(watch: watch)),
          .init(service: proxy), .init(service: site),
        ] + (approvals.map { [.init(service: $0)] } ?? []) + (remote.map { [.init(service: $0)] } ?? [])
          // What comes last is shut down first.
          + [.init(service: StoppingNotice(manager: manager))],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    ).run()
    withExtendedLifetime(presence) {}
  }

  private struct Ports: Encodable {
    var controlPort: Int
    var port: Int
    var remotePort: Int?
  }

  /// Where a server listens, and for whom.
  struct Listening {
    var host: String
    var port: Int
    var controlPort: Int
    var publicPort: Int
    var threads: Int
    var publicAddress: PublicAddress?
    /// For jobs on other machines, if there is to be such a port.
    var remote: (host: String, port: Int, callers: Callers)?
  }

  /// Judges what is set before anything is opened; `config check` judges by it too.
  func listening(_ settings: Settings) throws -> Listening {
    // As the user who will read the certificate's key.
    _ = try data.folderAsItIs
    let host = try settings.required(SettingsTable.host, flag: host)
    let listening = Listening(
      host: host,
      port: try settings.required(SettingsTable.port, flag: port),
      controlPort: try settings.required(SettingsTable.controlPort, flag: controlPort),
      publicPort: try settings.required(SettingsTable.publicPort, flag: publicPort),
      threads: try settings.required(SettingsTable.threads, flag: threads),
      publicAddress: try Settings.publicAddress(settings(SettingsTable.publicURL, flag: publicURL)),
      remote: try remote(settings))
    try ProxyServer.requireAddress(listening.host, for: .local)
    if let remote = listening.remote { try ProxyServer.requireAddress(remote.host, for: remote.callers) }
    let ports =
      [("port", listening.port), ("control-port", listening.controlPort)]
      + (listening.publicAddress == nil ? [] : [("public-port", listening.publicPort)])
      + (listening.remote.map { ["0.0.0.0", "::", host].contains($0.host) ? [("remote-port", $0.port)] : [] } ?? [])
    for (index, (name, port)) in ports.enumerated() where port != 0 {
      if let other = ports[..<index].first(where: { $0.1 == port }) {
        throw Denied("\(other.0) and \(name) are both \(port). Give each a port of its own.")
      }
    }
    return listening
  }

  private func remote(_ settings: Settings) throws -> (host: String, port: Int, callers: Callers)? {
    let port = try settings(SettingsTable.remotePort, flag: remotePort)
    let certificate = try settings(SettingsTable.tlsCertificate, flag: tlsCertificate)
    let key = try settings(SettingsTable.tlsKey, flag: tlsKey)
    let proxies = try settings(SettingsTable.behindTLSProxy, flag: behindTLSProxy)
    guard let port else {
      guard certificate == nil, key == nil, proxies == nil else {
        throw Denied("A certificate or a TLS proxy is named, and no port for it: set remote-port too.")
      }
      return nil
    }
    let callers: Callers
    switch (certificate, key, proxies) {
    case (let certificate?, let key?, nil):
      callers = .remote(try ServerTLS(certificate: certificate, key: key, clock: .system))
    case (nil, nil, let proxies?): callers = .proxies(try Self.proxyAddresses(proxies))
    default:
      throw Denied(
        "remote-port needs either tls-certificate and tls-key, or behind-tls-proxy, so that no key is sent in the clear."
      )
    }
    return (try settings.required(SettingsTable.remoteHost, flag: remoteHost), port, callers)
  }

  /// The addresses of TLS proxies, wherever they are named.
  static func proxyAddresses(_ text: String) throws -> [ProxyAddress] {
    try text.split(separator: ",").map { part in
      guard let address = ProxyAddress(part.trimmingCharacters(in: .whitespaces)) else {
        throw Denied("behind-tls-proxy has \(part), which is no IP address.")
      }
      return address
    }
  }
}

extension Settings {
  /// Where people reach the keeper from outside, as file and environment have it.
  var publicAddress: PublicAddress? { get throws { try Self.publicAddress(self(SettingsTable.publicURL, flag: nil)) } }

  static func publicAddress(_ text: String?) throws -> PublicAddress? {
    guard let text else { return nil }
    guard let address = PublicAddress(text) else {
      throw Denied(
        "public-url \(text) is not https://host[:port] without a path; plain http is for this machine alone.")
    }
    return address
  }
}
