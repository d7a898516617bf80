import Dispatch
import TestKit
import Wire

/// A whole life of grants under one seed: the real keepers, the real issuer and the real store, on virtual time.
package struct Simulation: Sendable {
  package struct Report: Sendable, Equatable {
    package var seed: UInt64
    /// Which laws were broken, in words; the seed is the reproduction.
    package var violations: [String]
    package var figures: Figures
    /// Equal for two runs of one seed.
    package var trace: UInt64
    /// What happened, line by line, if that was asked for.
    package var tale: [String]
  }

  /// A simulation keeps its thread from beginning to end; it is not one of those that all tasks share.
  private static let threads = DispatchQueue(label: "evergrant.simulation", attributes: .concurrent)

  /// Far beyond any life that ends.
  private static let mostSteps: Int64 = 1_000_000

  /// - Parameter omitted: what does not happen in this world, to look for what lies behind something that is known.
  package static func run(seed: UInt64, omitting omitted: Set<Incident> = [], isTelling: Bool = false) async throws
    -> Report
  {
    let world = try await World(seed: seed, omitting: omitted, isTelling: isTelling)
    let executor = SeededExecutor(seed: seed, time: world.time, limit: mostSteps)
    let story = Story(world)
    let stuck: SeededExecutor.Stuck? = await withCheckedContinuation { continuation in
      threads.async {
        do throws(SeededExecutor.Stuck) {
          try executor.run { await story.run() }
          continuation.resume(returning: nil)
        } catch {
          continuation.resume(returning: error)
        }
      }
    }
    switch stuck {
    case .deadlock: world.truth.violated("simulation", "everybody waits and no timer is set")
    case .endless: world.truth.violated("simulation", "no end after \(mostSteps) steps")
    case nil: break
    }
    var figures = world.figures.all
    figures.seeds = 1
    figures.steps = executor.steps
    figures.virtualSeconds = (world.time.trueNow - world.begun).components.seconds
    figures.rotations = try await world.rotations()
    world.end()
    return Report(
      seed: seed, violations: world.truth.violations, figures: figures, trace: executor.trace, tale: world.figures.tale)
  }
}
