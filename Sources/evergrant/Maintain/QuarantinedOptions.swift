import ArgumentParser
import Operator

/// Which connections a decision is about.
struct QuarantinedOptions: ParsableArguments {
  @Argument(help: "The connection.", completion: .connections) var name: String?
  @Flag(help: "All connections that are quarantined.") var all = false

  func validate() throws {
    guard (name == nil) == all else { throw ValidationError("Name one connection, or say --all.") }
  }

  func names(_ desk: Desk) async throws -> [String] {
    if let name { return [name] }
    return try await desk.status().filter { $0.state == .quarantined }.map(\.name)
  }
}
