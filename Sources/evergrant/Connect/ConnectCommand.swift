import ArgumentParser
import Foundation
import Keeper
import OAuth
import Operator

struct ConnectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect",
    abstract: "Let a person approve, once; again under the same name renews the approval.",
    discussion: """
      Prints a link to open in a browser. Where the provider redirects to this machine, the command ends by itself when
      the person has approved. Elsewhere, or with --paste: approve on any machine, then paste the whole address that
      the browser ended on. The link works for ten minutes.

      With --import nobody approves: tokens that another program has kept are taken over, and refreshed at once. Stop that
      program first, for good: two holders of one grant end it. FILE is a token endpoint's answer in JSON, a serialised
      Infusionsoft\\Token of Keap's PHP SDK, a file of keap-python, or the folder of Laravel's file cache with what
      laravel-keap keeps there; - asks for both tokens, or reads standard input: the two in a line each, or the text of such a
      file.

      With --static-key there is no OAuth: FILE, or - to be asked, holds a key that you have made on the provider's own pages,
      such as Keap's personal access tokens and service account keys, for your own tenant. Jobs get keys of Evergrant's for
      it, each with its own rights, end and record. Again under the same name it puts a new key in the place of the old.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "A name of your own for the connection.", completion: .connections) var name: String
  @Option(help: "The client that asks. Not needed to renew a connection.", completion: .clients) var client: String?
  @OptionGroup var browser: BrowserOptions
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false
  @Flag(help: "The key is of the same account as the one before, where the provider does not tell.") var sameTenant =
    false
  @Option(
    name: .customLong("import"), help: "Tokens that another program has kept: a file or folder, or - to be asked.",
    completion: .file())
  var kept: String?
  @Option(help: "Which entry of the file, where it has several.") var entry: String?
  @Option(help: "A key made on the provider's own pages: a file, or - to be asked.", completion: .file()) var staticKey:
    String?
  @Option(help: "Whose key that is, for a new connection: one of \(ProviderCatalogue.names).", completion: .providers)
  var provider: String?
  @Option(help: "The provider's address, where it has one for each customer, region or tenant.") var baseURL: String?

  private struct Answer: Encodable { var connection: ConnectionStatus }

  func validate() throws {
    guard staticKey != nil || (provider == nil && baseURL == nil) else {
      throw ValidationError("--provider and --base-url go with --static-key; otherwise the client has both.")
    }
    guard staticKey == nil || (kept == nil && client == nil) else {
      throw ValidationError("A key of your own needs neither --client nor --import.")
    }
    guard staticKey != nil || !sameTenant else { throw ValidationError("--same-tenant goes with --static-key.") }
    guard entry == nil || kept != nil else { throw ValidationError("--entry goes with --import.") }
  }

  func run() async throws {
    let keeper = try await data.keeper()
    if let staticKey { return try await takeKey(staticKey, keeper) }
    let asking = try await keeper.desk.clientFor(connection: name, named: client)
    if let kept { return try await takeOver(kept, asking, keeper) }
    let status = try await browser.connect(name, by: asking, keeper, replacingTenant: replaceTenant)
    try output.show(Answer(connection: status)) {
      "\(status.name) is connected: \(status.approver ?? "a person") approved for \(status.tenant ?? "a tenant"). "
        + "Give a job its key: evergrant key add NAME --connection \(status.name) "
        + (asking.provider.contacts == .keap ? "--contacts" : "--allow 'METHOD /path'")
    }
  }
}

extension KeptTokens {
  /// Two lines are the two tokens.
  fileprivate init(piped text: String, app: String?) throws {
    let lines = text.split(whereSeparator: \.isNewline)
    if lines.count == 2, !lines.contains(where: { $0.contains { $0.isWhitespace || "{}\"".contains($0) } }) {
      self.init(access: Secret(String(lines[0])), refresh: Secret(String(lines[1])))
    } else {
      try self.init(text: text, app: app)
    }
  }
}

extension ConnectCommand {
  private func takeKey(_ file: String, _ keeper: Keeper) async throws {
    let key = try SecretInput.read(file: file == "-" ? nil : file, prompt: "Key")
    let (status, isAccepted) = try await keeper.desk.takeKey(
      key, as: name, provider: provider, baseURL: baseURL, replacingTenant: replaceTenant,
      isSameTenant: sameTenant)
    try output.show(Answer(connection: status)) {
      Paragraph.wrapped(
        "\(status.name) is connected by a key\(status.approver.map { " of \($0)" } ?? "")"
          + (isAccepted == nil ? ", which nobody has tried yet. " : ", and \(status.provider) takes it. ")
          + "Delete it wherever else it is kept. Give each job a key of its own: evergrant key add NAME --connection "
          + "\(status.name) --contacts")
    }
  }

  private func takeOver(_ path: String, _ client: Client, _ keeper: Keeper) async throws {
    let tokens =
      switch path {
      case "-" where isatty(STDIN_FILENO) == 1:
        KeptTokens(
          access: try SecretInput.read(file: nil, prompt: "Access token"),
          refresh: try SecretInput.read(file: nil, prompt: "Refresh token"))
      case "-":
        try KeptTokens(
          piped: String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self), app: entry)
      default: try KeptTokens(at: path, app: entry)
      }
    let report = try await keeper.working {
      try await keeper.desk.takeOver(tokens, as: name, client: client.name, replacingTenant: replaceTenant)
    }
    switch report {
    case .refreshed(let status), .notDue(let status):
      try output.show(Answer(connection: status)) {
        Paragraph.wrapped(
          "\(status.name) is taken over, for \(status.tenant ?? "a tenant"): its tokens are new, and those in \(path) are "
            + "spent. The program that kept them must stop using them for good; delete them there. "
            + "Give a job its key: evergrant key add NAME --connection \(status.name) --contacts")
      }
    case .notRefreshed(let status, let reason):
      try output.show(Answer(connection: status)) {
        Paragraph.wrapped(
          "\(status.name) is stored, and not refreshed: \(reason). What to do: \(status.nextStep ?? "Try again in a moment.")"
        )
      }
      throw ExitCode(ExitStatus(notRefreshed: status).rawValue)
    }
  }
}
