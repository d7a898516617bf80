import ArgumentParser
import Issuer

extension IssuerCommand {
  struct Client: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The apps that may ask.", subcommands: [Add.self, List.self, Rules.self, Switch.self])

    struct Add: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Register an app. Prints its id, and writes its secret, shown once, to a file or after the id.")
      @OptionGroup var options: IssuerOptions
      @Argument var name: String
      @Option(help: "Where people are sent back to, as often as needed.") var redirectURI: [String]
      @Flag(name: .customLong("public"), help: "An app that can keep no secret.") var isPublic = false
      @Flag(help: "An app that cannot do PKCE, as Keap's SDKs.") var legacy = false
      @Option(help: "Whose rules it meets; by Keap's, refresh tokens work once.") var dialect = Dialect.evergrant
      @Option(help: "Whose own app it is: an address. That person may make its tokens by hand.") var owner: String?
      @Option(help: "Write the secret to this new file, readable by you alone.") var secretFile: String?

      func run() async throws {
        let issuer = try await options.open()
        let app = ClientRegistration(
          name: name, redirectURIs: redirectURI, isPublic: isPublic, legacy: legacy, dialect: dialect, owner: owner)
        try await SecretInput.showOnce(in: secretFile) { keep in
          let registered = try await issuer.registerClient(app, keep: keep)
          print(registered.clientID)
          return registered.secret
        }
        if dialect == .keap, !legacy {
          say("Keap's own SDKs send no PKCE; for them register the app with --legacy too.")
        }
        if legacy { say("This app may ask without PKCE: a stolen code is then protected by its secret alone.") }
      }
    }

    struct Rules: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        commandName: "dialect",
        abstract: "Have an app meet Keap's rules, or evergrant's own again.",
        discussion: """
          By Keap's rules a refresh token works once: a lost answer is not given again, and the access token before ends with
          each refresh. Tokens last 45 days unused, redirect URIs are https, and the app cannot revoke. Where issuer.as is keap,
          all apps meet them, whatever is said here.
          """.flowing)
      @OptionGroup var options: IssuerOptions
      @Argument(help: "The client id.") var id: String
      @Argument var dialect: Dialect

      func run() async throws {
        try await options.open().setDialect(dialect, ofClient: id)
        say("\(id) is set to \(dialect == .keap ? "Keap's rules" : "evergrant's own rules").")
      }
    }

    struct Switch: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Switch an app off, or with --on on again.",
        discussion: """
          personal-tokens and service-tokens stand for the app of all tokens that people make for themselves: switched off, none
          of them works and none is made, until it is switched on again.
          """.flowing)
      @OptionGroup var options: IssuerOptions
      @Argument(help: "The client id.") var id: String
      @Flag var on = false

      func run() async throws {
        try await options.open().setDisabled(!on, .client(id: id))
        IssuerCommand.saySwitched(id, on: on)
      }
    }
  }
}

extension IssuerCommand.Client {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Every app, by name, and what stands for people's own tokens.")
    @OptionGroup var options: IssuerOptions
    @OptionGroup var output: OutputOptions

    struct Entry: Encodable {
      var id: String
      var name: String
      var `public`: Bool
      var legacy: Bool
      var dialect: String
      var redirectUris: [String]
      var createdAt: Int64
      var disabledAt: Int64?
    }

    /// What is no app, and stands for one.
    struct BuiltIn: Encodable {
      var id: String
      var name: String
      var disabledAt: Int64?
    }

    struct Answer: Encodable {
      var clients: [Entry]
      var builtIn: [BuiltIn]
    }

    func run() async throws {
      let issuer = try await options.open()
      let clients = try await issuer.clients(), standIns = try await issuer.standIns()
      let answer = Answer(
        clients: clients.map {
          Entry(
            id: $0.id, name: $0.name, public: $0.isPublic, legacy: $0.isLegacy, dialect: $0.dialect.rawValue,
            redirectUris: $0.redirectURIs,
            createdAt: $0.createdAt.milliseconds, disabledAt: $0.disabledAt?.milliseconds)
        },
        builtIn: standIns.map {
          BuiltIn(id: $0.kind.clientID, name: $0.kind.clientName, disabledAt: $0.disabledAt?.milliseconds)
        })
      try output.show(answer) {
        let apps = TextTable.of(
          ["CLIENT ID", "NAME", "KIND", ""],
          clients.map { client in
            let kind =
              (client.isPublic ? "public" : client.isLegacy ? "legacy" : "confidential")
              + (client.dialect == .keap ? ", Keap's rules" : "")
            return [client.id, client.name, kind, client.disabledAt.offWord]
          }, orElse: "There is no app yet.")
        let builtIn = TextTable.of(
          ["BUILT IN", "STANDS FOR", ""],
          standIns.map { [$0.kind.clientID, "every \($0.kind.noun) that somebody makes", $0.disabledAt.offWord] },
          orElse: "")
        return apps + "\n\n" + builtIn
      }
    }
  }
}

extension Dialect: ExpressibleByArgument {}
extension KeapDeadToken: ExpressibleByArgument {}

extension CallLimits: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
