import Synchronization

/// Runs every job of a simulation on the calling thread, in an order drawn from a seed.
///
/// When nothing can run, virtual time moves on to the next deadline. Child tasks and task groups inherit it; whatever leaves it
/// for another thread would end the run as a deadlock.
package final class SeededExecutor: TaskExecutor {
  /// Why a run came to no end.
  package enum Stuck: Error {
    /// Everybody waits, and no timer is set.
    case deadlock
    /// More jobs ran than `limit`.
    case endless
  }

  private struct State {
    var ready: [UnownedJob] = []
    var random: SeededGenerator
    var isDone = false
    var steps: Int64 = 0
    var trace: UInt64 = 0xCBF2_9CE4_8422_2325
  }

  private let time: VirtualTime
  private let limit: Int64
  private let state: Mutex<State>

  /// - Parameter limit: how many jobs a run may take.
  package init(seed: UInt64, time: VirtualTime, limit: Int64 = .max) {
    self.time = time
    self.limit = limit
    state = Mutex(State(random: SeededGenerator(seed: seed)))
  }

  /// How many jobs ran.
  package var steps: Int64 { state.withLock(\.steps) }

  /// Tells two runs apart that took other turns.
  package var trace: UInt64 { state.withLock(\.trace) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.ready.append(job) }
  }

  /// Mixes what happened into the trace.
  package func note(_ value: UInt64) {
    state.withLock { $0.trace = ($0.trace ^ value) &* 0x0000_0100_0000_01B3 }
  }

  /// Runs `body` and all that it starts to their end.
  package func run(_ body: @escaping @Sendable () async -> Void) throws(Stuck) {
    Task(executorPreference: self) { [self] in
      await body()
      state.withLock { $0.isDone = true }
    }
    while true {
      let (job, isDone) = state.withLock { state -> (UnownedJob?, Bool) in
        guard !state.ready.isEmpty else { return (nil, state.isDone) }
        let index = Int.random(in: state.ready.indices, using: &state.random)
        state.steps += 1
        state.trace = (state.trace ^ UInt64(index)) &* 0x0000_0100_0000_01B3
        state.ready.swapAt(index, state.ready.count - 1)
        return (state.ready.removeLast(), false)
      }
      if steps > limit {
        throw .endless
      } else if let job {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if isDone {
        return
      } else if let pause = time.untilNextDeadline {
        time.advance(by: pause)
      } else {
        throw .deadlock
      }
    }
  }
}
