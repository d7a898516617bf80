import Simulation
import TestKit
import Testing

/// The laws under seeds: a failing seed is the reproduction. One at a time, beside all other tests.
@Suite(.serialized)
struct SimulationTests {
  @Test("no grant is lost and no law is broken, whatever happens", arguments: UInt64(0)..<300)
  func holds(_ seed: UInt64) async throws {
    let report = try await Simulation.run(seed: seed)
    #expect(report.violations == [])
    #expect(report.figures.exchanges > 0)
  }

  @Test("a seed takes the same course each time", arguments: UInt64(1000)..<1010)
  func repeats(_ seed: UInt64) async throws {
    let first = try await Simulation.run(seed: seed)
    #expect(try await Simulation.run(seed: seed) == first)
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
