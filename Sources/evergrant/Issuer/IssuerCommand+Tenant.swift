import ArgumentParser
import Issuer

extension IssuerCommand {
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

      func run() async throws {
        try await options.open().setDisabled(!on, .tenant(name: name))
        IssuerCommand.saySwitched(name, on: on)
      }
    }
  }
}

extension IssuerCommand.Tenant {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every tenant, by name.")
    @OptionGroup var options: IssuerOptions
    @OptionGroup var output: OutputOptions

    struct Entry: Encodable {
      var name: String
      var host: String
      var members: Int
      var createdAt: Int64
      var disabledAt: Int64?
    }

    struct Answer: Encodable {
      var tenants: [Entry]
    }

    func run() async throws {
      let tenants = try await options.open().tenants()
      let answer = Answer(
        tenants: tenants.map {
          Entry(
            name: $0.name, host: $0.host, members: $0.members, createdAt: $0.createdAt.milliseconds,
            disabledAt: $0.disabledAt?.milliseconds)
        })
      try output.show(answer) {
        TextTable.of(
          ["TENANT", "HOST", "MEMBERS", ""],
          tenants.map { [$0.name, $0.host, String($0.members), $0.disabledAt.offWord] },
          orElse: "There is no tenant yet.")
      }
    }
  }
}
