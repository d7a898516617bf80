import ArgumentParser
import Issuer

extension IssuerCommand {
  struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "People who approve.",
      subcommands: [Add.self, List.self, Join.self, Leave.self, Owner.self, Password.self, Reset.self, Switch.self])

    struct Add: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Add a person; the password is asked for, or read from a file.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Option var name: String
      @Option(help: "A tenant that the person is a member of, as often as needed.") var tenant: [String] = []
      @Option(help: "A file with the password. Without it you are asked.") var passwordFile: String?

      func run() async throws {
        let issuer = try await options.open()
        let password = try SecretInput.readNew(file: passwordFile, prompt: "Password")
        try await issuer.addUser(email: email, name: name, password: password, tenants: tenant)
        say("\(email) can sign in.")
      }
    }

    struct Join: AsyncParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Make a person a member of a tenant.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Argument var tenant: String

      func run() async throws {
        try await options.open().addMember(email: email, tenant: tenant)
        say("\(email) is a member of \(tenant).")
      }
    }

    struct Leave: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "End a membership; the approvals given under it stop working.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Argument var tenant: String

      func run() async throws {
        try await options.open().removeMember(email: email, tenant: tenant)
        say("\(email) is no member of \(tenant).")
      }
    }

    struct Owner: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract:
          "Make a member an owner of the tenant, who sees how much each app calls in it; or no longer, with --off.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Argument var tenant: String
      @Flag(help: "Make an owner a plain member again.") var off = false

      func run() async throws {
        try await options.open().setOwner(!off, email: email, tenant: tenant)
        say(
          off
            ? "\(email) is no owner of \(tenant)."
            : "\(email) is an owner of \(tenant), and sees how much each app calls in it.")
      }
    }

    struct Switch: AsyncParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Switch a person off, or with --on on again.")
      @OptionGroup var options: IssuerOptions
      @Argument var email: String
      @Flag var on = false

      func run() async throws {
        try await options.open().setDisabled(!on, .user(email: email))
        IssuerCommand.saySwitched(email, on: on)
      }
    }
  }
}

extension IssuerCommand.User {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Every person, by address; what they approved is theirs alone to see.")
    @OptionGroup var options: IssuerOptions
    @OptionGroup var output: OutputOptions

    struct Entry: Encodable {
      var email: String
      var name: String
      var tenants: [String]
      var createdAt: Int64
      var disabledAt: Int64?
    }

    struct Answer: Encodable {
      var users: [Entry]
    }

    func run() async throws {
      let users = try await options.open().users()
      let answer = Answer(
        users: users.map {
          Entry(
            email: $0.email, name: $0.name, tenants: $0.tenants, createdAt: $0.createdAt.milliseconds,
            disabledAt: $0.disabledAt?.milliseconds)
        })
      try output.show(answer) {
        TextTable.of(
          ["E-MAIL", "NAME", "TENANTS", ""],
          users.map { [$0.email, $0.name, $0.tenants.joined(separator: ", "), $0.disabledAt.offWord] },
          orElse: "There is nobody yet.")
      }
    }
  }
}
