import ArgumentParser
import Operator

struct ReconnectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconnect", abstract: "Let the same person approve a connection again; its name and keys stay.",
    discussion: """
      For a connection that needs a person, or soon will. Works as connect does, with the client that the connection has.
      Sign in as the person who approved before, and for the same tenant: another is refused, because the jobs that hold keys
      would work on other data from then on. If that is what you want, say --replace-tenant.
      With --link nothing is opened: it prints a link by which that person approves on a phone, as alerts carry one.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var browser: BrowserOptions
  @Argument(help: "The connection.", completion: .connections) var name: String
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false
  @Flag(help: "Print a link for the person instead, which works once on any phone or computer; needs public-url.")
  var link = false

  func validate() throws {
    guard !link || !(replaceTenant || browser.paste) else {
      throw ValidationError("A link is for the same person and tenant, and nothing is pasted: give --link alone.")
    }
  }

  private struct LinkAnswer: Encodable {
    var link: String
    var instruction: String
  }

  private func makeLink(_ desk: Desk) async throws {
    guard let address = try Settings().publicAddress() else {
      throw Denied(
        "A link needs an address at which people reach this keeper: set public-url, for the server too. See: "
          + "evergrant config")
    }
    let (link, instruction) = try await desk.newLink(for: name, at: address)
    say(Paragraph.wrapped("\(instruction) Whoever has the link can use it, so send it to that person alone."))
    try output.show(LinkAnswer(link: link.exposed, instruction: instruction)) { link.exposed }
  }

  private struct Answer: Encodable {
    var connection: ConnectionStatus
  }

  func run() async throws {
    let keeper = try await data.keeper()
    if link { return try await makeLink(keeper.desk) }
    let before = try await keeper.desk.status(name)
    let client = try await keeper.desk.clientFor(connection: name, named: nil)
    let approver = before.approver.map { "\($0)\(before.tenant.map { " for \($0)" } ?? "")" }
    if let approver, !replaceTenant { say("\(name) was approved by \(approver); the same person must approve again.") }
    let status = try await browser.connect(name, by: client, keeper, replacingTenant: replaceTenant)
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
