import ArgumentParser
import Jobs
import Keeper
import Operator
import Wire

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "The API keys that jobs hold.", subcommands: [Add.self, List.self, Revoke.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key, shown once; it may do what is named, and nothing else.",
      discussion: """
        --allow names a method and a path, as often as needed; * is one segment, and ** is all below:
          --allow 'PUT /crm/rest/v1/contacts'
          --allow 'GET /crm/rest/v1/contacts/*'
          --allow 'GET /crm/**'
        --contacts stands for all that upserting and importing needs.

        What a key may do does not change afterwards: for other rights add one under
        another name, put it in the place of the first, and revoke that.
        """.flowing)

    @OptionGroup var data: DataOptions
    @Argument(help: "A name for the key: say which job holds it.") var name: String
    @Option(help: "The connection that it may use.", completion: .connections) var connection: [String]
    @Option(help: "METHOD /path that it may call.") var allow: [String] = []
    @Flag(help: "Allow what adding, updating and importing contacts needs.") var contacts = false
    @Flag(help: "Let the job see the access token itself.") var tokens = false
    @Option(help: "How long the key is good: 90s, 24h, 365d.") var lifetime = Span.days(365)
    @Option(help: "How often the job calls, as 24h: silence for longer is alerted.") var expectEvery: Span?
    @Option(
      help: "Write the key to this new file, readable by you alone, instead of standard output.", completion: .file())
    var keyFile: String?

    func validate() throws {
      guard connection.count == 1 else {
        throw ValidationError(
          "A key is for one connection, and \(connection.joined(separator: ", ")) are named. Make a key for each.")
      }
      guard try !rules.isEmpty || tokens else {
        throw ValidationError(
          "A key that may do nothing is no use: name something with --allow, --contacts or --tokens.")
      }
    }

    private var rules: [APIKey.Rule] {
      get throws { try allow.map { try APIKey.Rule.named($0) } + (contacts ? APIKey.Rule.contacts : []) }
    }

    func run() async throws {
      let rules = try rules, desk = try await data.desk()
      // Before the file of the key that has that name is in the way.
      try await desk.requireNewKey(name)
      try await SecretInput.showOnce(in: keyFile) { keep in
        try await desk.addKey(
          name, connection: connection[0], rules: rules, handsOutTokens: tokens, lifetime: lifetime.duration,
          expectedEvery: expectEvery?.duration, keep: keep)
      }
      say("Key \(name) is made\(keyFile.map { " and is in \($0)" } ?? "; it is shown this once").")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the keys, with their rights and last use.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Answer: Encodable { var keys: [Entry] }

    struct Entry: Encodable {
      var name: String
      var connection: String
      var allows: [String]
      var handsOutTokens: Bool
      var endsAt: Int64
      var lastUsedAt: Int64?
      /// When silence begins to count as trouble.
      var expectedBy: Int64?
    }

    func run() async throws {
      let keys = try await data.desk().keys().map {
        Entry(
          name: $0.name, connection: $0.connection, allows: $0.rules.map(\.text), handsOutTokens: $0.handsOutTokens,
          endsAt: $0.endsAt.milliseconds, lastUsedAt: $0.lastUsedAt?.milliseconds,
          expectedBy: $0.expectedBy?.milliseconds)
      }
      try output.show(Answer(keys: keys)) {
        guard !keys.isEmpty else {
          return "There is no key yet. Make the first: evergrant key add nightly --connection shop --contacts"
        }
        return keys.map { key in
          let used = key.lastUsedAt.map { "last used \(Timestamp(milliseconds: $0).readable)" } ?? "never used"
          let until = Timestamp(milliseconds: key.endsAt).readable
          let expected = key.expectedBy.map { "  expected by \(Timestamp(milliseconds: $0).readable)" } ?? ""
          return "\(key.name)  for \(key.connection)  until \(until)  \(used)\(expected)\n"
            + key.allows.map { "    may \($0)" }.joined(separator: "\n")
        }.joined(separator: "\n")
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a key: running servers refuse it within a second.")

    @OptionGroup var data: DataOptions
    @Argument(help: "The key's name.", completion: .keys) var name: String

    func run() async throws {
      try await data.desk().revokeKey(name)
      say("Key \(name) is revoked.")
    }
  }
}

extension APIKey.Rule {
  /// A rule of the command line.
  static func named(_ text: String) throws -> APIKey.Rule {
    guard let rule = APIKey.Rule(text) else {
      throw ValidationError("--allow '\(text)' is not METHOD /path, such as 'PUT /crm/rest/v1/contacts'.")
    }
    return rule
  }
}

extension APIKey.Rule {
  /// What the contact jobs call.
  static let contacts = ContactUpsert.rules.compactMap { APIKey.Rule($0) }
}
