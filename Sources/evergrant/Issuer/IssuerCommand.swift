import ArgumentParser
import Foundation
import Issuer
import Keeper
import Logging
import OAuth
import Proxy
import ServiceLifecycle
import Store
import Web

struct IssuerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issuer", abstract: "The API's side: tenants, approvals, tokens and contacts.",
    discussion: """
      From nothing to an issuer that an app can ask:
        evergrant issuer tenant add 'Acme Ltd'
        evergrant issuer user add ann@example.org --name Ann --tenant 'Acme Ltd'
        evergrant issuer client add 'Shop portal' \\
            --redirect-uri http://127.0.0.1/callback
        evergrant issuer serve
      """.flowing,
    subcommands: [Serve.self, Tenant.self, User.self, Client.self, Grants.self])
}

extension IssuerCommand {
  /// What everybody knows the issuer by: tokens, links and redirects are made of it.
  static func address(
    _ set: Settings, baseURL: String?, host: String? = nil, port: Int? = nil
  ) throws -> String {
    let host = try set.required(SettingsTable.issuerHost, flag: host)
    let port = try set.required(SettingsTable.issuerPort, flag: port)
    return try set(SettingsTable.issuerBaseURL, flag: baseURL).map(origin) ?? "http://\(host):\(port)"
  }

  private static func origin(_ text: String) throws -> String {
    guard let address = PublicAddress(text) else {
      throw Denied("base-url \(text) is not https://host[:port] without a path; plain http is for this machine alone.")
    }
    return "\(address.origin)"
  }
}

/// The issuer's data folder, and the address it goes by.
struct IssuerOptions: ParsableArguments {
  @OptionGroup var data: DataOptions

  func open(_ settings: IssuerSettings = .command) async throws -> Issuer {
    try await data.issuer(settings, logger: .standardError(.warning))
  }
}

extension IssuerSettings {
  /// For commands that work on the data folder and serve nobody.
  static let command = IssuerSettings(issuer: "http://127.0.0.1:8090")
}

/// The issuer's housekeeping as a service.
struct IssuerMaintenance: Service, CustomStringConvertible {
  var issuer: Issuer
  var description: String { "issuer maintenance" }
  func run() async throws { await cancelWhenGracefulShutdown { await issuer.runMaintenance() } }
}

extension IssuerCommand {
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Serve the pages, the OAuth endpoints and the contacts API.")

    @OptionGroup var options: IssuerOptions
    @Option(help: "\(SettingsTable.issuerBaseURL.help)") var baseURL: String?
    @Option(help: "\(SettingsTable.issuerPort.help)") var port: Int?
    @Option(help: "\(SettingsTable.issuerHost.help)") var host: String?
    @Option(name: .customLong("behind-tls-proxy"), help: "\(SettingsTable.issuerBehindTLSProxy.help)")
    var behindTLSProxy: String?
    @Option(help: "\(SettingsTable.issuerAccessLifetime.help)") var accessLifetime: Span?
    @Option(help: "\(SettingsTable.issuerRefreshWindow.help)") var refreshWindow: Span?
    @Option(help: "\(SettingsTable.issuerCodeLifetime.help)") var codeLifetime: Span?
    @Flag(help: "\(SettingsTable.issuerVerbose.help)") var verbose = false

    func run() async throws {
      let set = try Settings()
      let isVerbose = try set.required(SettingsTable.issuerVerbose, flag: verbose ? true : nil)
      let logger = Logger.standardError(isVerbose ? .debug : .info)
      let host = try set.required(SettingsTable.issuerHost, flag: host)
      let port = try set.required(SettingsTable.issuerPort, flag: port)
      let settings = IssuerSettings(
        issuer: try IssuerCommand.address(set, baseURL: baseURL, host: host, port: port),
        accessLifetime: try set.required(SettingsTable.issuerAccessLifetime, flag: accessLifetime).duration,
        refreshWindow: try set.required(SettingsTable.issuerRefreshWindow, flag: refreshWindow).duration,
        codeLifetime: try set.required(SettingsTable.issuerCodeLifetime, flag: codeLifetime).duration)
      let proxies =
        try set(SettingsTable.issuerBehindTLSProxy, flag: behindTLSProxy).map(ServeCommand.proxyAddresses) ?? []
      let issuer = try await options.data.issuer(settings, logger: logger)
      let site = try IssuerSite(
        issuer: issuer, address: ListenAddress(host: host, port: port),
        isProxy: { ProxyAddress($0).map(proxies.contains) ?? false }, logger: logger,
        onRunning: { _ in say("evergrant issuer serves: \(settings.issuer)/account") })
      try await ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [.init(service: site), .init(service: IssuerMaintenance(issuer: issuer))],
          gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      ).run()
    }
  }

  struct Tenant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Who owns contacts.", subcommands: [Add.self, List.self, Switch.self])

    struct Add: AsyncParsableCommand {
      @OptionGroup var options: IssuerOptions
      @Argument var name: String
      func run() async throws { say("Tenant \(try await options.open().addTenant(name: name).name) is there.") }
    }

    struct Switch: AsyncParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Switch a tenant off, or with --on on again.")
      @OptionGroup var options: IssuerOptions
      @Argument var name: String
      @Flag var on = false
      func run() async throws { try await options.open().setDisabled(!on, .tenant(name: name)) }
    }
  }

  struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "People who approve.",
      subcommands: [Add.self, List.self, Join.self, Leave.self, Password.self, Reset.self, Switch.self])

    struct Add: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Add a person; the password is asked for, or read from a file.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Option var name: String
      @Option(help: "A tenant that the person is a member of, as often as needed.") var tenant: [String] = []
      @Option(help: "A file with the password. Without it you are asked.") var passwordFile: String?

      func run() async throws {
        let issuer = try await options.open()
        let password = try SecretInput.read(file: passwordFile, prompt: "Password")
        try await issuer.addUser(email: email, name: name, password: password, tenants: tenant)
        say("\(email) can sign in.")
      }
    }

    struct Join: AsyncParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Make a person a member of a tenant.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Argument var tenant: String
      func run() async throws { try await options.open().addMember(email: email, tenant: tenant) }
    }

    struct Leave: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "End a membership; the approvals given under it stop working.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Argument var tenant: String
      func run() async throws { try await options.open().removeMember(email: email, tenant: tenant) }
    }

    struct Switch: AsyncParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Switch a person off, or with --on on again.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Flag var on = false
      func run() async throws { try await options.open().setDisabled(!on, .user(email: email)) }
    }
  }

  struct Client: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The apps that may ask.", subcommands: [Add.self, List.self, Switch.self])

    struct Add: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Register an app. Prints its id, and writes its secret, shown once, to a file or after the id.")
      @OptionGroup var options: IssuerOptions
      @Argument var name: String
      @Option(help: "Where people are sent back to, as often as needed.") var redirectURI: [String]
      @Flag(name: .customLong("public"), help: "An app that can keep no secret.") var isPublic = false
      @Flag(help: "An app that cannot do PKCE, as Keap's SDKs.") var legacy = false
      @Option(help: "Write the secret to this new file, readable by you alone.") var secretFile: String?

      func run() async throws {
        let issuer = try await options.open()
        let app = ClientRegistration(name: name, redirectURIs: redirectURI, isPublic: isPublic, legacy: legacy)
        try await SecretInput.showOnce(in: secretFile) { keep in
          let registered = try await issuer.registerClient(app, keep: keep)
          print(registered.clientID)
          return registered.secret
        }
        if legacy { say("This app may ask without PKCE: a stolen code is then protected by its secret alone.") }
      }
    }

    struct Switch: AsyncParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Switch an app off, or with --on on again.")
      @OptionGroup var options: IssuerOptions
      @Argument(help: "The client id.") var id: String
      @Flag var on = false
      func run() async throws { try await options.open().setDisabled(!on, .client(id: id)) }
    }
  }
}
