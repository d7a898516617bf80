import ArgumentParser
import Operator

struct DisconnectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disconnect", abstract: "Forget a connection's tokens, and tell the provider where it can be told.")

  @OptionGroup var data: DataOptions
  @Argument(help: "The connection.", completion: .connections) var name: String

  func run() async throws { print(try await data.desk().disconnect(name)) }
}
