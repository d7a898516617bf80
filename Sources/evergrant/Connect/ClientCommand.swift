import ArgumentParser
import Keeper
import Operator

struct ClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client", abstract: "The apps that you registered at providers.", subcommands: [Add.self, List.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Store an app's id and secret; the secret is asked for, or read from a file.",
      discussion: """
        With --replace the credentials of a client that is there are set anew, and its connections go on; what is not given
        anew stays as it is, but for the secret.
        A provider that is not built in is described by a file in the folder providers of the data folder: providers/NAME.yaml,
        with what is in Sources/Keeper/Providers/Entries/*.yaml; restart the server after changing one.
        """.flowing)

    @OptionGroup var data: DataOptions
    @Argument(help: "A name of your own for the app.", completion: .clients) var name: String
    @Option(help: "One of \(ProviderCatalogue.names), or one of your own files.", completion: .providers)
    var provider: String?
    @Option(help: "The provider's address, where it has one for each customer, region or tenant.") var baseURL: String?
    @Option(help: "The id that the provider gave the app.") var clientID: String?
    @Option(help: "A file with the secret. Without it you are asked.", completion: .file()) var secretFile: String?
    @Flag(name: .customLong("public"), help: "The app has no secret.") var isPublic = false
    @Option(help: "The redirect URI that you registered at the provider.") var redirectURI: String?
    @Option(help: "A scope to ask for; repeat it for each. Without it the provider's usual ones are asked for.")
    var scope: [String] = []
    @Flag(help: "Set the credentials of a client that is there.") var replace = false

    func validate() throws {
      guard clientID != "" else { throw ValidationError("--client-id is what the provider calls the app.") }
      guard replace || (provider != nil && clientID != nil) else {
        throw ValidationError("A new client needs --provider and --client-id.")
      }
    }

    func run() async throws {
      let desk = try await data.desk()
      // What is stored for a client of another provider does not count for this one.
      let known = try await desk.clients().first { replace && $0.name == name && !$0.isForKeys }
      let kept = provider.map { $0 == known?.provider.name } ?? true ? known : nil
      guard let entry = provider ?? kept?.provider.name, let id = clientID ?? kept?.clientID else {
        throw Denied(
          known == nil
            ? KeeperError.noSuchClient(name).description
            : "Another provider gives the app another id: name it with --client-id.")
      }
      let secret = isPublic ? nil : try SecretInput.read(file: secretFile, prompt: "Client secret")
      try await desk.addClient(
        name, provider: entry, baseURL: baseURL ?? kept?.baseURL, clientID: id, secret: secret,
        redirectURI: redirectURI ?? kept?.redirectURI, scopes: scope.isEmpty ? kept?.scopes ?? [] : scope,
        replacing: replace)
      let connections = try await desk.status().filter { $0.client == name && $0.state != .disconnected }
      say(Paragraph.wrapped("Client \(name) is stored. " + Self.next(for: name, connections)))
    }

    /// What is left to do for a client that was stored.
    private static func next(for name: String, _ connections: [ConnectionStatus]) -> String {
      let waiting = connections.filter { $0.state == .needsApproval }.map(\.name)
      if connections.isEmpty { return "Next, let a person approve: evergrant connect NAME --client \(name)" }
      if let first = waiting.first {
        return "Next, let a person approve again, for \(waiting.joined(separator: ", ")): evergrant reconnect \(first)"
      }
      return "Its connections go on with it: \(connections.map(\.name).joined(separator: ", "))."
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the clients, without their secrets.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Answer: Encodable { var clients: [Entry] }

    struct Entry: Encodable {
      var name: String
      var provider: String
      var clientID: String
      var redirectURI: String?
      var stopped: String?
    }

    func run() async throws {
      let clients = try await data.desk().clients().map {
        Entry(
          name: $0.name, provider: $0.provider.name, clientID: $0.clientID, redirectURI: $0.redirectURI,
          stopped: $0.stopped?.words)
      }
      try output.show(Answer(clients: clients)) {
        guard !clients.isEmpty else {
          return "There is no client yet. Make the first: evergrant setup keap --name shop"
        }
        return clients.map {
          "\($0.name)  \($0.provider)  \($0.clientID)\($0.stopped.map { "  stopped: \($0)" } ?? "")"
        }
        .joined(separator: "\n")
      }
    }
  }
}
