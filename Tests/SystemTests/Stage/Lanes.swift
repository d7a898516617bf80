import Foundation
import Synchronization
import Testing

/// How many stories are played at a time: one more than there are cores, since a story waits for a good part of its time.
///
/// Each has folders, ports and programs of its own, and none knows how many others there are.
struct Lanes: SuiteTrait, TestScoping {
  private static let free = Free(ProcessInfo.processInfo.activeProcessorCount + 1)

  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing story: @Sendable () async throws -> Void
  ) async throws {
    await Self.free.take()
    defer { Self.free.giveBack() }
    let began = ContinuousClock.now
    // What the test is said to have taken counts from before its turn.
    defer {
      let line = "\(ContinuousClock.now - began) for “\(test.displayName ?? test.name)”\n"
      FileHandle.standardError.write(Data(line.utf8))
    }
    try await story()
  }

  /// Lanes that nobody has; who waits for one longest gets the next.
  private final class Free: Sendable {
    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(_ count: Int) { state = Mutex((free: count, waiting: [])) }

    func take() async {
      await withCheckedContinuation { (turn: CheckedContinuation<Void, Never>) in
        let isTaken = state.withLock { state in
          guard state.free == 0 else {
            state.free -= 1
            return true
          }
          state.waiting.append(turn)
          return false
        }
        if isTaken { turn.resume() }
      }
    }

    func giveBack() {
      state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
        state.free += 1
        return nil
      }?.resume()
    }
  }
}

extension Trait where Self == Lanes {
  static var lanes: Lanes { Lanes() }
}
