import ArgumentParser
import Issuer
import Logging
import ServiceLifecycle
import Web
import Wire

extension IssuerCommand {
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Serve the pages, the OAuth endpoints and the contacts API.")

    @OptionGroup var options: IssuerOptions
    @Option(\.issuerBaseURL) var baseURL: String?
    @Option(\.issuerPort) var port: Int?
    @Option(\.issuerHost) var host: String?
    @Option(\.issuerBehindTLSProxy) var behindTLSProxy: String?
    @Option(\.issuerAccessLifetime) var accessLifetime: Span?
    @Option(\.issuerRefreshWindow) var refreshWindow: Span?
    @Option(\.issuerCodeLifetime) var codeLifetime: Span?
    @Flag(\.issuerPrivateHooks) var privateHooks: Bool
    @Flag(\.issuerVerbose) var verbose: Bool

    func run() async throws {
      let set = try Settings()
      let logger = Logger.standardError(try set.isOn(\.issuerVerbose, flag: verbose) ? .debug : .info)
      let host = try set.required(\.issuerHost, flag: host)
      let port = try set.required(\.issuerPort, flag: port)
      var settings = try IssuerSettings(
        set, address: IssuerCommand.address(set, baseURL: baseURL, host: host, port: port),
        accessLifetime: accessLifetime, refreshWindow: refreshWindow, codeLifetime: codeLifetime)
      settings.hooksReachPrivate = try set.isOn(\.issuerPrivateHooks, flag: privateHooks)
      let proxies =
        try set(\.issuerBehindTLSProxy, flag: behindTLSProxy).map(Settings.proxyAddresses) ?? []
      let issuer = try await options.open(settings, logger: logger)
      let site = try IssuerSite(
        issuer: issuer, address: ListenAddress(host: host, port: port),
        isProxy: { IPAddress($0).map(proxies.contains) ?? false }, logger: logger,
        onRunning: { [settings] _ in say("evergrant issuer serves: \(settings.issuer)/account") })
      try await ServiceGroup(
        services: [site, IssuerMaintenance(issuer: issuer)], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
      ).run()
    }
  }
}
