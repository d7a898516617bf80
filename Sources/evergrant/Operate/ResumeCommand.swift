import ArgumentParser
import Operator

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let the calls of a paused connection through again.")

  @OptionGroup var data: DataOptions
  @Argument(help: "The connection.", completion: .connections) var name: String

  func run() async throws {
    try await data.desk().resume(name)
    say("\(name) lets calls through.")
  }
}
