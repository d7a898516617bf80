import ArgumentParser
import Foundation
import Simulation
import Wire

/// Runs many seeds of the simulation and adds up what they held.
@main
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Looks for a seed under which a grant is lost or a law is broken.",
    discussion:
      "Each seed is a world of its own; the same seed takes the same course. Exits with 1 if a law was broken.")

  @Option(help: "How many seeds.") var seeds: UInt64 = 1000
  @Option(help: "The first seed.") var from: UInt64 = 0
  @Option(help: "How many at a time.") var workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
  @Flag(help: "Stop at the first seed that breaks a law.") var first = false
  @Option(help: "What does not happen, such as folderRestore; may be repeated.") var without: [String] = []
  @Flag(help: "Tell what happens in the first seed, line by line.") var tell = false
  @Option(help: "Where to write the figures, in JSON.") var figures: String?

  func run() async throws {
    let begun = Date(), omitted = Set(try without.map(incident))
    if tell {
      return try await Simulation.run(seed: from, omitting: omitted, isTelling: true).tale.forEach { print($0) }
    }
    var figures = Figures(), broken: [Simulation.Report] = [], told = Date()
    try await withThrowingTaskGroup(of: Simulation.Report.self) { group in
      var next = from
      let end = from + seeds
      func start() {
        guard next < end, !(first && !broken.isEmpty) else { return }
        let seed = next
        next += 1
        group.addTask { try await Simulation.run(seed: seed, omitting: omitted) }
      }
      for _ in 0..<max(1, workers) { start() }
      while let report = try await group.next() {
        figures = figures + report.figures
        if !report.violations.isEmpty {
          broken.append(report)
          for words in report.violations.prefix(3) { print("seed \(report.seed): \(words)") }
          fflush(nil)
        }
        if Date().timeIntervalSince(told) > 5 {
          told = Date()
          FileHandle.standardError.write(
            Data("  \(figures.seeds) of \(seeds) seeds, \(broken.count) with a broken law\n".utf8))
        }
        start()
      }
    }
    let seconds = Date().timeIntervalSince(begun)
    print(summary(figures, broken.count, seconds))
    if let path = self.figures { try record(figures, broken.count, seconds, in: path) }
    if !broken.isEmpty { throw ExitCode.failure }
  }

  private func incident(_ name: String) throws -> Incident {
    guard let incident = Incident(rawValue: name) else {
      throw ValidationError("There is no \(name). Known: \(Incident.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return incident
  }

  private func summary(_ figures: Figures, _ broken: Int, _ seconds: Double) -> String {
    let years = Double(figures.virtualSeconds) / (365.25 * 86_400)
    let incidents = Incident.allCases.map { "\($0.rawValue) \(figures[$0])" }.joined(separator: ", ")
    return """
      \(figures.seeds) seeds, \(String(format: "%.1f", years)) virtual years in \(Int(seconds)) s:
        \(figures.rotations) refreshes at the providers, \(figures.landings) landings, \(figures.calls) calls
        \(figures.exchanges) exchanges, of which \(figures.faults) were disturbed
        \(figures.approvals) approvals, \(figures.revocations) revocations
        \(figures.restores) old states that came back; after \(figures.judgedRestores) a token was presented and judged
        \(figures.strictLosses) answers lost at a strict provider, \(figures.diagnosedLosses) told with their moment
        \(incidents)
      \(broken) seeds broke a law
      """
  }

  private func record(_ figures: Figures, _ broken: Int, _ seconds: Double, in path: String) throws {
    let fields = try JSONSerialization.jsonObject(with: JSONEncoder().encode(figures)) as? [String: Any] ?? [:]
    let all = fields.merging(["violations": broken, "seconds": Int(seconds)]) { $1 }
    let data = try JSONSerialization.data(withJSONObject: all, options: [.prettyPrinted, .sortedKeys])
    try (data + Data("\n".utf8)).write(to: URL(fileURLWithPath: path))
  }
}
