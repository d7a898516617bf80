import ArgumentParser
import Foundation
import Keeper
import Logging
import OAuth
import Web

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
  @Flag(help: "Paste the address by hand instead of waiting on this machine.") var paste = false
  @Option(help: "The port to wait on; 0 takes any.") var port = 0
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let asking = try await keeper.clientFor(connection: name, named: client)
    let isLoopback = asking.redirectURI.map { $0.hasPrefix("http://") } ?? asking.provider.loopbackRedirects
    let fields = paste || !isLoopback ? try await pasted(keeper, asking) : try await returned(keeper, asking)
    let status = try await keeper.finishConnecting(name, fields: fields, replacingTenant: replaceTenant)
    try output.show(status) {
      "\(status.name) is connected: \(status.approver ?? "a person") approved for \(status.tenant ?? "a tenant"). "
        + "Give a job its key: evergrant key add NAME --connection \(status.name) --allow 'PUT /crm/rest/v1/contacts'"
    }
  }

  private func returned(_ keeper: Keeper, _ client: Client) async throws -> FormFields {
    let callback = try await LoopbackCallback.listen(port: port)
    // A registered loopback address is free in its port alone (RFC 8252 section 7.3).
    let path = client.redirectURI.flatMap { URL(string: $0)?.path } ?? LoopbackCallback.path
    guard path == LoopbackCallback.path else {
      throw Denied("The registered redirect URI ends in \(path), but this command waits on /callback. Use --paste.")
    }
    let host = client.redirectURI.flatMap { URL(string: $0)?.host } ?? "127.0.0.1"
    let attempt = try await keeper.beginConnecting(
      name, client: client.name, redirectURI: "http://\(host):\(callback.port)\(LoopbackCallback.path)")
    say("Open this address in a browser on this machine, sign in and approve:\n\n  \(attempt.address)\n")
    return try await callback.wait(timeout: .seconds(600))
  }

  private func pasted(_ keeper: Keeper, _ client: Client) async throws -> FormFields {
    let attempt = try await keeper.beginConnecting(name, client: client.name, redirectURI: nil)
    say("Open this address in any browser, sign in and approve:\n\n  \(attempt.address)\n")
    say("The browser then ends on \(attempt.redirectURI). Paste the whole address here, and press Enter:")
    let line = (readLine() ?? "").trimmingCharacters(
      in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: "\"'<>")))
    guard let query = line.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "#").first,
      let fields = FormFields(parsing: query)
    else {
      throw Denied(
        "That is no address with an answer in it: it has no ?code=…&state=…. Connect again and paste all of it.")
    }
    return fields
  }
}

struct DisconnectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disconnect", abstract: "Forget a connection's tokens, and tell the provider where it can be told.")

  @OptionGroup var data: DataOptions
  @Argument(help: "The connection.") var name: String

  func run() async throws { print(try await data.keeper(logger: .standardError(.warning)).disconnect(name)) }
}
