import ArgumentParser
import Keeper
import Logging

struct ReconnectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconnect", abstract: "Let the same person approve a connection again; its name and keys stay.",
    discussion: """
      For a connection that needs a person, or soon will. Works as connect does, with the client that the connection has.
      Sign in as the person who approved before, and for the same tenant: another is refused, because the jobs that hold keys
      would work on other data from then on. If that is what you want, say --replace-tenant.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var browser: BrowserOptions
  @Argument(help: "The connection.") var name: String
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false

  private struct Answer: Encodable {
    var version = 1
    var connection: ConnectionStatus
  }

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let before = try await keeper.status(name)
    let client = try await keeper.clientFor(connection: name, named: nil)
    let approver = before.approver.map { "\($0)\(before.tenant.map { " for \($0)" } ?? "")" }
    if let approver, !replaceTenant { say("\(name) was approved by \(approver); the same person must approve again.") }
    let fields = try await browser.approval(of: name, by: client, keeper)
    let status = try await keeper.finishConnecting(name, fields: fields, replacingTenant: replaceTenant)
    try output.show(Answer(connection: status)) {
      let keys = status.keys.map(\.name)
      return Paragraph.wrapped(
        "\(name) is connected again: \(status.approver ?? "a person") approved for \(status.tenant ?? "a tenant"). "
          + (keys.isEmpty
            ? "No job has a key for it."
            : "These jobs go on with the keys that they have: \(keys.joined(separator: ", ")).")
      )
    }
  }
}
