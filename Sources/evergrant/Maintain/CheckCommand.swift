import ArgumentParser
import Keeper
import Operator

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
    let keeper = try await data.keeper()
    let names = try await quarantined.names(keeper.desk)
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
