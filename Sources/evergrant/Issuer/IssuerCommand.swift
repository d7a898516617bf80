import ArgumentParser
import Issuer
import Logging
import Operator
import ServiceLifecycle
import Store
import Wire

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
    subcommands: [Serve.self, Tenant.self, User.self, Client.self, Grants.self, Audit.self, Rehearse.self])
}

extension IssuerCommand {
  /// What everybody knows the issuer by: tokens, links and redirects are made of it.
  static func address(
    _ set: Settings, baseURL: String?, host: String? = nil, port: Int? = nil
  ) throws -> String {
    let host = try set.required(\.issuerHost, flag: host)
    let port = try set.required(\.issuerPort, flag: port)
    return try set(\.issuerBaseURL, flag: baseURL).map(origin) ?? "http://\(Origin.authority(host: host, port: port))"
  }

  private static func origin(_ text: String) throws -> String {
    guard let address = PublicAddress(text) else {
      throw Denied("base-url \(text) is not https://host[:port] without a path; plain http is for this machine alone.")
    }
    return "\(address.origin)"
  }
}

/// The issuer's data folder.
struct IssuerOptions: ParsableArguments {
  @OptionGroup var data: DataOptions

  func open(
    _ settings: IssuerSettings? = nil, logger: Logger = .standardError(.warning)
  ) async throws -> Issuer {
    try await .open(try data.folder, try settings ?? .command, logger: logger)
  }

  /// For a command that only reads: an issuer that is not there is not made.
  func openAsItIs() async throws -> Issuer {
    let folder = try data.folderAsItIs
    guard FolderSight(folder.file(Issuer.databaseName)) != .missing else {
      throw Denied(
        "There is no issuer's data at \(folder.path). Name the data folder with --data, or make one: "
          + "evergrant issuer tenant add NAME")
    }
    return try await open()
  }
}

extension IssuerCommand {
  /// Says what a switch did, and how that is undone.
  static func saySwitched(_ name: String, on: Bool) {
    say(on ? "\(name) is switched on." : "\(name) is switched off; the same with --on undoes that.")
  }
}

extension IssuerSettings {
  /// For commands that work on the data folder and serve nobody, so that nothing which can be set bears on what they do.
  static var command: IssuerSettings {
    get throws { try IssuerSettings(.usual, address: IssuerCommand.address(.usual, baseURL: nil)) }
  }

  /// What flags say, and the environment and the file where they do not.
  init(
    _ set: Settings, address: String, accessLifetime: Span? = nil, refreshWindow: Span? = nil, codeLifetime: Span? = nil
  ) throws {
    self.init(
      issuer: address, accessLifetime: try set.required(\.issuerAccessLifetime, flag: accessLifetime).duration,
      refreshWindow: try set.required(\.issuerRefreshWindow, flag: refreshWindow).duration,
      codeLifetime: try set.required(\.issuerCodeLifetime, flag: codeLifetime).duration)
  }
}

extension Timestamp? {
  /// What a list says of who was switched off then.
  var offWord: String { self == nil ? "" : "switched off" }
}

/// The issuer's housekeeping as a service.
struct IssuerMaintenance: Service, CustomStringConvertible {
  var issuer: Issuer
  var description: String { "issuer maintenance" }
  func run() async throws { await cancelWhenGracefulShutdown { await issuer.runMaintenance() } }
}
