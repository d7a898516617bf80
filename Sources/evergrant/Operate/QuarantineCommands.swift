import ArgumentParser
import Keeper
import Logging
import Store

/// Which connections a decision is about.
struct QuarantinedOptions: ParsableArguments {
  @Argument(help: "The connection.", completion: .connections) var name: String?
  @Flag(help: "All connections that are quarantined.") var all = false

  func validate() throws {
    guard (name == nil) == all else { throw ValidationError("Name one connection, or say --all.") }
  }

  func names(_ keeper: Keeper) async throws -> [String] {
    if let name { return [name] }
    return try await keeper.status().filter { $0.state == .quarantined }.map(\.name)
  }
}

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Ask the provider whether a quarantined connection's tokens still count.",
    discussion: """
      A database that was restored from a backup may hold a refresh token that the provider has replaced long ago, and
      presenting that could end the grant. So its connections are quarantined: calls are served while an access token
      lives, and nothing is refreshed. This asks the provider with the newest access token at hand, which spends nothing.
      If it is accepted, its refresh token is the newest too, and refreshing goes on. A running server does the same once
      a minute.

      A check counts from ten minutes after the quarantine began: before that the provider might still accept an access
      token whose successor exists. Where it cannot tell, decide yourself: evergrant trust --help

      Exit status: 0 refreshing goes on; 4 somebody must decide or approve again; 1 it cannot be told yet.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var quarantined: QuarantinedOptions

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let names = try await quarantined.names(keeper)
    if names.isEmpty { return say("No connection is quarantined.") }
    var exits: Set<ExitStatus> = []
    for name in names {
      let sentence: String
      switch try await keeper.check(name) {
      case .notQuarantined: sentence = "not quarantined, so there is nothing to check."
      case .lifted(let generation):
        sentence = "the provider accepts the newest token at hand (generation \(generation)), and refreshing goes on."
      case .tooEarly(let reason):
        exits.insert(.failed)
        sentence = "it cannot be told yet: \(reason). Check again then; it is served while its access token lives."
      case .undecided(let reason):
        exits.insert(.personNeeded)
        sentence =
          "it cannot be told by asking: \(reason). Approve again, which is always safe: evergrant reconnect \(name). "
          + "Or, if you know that what is stored is the newest: evergrant trust \(name)"
      }
      print(Paragraph.wrapped("\(name): \(sentence)", indentation: 2))
    }
    if let exit = exits.contains(.personNeeded) ? .personNeeded : exits.first { throw ExitCode(exit.rawValue) }
  }
}

struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Decide about a quarantined connection, or about a process that never comes back.",
    discussion: """
      Ask first, with: evergrant check NAME. To approve again, with evergrant reconnect NAME, is always safe, and needs
      the person. What each of your own decisions says, and what it risks:

      trust NAME: what the database holds is the newest. Right if nothing was refreshed after the backup was made. If
      that is wrong, the provider sees an old token: some forgive it, others end the grant, and then a person must approve
      again. Newer tokens that were offered are dropped.

      trust NAME --offered: what a running process or a journal offers is the newest. Right if only the database is old
      and the process has gone on meanwhile, the usual case after a restore. It risks the same, if some process that is
      gone now went on for longer.

      trust NAME --gone PROCESS: that process has presented a token, has not said what came of it, and never comes back,
      because its machine or its journal is lost. The same token is then presented again, which a strict provider may
      refuse. If the process does come back, its answer is kept as a spare.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var quarantined: QuarantinedOptions
  @Flag(help: "Take the newer tokens that are offered.") var offered = false
  @Option(help: "The process that is gone, as status names it.") var gone: String?

  func validate() throws {
    guard gone == nil || !(offered || quarantined.all) else {
      throw ValidationError("--gone is about one connection and one process: say neither --offered nor --all with it.")
    }
  }

  private struct Answer: Encodable {
    var connections: [ConnectionStatus]
  }

  func run() async throws {
    let keeper = try await data.keeper(logger: .standardError(.warning))
    let names = try await quarantined.names(keeper)
    var decided: [ConnectionStatus] = [], refusal: (any Error)?
    for name in names {
      do {
        if let gone {
          decided.append(try await keeper.declareGone(gone, for: name))
        } else {
          decided.append(try await keeper.trust(name, offered: offered))
        }
      } catch let error as KeeperError where names.count > 1 {
        say("\(error)")
        refusal = error
      }
    }
    let now = WallClock.system.now()
    try output.show(Answer(connections: decided)) {
      decided.map { status in
        let done =
          gone.map { "\(status.name): nobody waits for the process \($0) any longer." }
          ?? "\(status.name) is refreshed again, with \(offered ? "the tokens that were offered" : "what is stored")."
        return Paragraph.wrapped(done) + (names.count > 1 ? "" : "\n\n" + status.readable(now))
      }.joined(separator: "\n")
    }
    if refusal != nil { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
