import Dispatch
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

  /// A simulation keeps its thread from beginning to end; it is not one of those that all tasks share.
  private static let threads = DispatchQueue(label: "evergrant.simulation", attributes: .concurrent)

  package static func run(seed: UInt64) async throws -> Report {
    let world = try await World(seed: seed)
    let executor = SeededExecutor(seed: seed, time: world.time)
    let story = Story(world)
    let isDeadlocked = await withCheckedContinuation { continuation in
      threads.async {
        do throws(SeededExecutor.Deadlock) {
          try executor.run { await story.run() }
          continuation.resume(returning: false)
        } catch {
          continuation.resume(returning: true)
        }
      }
    }
    if isDeadlocked { world.truth.violated("simulation", "everybody waits and no timer is set") }
    var figures = world.figures.all
    figures.seeds = 1
    figures.steps = executor.steps
    figures.virtualSeconds = (world.time.trueNow - world.begun).components.seconds
    figures.rotations = try await world.rotations()
    return Report(seed: seed, violations: world.truth.violations, figures: figures, trace: executor.trace)
  }
}
