import ArgumentParser

/// Measures the keeper with many connections: its start, its memory, the next that is due, and what a refresh costs.
@main
struct Measure: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measures the keeper with many connections.",
    discussion:
      "Fill a folder first, and measure it in a process of its own: what a filling leaves in memory counts not.",
    subcommands: [FillCommand.self, KeeperCommand.self])
}
