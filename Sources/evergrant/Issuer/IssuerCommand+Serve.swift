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
    @Option(each: \.issuerAllowOrigin) var allowOrigin: [String]
    @Option(\.issuerAccessLifetime) var accessLifetime: Span?
    @Option(\.issuerRefreshWindow) var refreshWindow: Span?
    @Option(\.issuerCodeLifetime) var codeLifetime: Span?
    @Option(\.issuerAs) var `as`: Dialect?
    @Option(\.issuerKeapDeadToken) var keapDeadToken: KeapDeadToken?
    @Option(\.issuerAppLimits) var appLimits: CallLimits?
    @Option(\.issuerTenantLimits) var tenantLimits: CallLimits?
    @Flag(\.issuerRehearse) var rehearse: Bool
    @Option(\.issuerFaults) var faults: String?
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
      settings.dialect = try set.required(\.issuerAs, flag: `as`)
      settings.appLimits = try set(\.issuerAppLimits, flag: appLimits)
      settings.tenantLimits = try set(\.issuerTenantLimits, flag: tenantLimits)
      settings.keapDeadToken = try set.required(\.issuerKeapDeadToken, flag: keapDeadToken)
      settings.hooksReachPrivate = try set.isOn(\.issuerPrivateHooks, flag: privateHooks)
      let proxies =
        try set(\.issuerBehindTLSProxy, flag: behindTLSProxy).map(Settings.proxyAddresses) ?? []
      let allowed = allowOrigin.isEmpty ? nil : allowOrigin.joined(separator: ",")
      let origins = try set(\.issuerAllowOrigin, flag: allowed).map(Settings.origins) ?? []
      let faults = FaultPlan(
        obeysRequests: try set.isOn(\.issuerRehearse, flag: rehearse),
        schedule: try set(\.issuerFaults, flag: faults).map { try FaultSchedule($0) })
      if !faults.isEmpty { say("Requests go wrong here on purpose. This is for trials alone.") }
      let issuer = try await options.open(settings, logger: logger), page = settings.issuer + "/account"
      let site = try IssuerSite(
        issuer: issuer, address: ListenAddress(host: host, port: port), origins: origins,
        isProxy: { IPAddress($0).map(proxies.contains) ?? false }, faults: faults, logger: logger,
        onRunning: { _ in say("evergrant issuer serves: \(page)") })
      // The last is told to stop first: whatever the site still answers is written down.
      try await ServiceGroup(
        services: [IssuerMaintenance(issuer: issuer), site], gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
      ).run()
    }
  }
}
