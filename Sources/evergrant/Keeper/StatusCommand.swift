import ArgumentParser
import Keeper
import Logging
import Store

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "How each connection is, what happened to it, and what to do.",
    discussion: "Exits with 4 if a connection needs a person, and with 5 if one is served but cannot be refreshed.")

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let all = try await data.keeper(logger: .standardError(.warning)).status()
    try output.show(all) {
      all.isEmpty
        ? "No connections yet. Make one: evergrant connect NAME --client …"
        : all.map(\.readable).joined(separator: "\n\n")
    }
    if all.contains(where: { $0.state == "needs_approval" }) { throw ExitCode(ExitStatus.personNeeded.rawValue) }
    if all.contains(where: { $0.state == "trouble" }) { throw ExitCode(ExitStatus.providerDown.rawValue) }
  }
}

extension ConnectionStatus {
  /// For a person at a terminal.
  var readable: String {
    func moment(_ milliseconds: Int64?) -> String? { milliseconds.map { Timestamp(milliseconds: $0).readable } }
    let words = [
      "ok": "ok", "trouble": "in trouble", "needs_approval": "needs a person", "disconnected": "disconnected",
    ]
    let lines: [(String, String?)] = [
      ("what happened", trouble), ("what to do", nextStep),
      ("approved by", approver.map { $0 + (tenant.map { " for \($0)" } ?? "") }), ("refreshed", moment(refreshedAt)),
      ("access until", moment(accessUntil)), ("person needed by", moment(personNeededBy)),
      ("keys", keys.isEmpty ? "none" : keys.map(\.readable).joined(separator: ", ")),
    ]
    return "\(name): \(words[state] ?? state) (\(provider), generation \(generation))\n"
      + lines.compactMap { label, value in
        value.map { "  \(label):" + String(repeating: " ", count: max(1, 18 - label.count)) + $0 }
      }.joined(separator: "\n")
  }
}

extension ConnectionStatus.KeyStatus {
  fileprivate var readable: String {
    let used = lastUsedAt.map { "last used \(Timestamp(milliseconds: $0).readable)" } ?? "never used"
    let expected = expectedBy.map { ", expected by \(Timestamp(milliseconds: $0).readable)" } ?? ""
    return "\(name) (\(used)\(expected))"
  }
}

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Print a live access token, refreshed first if need be.",
    discussion:
      "For an operator or a script that must call the provider itself. Safe beside a running server and others like it."
  )

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The connection.") var name: String

  struct Answer: Encodable {
    var accessToken: String
    var generation: Int64
    var expiresAt: Int64
  }

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let token: AccessToken
    do {
      token = try await keeper.working { try await keeper.token(for: name) }
    } catch let unavailable as TokenUnavailable {
      throw Denied(unavailable.sentence(name), status: ExitStatus(unavailable))
    }
    let answer = Answer(
      accessToken: token.secret.exposed, generation: token.generation, expiresAt: token.until.milliseconds)
    try output.show(answer) { answer.accessToken }
  }
}

extension TokenUnavailable {
  func sentence(_ connection: String) -> String {
    switch self {
    case .needsApproval(let words): words
    case .temporarily(let words, let after): "\(words) Try again in \(after) s."
    case .notStale: "The provider refuses a token that was just fetched."
    case .noSuchConnection: KeeperError.noSuchConnection(connection).description
    }
  }
}
