import ArgumentParser
import Keeper
import Logging
import Store

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Ask the provider whether a quarantined connection's tokens still count.",
    discussion: """
      A database that was restored from a backup may hold a refresh token that the provider has replaced long ago, and
      presenting that could end the grant. So its connections are quarantined: calls are served while an access token lives,
      and nothing is refreshed. This asks the provider with the newest access token at hand, which spends nothing. If it is
      accepted, its refresh token is the newest too, and refreshing goes on. A running server does the same once a minute.

      A check counts from ten minutes after the quarantine began: before that the provider might still accept an access
      token whose successor exists. Where it cannot tell, decide yourself: evergrant trust --help.
      Exit status: 0 refreshing goes on; 4 somebody must decide or approve again; 1 it cannot be told yet.
      """)

  @OptionGroup var data: DataOptions
  @Argument(help: "The connection.") var name: String

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    switch try await keeper.check(name) {
    case .notQuarantined: print("\(name) is not quarantined: there is nothing to check.")
    case .lifted(let generation):
      print(
        Paragraph.wrapped(
          "The provider accepts the newest token at hand, generation \(generation): \(name) is refreshed again."))
    case .tooEarly(let reason):
      throw Denied(
        "It cannot be told yet: \(reason). Try again then; until then \(name) is served while its token lives.")
    case .undecided(let reason):
      throw Denied(
        "It cannot be told by asking: \(reason). Approve again, which is always safe: evergrant reconnect \(name). "
          + "Or, if you know that what is stored is the newest: evergrant trust \(name)", status: .personNeeded)
    }
  }
}

struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Decide about a quarantined connection, or about a process that never comes back.",
    discussion: """
      Ask first: evergrant check NAME. To approve again (evergrant reconnect NAME) is always safe, and needs the person.

      trust NAME               what the database holds is the newest. Right if nothing was refreshed after the backup was
                               made. If that is wrong, the provider sees an old token: some forgive it, others end the
                               grant, and then a person must approve again. Newer tokens that were offered are dropped.
      trust NAME --offered     what a running process or a journal offers is the newest. Right if the database is the old
                               one and the process has gone on meanwhile: the usual case after a restore.
      trust NAME --gone P      the process P, which has presented a token and not said what came of it, never comes back:
                               its machine or its journal is lost. If it does come back, its answer is kept as a spare.
                               The same token is then presented again, which a strict provider may refuse.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The connection.") var name: String
  @Flag(help: "Take the newer tokens that are offered.") var offered = false
  @Option(help: "The process that is gone, as status names it.") var gone: String?

  func validate() throws {
    guard gone == nil || !offered else {
      throw ValidationError("Decide about one thing at a time: --offered or --gone.")
    }
  }

  private struct Answer: Encodable {
    var version = 1
    var connection: ConnectionStatus
  }

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let status: ConnectionStatus
    if let gone {
      status = try await keeper.declareGone(gone, for: name)
    } else {
      status = try await keeper.trust(name, offered: offered)
    }
    try output.show(Answer(connection: status)) {
      let done =
        gone.map { "Nobody waits for the process \($0) any longer." }
        ?? "\(name) is refreshed again, with \(offered ? "the tokens that were offered" : "what is stored")."
      return Paragraph.wrapped(done) + "\n\n" + status.readable(WallClock.system.now())
    }
  }
}
