import ArgumentParser
import Foundation
import Issuer
import Keeper

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "What is set, and where.",
    discussion: """
      Each setting has one name: public-port in the file, EVERGRANT_PUBLIC_PORT in the environment, --public-port as a flag. A
      flag counts before the environment, and that before the file. The file is YAML, at the path in EVERGRANT_CONFIG or at
      \(Settings.usualFile); settings of the issuer stand there below issuer:, and in the environment begin with
      EVERGRANT_ISSUER_. No secret belongs in it.
      """.flowing, subcommands: [Show.self, Check.self], defaultSubcommand: Show.self)

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every setting with its value and where that is from.")

    @OptionGroup var output: OutputOptions

    struct Entry: Encodable {
      var name: String
      var value: String?
      var origin: String
      var meaning: String
    }

    struct Answer: Encodable {
      var file: String?
      var settings: [Entry]
    }

    func run() async throws {
      let settings = try Settings()
      let entries = Settings.all.map { setting in
        let (text, origin) = settings.text(of: setting)
        return Entry(
          name: setting.name, value: text.map { Settings.isSecret($0) ? "‹secret›" : $0 } ?? setting.usualText,
          origin: "\(origin)", meaning: setting.meaning)
      }
      let width = entries.map(\.name.count).max() ?? 0
      try output.show(Answer(file: settings.file, settings: entries)) {
        entries.map { entry in
          "\(entry.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(entry.value ?? "")  (\(entry.origin))\n"
            + "    \(entry.meaning)"
        }.joined(separator: "\n")
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what is wrong with the settings file and the environment; 0 where nothing is.",
      discussion: """
        Judges by the same rules as a start, a certificate among them, and, run by root, as the user whom the data belongs to.
        """.flowing)

    func run() async throws {
      let faults = Settings.faults()
      guard faults.isEmpty else { throw Denied(faults.map(\.description).joined(separator: "\n")) }
      let settings = try Settings()
      _ = try settings(\.issuerBehindTLSProxy).map(Settings.proxyAddresses)
      _ = try settings(\.issuerAllowOrigin).map(Settings.origins)
      _ = try settings(\.issuerFaults).map { try FaultSchedule($0) }
      let serve = try ServeCommand.parse([])
      let address = try serve.listening(settings).publicAddress
      if let address, FileManager.default.fileExists(atPath: try serve.data.folderAsItIs.file(KeeperStore.name)) {
        let obstacles = try await serve.data.desk().linkObstacles(at: address)
        guard obstacles.isEmpty else { throw Denied(obstacles.joined(separator: "\n")) }
      }
      say("The settings are well\(settings.file.map { ": \($0)" } ?? ", and there is no settings file").")
    }
  }
}

extension Settings.Origin: CustomStringConvertible {
  var description: String {
    switch self {
    case .environment(let variable): variable
    case .file(let path): path
    case .usual: "usual"
    }
  }
}
