import ArgumentParser
import Operator

struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Let no call of a connection through, until it is resumed.",
    discussion: """
      The grant is kept alive meanwhile, and keys stay as they are. Running servers know within a second. An access token that
      was handed out to a job before, for a key made with --tokens, stays good until it ends.
      """.flowing)

  @OptionGroup var data: DataOptions
  @Argument(help: "The connection.", completion: .connections) var name: String

  func run() async throws {
    try await data.desk().pause(name)
    say("\(name) is paused. Let calls through again with: evergrant resume \(name)")
  }
}
