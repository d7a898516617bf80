import ArgumentParser
import Issuer

extension IssuerCommand {
  struct Grants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Count an app's approvals and how often each was refreshed; who gave them is theirs alone to see.")

    @OptionGroup var options: IssuerOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The client id.") var id: String

    struct Answer: Encodable {
      var living: Int
      var ended: Int
      var rotations: Int64
    }

    func run() async throws {
      let issuer = try await options.openAsItIs()
      let grants = try await issuer.grants(ofClient: id)
      let living = grants.filter { $0.revokedAt == nil }.count
      let answer = Answer(
        living: living, ended: grants.count - living, rotations: try await issuer.rotations(ofClient: id))
      try output.show(answer) { "\(answer.living) living, \(answer.ended) ended, refreshed \(answer.rotations) times" }
    }
  }
}
