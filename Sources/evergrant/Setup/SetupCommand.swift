import ArgumentParser
import Foundation
import Keeper

struct SetupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "From nothing to a kept grant, a tested key, and lines to paste.",
    discussion: """
      Asks in order for the app that you registered at the provider, lets a
      person approve, makes a key with the least rights, makes a test call with
      it, and prints the PHP and cron lines. Each question says what its answer is
      for. Run again, it leaves alone what works and goes on with what does not.
        evergrant setup keap --name shop

      What is said on the command line is not asked. With --yes nothing is: the
      approval that comes is taken as the right one, and what is missing is an
      error. The person still approves at the link that is printed.
      """.flowing)

  @OptionGroup var data: DataOptions
  @Argument(help: "One of \(ProviderCatalogue.names), or one of your own files.", completion: .providers)
  var provider: String
  @Option(help: "A name of your own for the connection.", completion: .connections) var name: String
  @Option(help: "A name for the app. Default: the provider's name.", completion: .clients) var client: String?
  @Option(help: "The provider's address, where it has one for each customer, region or tenant.") var baseURL: String?
  @Option(help: "The redirect URI that you registered for the app.") var redirectURI: String?
  @Option(help: "The id that the provider gave the app.") var clientID: String?
  @Option(help: "A file with the app's secret.", completion: .file()) var secretFile: String?
  @Option(
    help: "METHOD /path that the key may call, as often as needed. Default: what adding and updating contacts needs.")
  var allow: [String] = []
  @Option(
    help: "The file for the key. Default: NAME.key in this folder, or in the data folder of a service.",
    completion: .file())
  var keyFile: String?
  @OptionGroup var browser: BrowserOptions
  @Flag(help: "Let another tenant or person take over this name and its keys.") var replaceTenant = false
  @Flag(help: "Ask nothing.") var yes = false

  func run() async throws {
    let caller = geteuid()
    let keeper = try await data.keeper(logger: .standardError(.error))
    try await keeper.desk.requireName(name)
    let entry = try keeper.desk.provider(provider)
    let rules = try allow.map { try APIKey.Rule.named($0) }
    let owner = geteuid() == caller ? nil : DataOwner.name
    let usual = owner == nil ? "\(name).key" : try data.folder.file("\(name).key")
    let file = URL(fileURLWithPath: keyFile ?? usual).path
    var setup = Setup(
      keeper: keeper, entry: entry, app: client ?? provider, connection: name, keyFile: file, owner: owner,
      serve: "evergrant serve"
        + (data.path.map { " --data " + CommandLineText.word(URL(fileURLWithPath: $0).path) } ?? ""),
      rules: rules, browser: browser, replacesTenant: replaceTenant,
      answers: Setup.Answers(base: baseURL, redirect: redirectURI, id: clientID, secretFile: secretFile),
      dialogue: Dialogue(isUnattended: yes))
    try await setup.run()
  }
}
