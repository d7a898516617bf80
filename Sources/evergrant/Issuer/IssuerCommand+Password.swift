import ArgumentParser
import Issuer

extension IssuerCommand.User {
  struct Password: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set a person's password, which is asked for or read from a file, and sign them out everywhere.")
    @OptionGroup var options: IssuerOptions
    @Argument var email: String
    @Option(help: "A file with the password. Without it you are asked.") var passwordFile: String?

    func run() async throws {
      let issuer = try await options.open()
      let password = try SecretInput.readNew(file: passwordFile, prompt: "New password")
      try await issuer.setPassword(password, of: email)
      say("\(email) signs in with the new password from now on.")
    }
  }

  struct Reset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a link by which a person sets a new password, once, within an hour.",
      discussion: "Whoever has the link can set the password: hand it to the person and to nobody else.")
    @OptionGroup var options: IssuerOptions
    @Argument var email: String
    @Option(\.issuerBaseURL) var baseURL: String?

    func run() async throws {
      let set = try Settings()
      let address = try IssuerCommand.address(set, baseURL: baseURL)
      let token = try await options.open().makePasswordReset(for: email)
      print("\(address)/reset/\(token.exposed)")
    }
  }
}
