import ArgumentParser
import Foundation

/// The command line: composes the modules, and judges what is set.
struct Evergrant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evergrant",
    abstract: "One approval. An API key for your jobs. OAuth for everyone else.",
    discussion: """
      The keeper holds an OAuth grant, keeps it alive with nobody there, and gives jobs plain API keys:
        evergrant setup keap --name shop              asks, and does the next three
        evergrant client add app --provider keap      the app that you registered
        evergrant connect shop --client app           a person approves, once
        evergrant key add nightly --connection shop --contacts
        evergrant serve                               jobs call with that key:
                                                \(Settings.table.url.usualText)/via/shop/…

      The issuer is the API's side of the same bargain: evergrant issuer --help.
      See both at work on this machine: evergrant demo.

      Exit status: 0 done, 1 failed, 2 wrong use, 3 done but for rows that were refused, calls that are not
      carried or days that were not held, 4 a person is needed, 5 provider down but the token still served, 6 denied.
      """.flowing,
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(name: "Try it", subcommands: [DemoCommand.self]),
      CommandGroup(
        name: "Keeper",
        subcommands: [
          SetupCommand.self, ServeCommand.self, ClientCommand.self, ConnectCommand.self, DisconnectCommand.self,
          KeyCommand.self,
          TokenCommand.self,
        ]),
      CommandGroup(
        name: "Operator",
        subcommands: [
          StatusCommand.self, WhyCommand.self, ConsoleCommand.self, PauseCommand.self, ResumeCommand.self,
          RefreshCommand.self, ReconnectCommand.self, CheckCommand.self,
          TrustCommand.self, AuditCommand.self, AlertCommand.self, DoctorCommand.self, ConfigCommand.self,
          BackupCommand.self, RestoreCommand.self, RekeyCommand.self,
        ]),
      CommandGroup(name: "Jobs", subcommands: [ContactsCommand.self, ScanCommand.self]),
      CommandGroup(name: "Issuer", subcommands: [IssuerCommand.self]),
    ])
}

@main
enum Program {
  static func main() async {
    // A reader that goes away, as `| head` does, is an error to report, not a signal to die of.
    signal(SIGPIPE, SIG_IGN)
    leaveNoCore()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try CommandNames.check(arguments)
      var command = try await Evergrant.asyncParseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      await leave(error, arguments)
    }
  }

  /// Memory holds tokens in the clear, so a crash must not write it to the disk.
  private static func leaveNoCore() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = 0
    _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
  }

  private static func leave(_ error: any Error, _ arguments: [String]) async -> Never {
    if let code = error as? ExitCode { exit(code.rawValue) }
    let parsed = Evergrant.exitCode(for: error)
    if parsed == .success {
      print(HelpText.fitted(Evergrant.fullMessage(for: error)))
      exit(0)
    }
    let failure = await Failure(error, isUsage: parsed == .validationFailure, arguments)
    say(failure.text)
    if arguments.contains("--json"), let answer = try? JSONText.answer(failure) { print(answer) }
    exit(failure.status.rawValue)
  }
}
