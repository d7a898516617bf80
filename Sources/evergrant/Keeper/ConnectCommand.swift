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
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "A name of your own for the connection.") var name: String
  @Option(help: "The client that asks. Not needed to renew a connection.") var client: String?
  @OptionGroup var browser: BrowserOptions
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let asking = try await keeper.clientFor(connection: name, named: client)
    let fields = try await browser.approval(of: name, by: asking, keeper)
    let status = try await keeper.finishConnecting(name, fields: fields, replacingTenant: replaceTenant)
    try output.show(status) {
      "\(status.name) is connected: \(status.approver ?? "a person") approved for \(status.tenant ?? "a tenant"). "
        + "Give a job its key: evergrant key add NAME --connection \(status.name) --allow 'PUT /crm/rest/v1/contacts'"
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
