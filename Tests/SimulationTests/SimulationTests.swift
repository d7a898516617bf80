import Simulation
import TestKit
import Testing

/// The laws under seeds: a failing seed is the reproduction. One test at a time, beside all others.
@Suite(.serialized)
struct SimulationTests {
  @Test("no law is broken under a hundred seeds and more, in which everything takes place that may")
  func holds() async throws {
    var figures = Figures(), seeds = UInt64(0)..<100
    repeat {
      figures = figures + (try await run(seeds))
      // What is rare may take more of them.
      seeds = seeds.upperBound..<seeds.upperBound + 20
    } while seeds.upperBound <= 300 && Incident.allCases.contains(where: { figures[$0] == 0 })
    for incident in Incident.allCases { #expect(figures[incident] > 0, "\(incident.rawValue) never took place") }
    #expect(figures.judgedRestores > figures.restores / 2)
    #expect(figures.strictLosses > 0)
    #expect(figures.diagnosedLosses == figures.strictLosses)
  }

  private func run(_ seeds: Range<UInt64>) async throws -> Figures {
    // A seed keeps one core busy.
    try await withThrowingTaskGroup(of: Figures.self) { lanes in
      for lane in UInt64(0)..<2 {
        lanes.addTask {
          var figures = Figures()
          for seed in stride(from: seeds.lowerBound + lane, to: seeds.upperBound, by: 2) {
            let report = try await Simulation.run(seed: seed)
            #expect(report.violations == [], "seed \(seed)")
            #expect(report.figures.exchanges > 0, "seed \(seed)")
            figures = figures + report.figures
          }
          return figures
        }
      }
      return try await lanes.reduce(into: Figures()) { $0 = $0 + $1 }
    }
  }

  @Test("a seed takes the same course each time", arguments: UInt64(1000)..<1010)
  func repeats(_ seed: UInt64) async throws {
    let first = try await Simulation.run(seed: seed)
    #expect(try await Simulation.run(seed: seed) == first)
  }

  @Test("what is left out does not take place", arguments: [Incident.suspension, .folderRestore, .disconnect])
  func omits(_ incident: Incident) async throws {
    for seed in UInt64(0)..<5 {
      #expect(try await Simulation.run(seed: seed, omitting: [incident]).figures[incident] == 0)
    }
  }

  @Test("a life that comes to no end is told from one in which everybody waits")
  func stuck() {
    let time = VirtualTime()
    #expect(throws: SeededExecutor.Stuck.endless) {
      try SeededExecutor(seed: 1, time: time, limit: 1000).run { while true { await Task.yield() } }
    }
    #expect(throws: SeededExecutor.Stuck.deadlock) {
      try SeededExecutor(seed: 1, time: time, limit: 1000).run {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      }
    }
  }
}
