import ArgumentParser
import Issuer
import Store

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

extension IssuerCommand.Client {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every app, by name.")
    @OptionGroup var options: IssuerOptions
    @OptionGroup var output: OutputOptions

    struct Entry: Encodable {
      var id: String
      var name: String
      var `public`: Bool
      var legacy: Bool
      var redirectUris: [String]
      var createdAt: Int64
      var disabledAt: Int64?
    }

    struct Answer: Encodable {
      var clients: [Entry]
    }

    func run() async throws {
      let clients = try await options.open().clients()
      let answer = Answer(
        clients: clients.map {
          Entry(
            id: $0.id, name: $0.name, public: $0.isPublic, legacy: $0.isLegacy, redirectUris: $0.redirectURIs,
            createdAt: $0.createdAt.milliseconds, disabledAt: $0.disabledAt?.milliseconds)
        })
      try output.show(answer) {
        TextTable.of(
          ["CLIENT ID", "NAME", "KIND", ""],
          clients.map { client in
            let kind = client.isPublic ? "public" : client.isLegacy ? "legacy" : "confidential"
            return [client.id, client.name, kind, client.disabledAt.offWord]
          }, orElse: "There is no app yet.")
      }
    }
  }
}

extension Timestamp? {
  fileprivate var offWord: String { self == nil ? "" : "switched off" }
}

/// Rows of words for a terminal, below each other.
enum TextTable {
  static func of(_ head: [String], _ rows: [[String]], orElse none: String) -> String {
    if rows.isEmpty { return none }
    let lines = [head] + rows
    let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let padded = zip(line, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
      let text = padded.joined(separator: "  ")
      return String(text[..<(text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex)])
    }.joined(separator: "\n")
  }
}
