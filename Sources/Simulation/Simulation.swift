import Store
import TestKit

/// A whole life of grants under one seed: the real keepers, the real issuer and the real store, on virtual time.
package struct Simulation: Sendable {
  package struct Report: Sendable, Equatable {
    package var seed: UInt64
    /// Which laws were broken, in words; the seed is the reproduction.
    package var violations: [String]
    package var figures: Figures
    /// Equal for two runs of one seed.
    package var trace: UInt64
  }

  package static func run(seed: UInt64) async throws -> Report {
    let world = try await World(seed: seed)
    let executor = SeededExecutor(seed: seed, time: world.time)
    let story = Story(world)
    do throws(SeededExecutor.Deadlock) { try executor.run { await story.run() } } catch {
      world.truth.violated("simulation", "everybody waits and no timer is set")
    }
    var figures = world.figures.all
    figures.seeds = 1
    figures.steps = executor.steps
    figures.virtualSeconds = (world.time.trueNow - world.begun).components.seconds
    figures.rotations = try await world.rotations()
    return Report(seed: seed, violations: world.truth.violations, figures: figures, trace: executor.trace)
  }
}
