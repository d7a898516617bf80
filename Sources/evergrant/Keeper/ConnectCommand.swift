import ArgumentParser
import Keeper
import Logging

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
      laravel-keap keeps there; - asks for both tokens.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "A name of your own for the connection.") var name: String
  @Option(help: "The client that asks. Not needed to renew a connection.") var client: String?
  @OptionGroup var browser: BrowserOptions
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false
  @Option(
    name: .customLong("import"), help: "Tokens that another program has kept: a file or folder, or - to be asked.")
  var kept: String?
  @Option(help: "Which entry of the file, where it has several.") var entry: String?

  func validate() throws {
    guard entry == nil || kept != nil else { throw ValidationError("--entry goes with --import.") }
  }

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let asking = try await keeper.clientFor(connection: name, named: client)
    if let kept { return try await takeOver(kept, asking, keeper) }
    let fields = try await browser.approval(of: name, by: asking, keeper)
    let status = try await keeper.finishConnecting(name, fields: fields, replacingTenant: replaceTenant)
    try output.show(status) {
      "\(status.name) is connected: \(status.approver ?? "a person") approved for \(status.tenant ?? "a tenant"). "
        + "Give a job its key: evergrant key add NAME --connection \(status.name) --allow 'PUT /crm/rest/v1/contacts'"
    }
  }
}

extension ConnectCommand {
  private func takeOver(_ path: String, _ client: Client, _ keeper: Keeper) async throws {
    let tokens =
      path == "-"
      ? KeptTokens(
        access: try SecretInput.read(file: nil, prompt: "Access token"),
        refresh: try SecretInput.read(file: nil, prompt: "Refresh token"))
      : try KeptTokens(at: path, app: entry)
    let report = try await keeper.working {
      try await keeper.takeOver(tokens, as: name, client: client.name, replacingTenant: replaceTenant)
    }
    switch report {
    case .refreshed(let status), .notDue(let status):
      try output.show(status) {
        Paragraph.wrapped(
          "\(status.name) is taken over, for \(status.tenant ?? "a tenant"): its tokens are new, and those in \(path) are "
            + "spent. The program that kept them must stop using them for good; delete them there. "
            + "Give a job its key: evergrant key add NAME --connection \(status.name) --contacts")
      }
    case .notRefreshed(let status, let reason):
      try output.show(status) {
        Paragraph.wrapped(
          "\(status.name) is stored, and not refreshed: \(reason). What to do: \(status.nextStep ?? "Try again in a moment.")"
        )
      }
      throw ExitCode((ExitStatus([status]) ?? (status.isServed ? .providerDown : .failed)).rawValue)
    }
  }
}

struct DisconnectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disconnect", abstract: "Forget a connection's tokens, and tell the provider where it can be told.")

  @OptionGroup var data: DataOptions
  @Argument(help: "The connection.") var name: String

  func run() async throws { print(try await data.keeper(logger: .standardError(.warning)).disconnect(name)) }
}
