import ArgumentParser
import Keeper
import Wire

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Print a live access token, refreshed first if need be.",
    discussion:
      "For an operator or a script that must call the provider itself. Safe beside a running server and others like it."
  )

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The connection.", completion: .connections) var name: String

  struct Answer: Encodable {
    var accessToken: String
    var generation: Int64
    var expiresAt: Int64
  }

  func run() async throws {
    let keeper = try await data.keeper()
    let token: AccessToken
    do {
      token = try await keeper.working { try await keeper.token(for: name) }
    } catch TokenUnavailable.noSuchConnection {
      throw KeeperError.noSuchConnection(name)
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
    case .needsApproval(let words), .paused(let words): words
    case .temporarily(let words, let after): "\(words) Try again in \(after) s."
    case .notStale: "The provider refuses a token that was just fetched."
    case .noSuchConnection: KeeperError.noSuchConnection(connection).description
    }
  }
}
