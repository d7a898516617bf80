import Foundation
import Synchronization
import Testing

/// So many stories are played at a time: two more than there are cores, since a story waits for the better part of its time.
///
/// Each has folders, ports and programs of its own. What measures how fast things follow each other, or keeps the whole machine
/// busy by itself, is ``Alone``.
struct Lanes: SuiteTrait, TestTrait, TestScoping {
  private static let count = ProcessInfo.processInfo.activeProcessorCount + 2
  private static let free = Free(count)

  var isRecursive: Bool { true }

  /// A suite waits for nothing: each case of each of its tests does.
  func scopeProvider(for test: Test, testCase: Test.Case?) -> Lanes? { test.isSuite || testCase == nil ? nil : self }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing story: @Sendable () async throws -> Void
  ) async throws {
    let wanted = test.traits.contains { $0 is Alone } ? Self.count : 1
    await Self.free.take(wanted)
    defer { Self.free.giveBack(wanted) }
    let began = ContinuousClock.now
    // What the test is said to have taken counts from before its turn.
    defer {
      let line = "\(ContinuousClock.now - began) for “\(test.displayName ?? test.name)”\n"
      FileHandle.standardError.write(Data(line.utf8))
    }
    try await story()
  }

  /// Lanes that nobody has. Whoever has waited longest comes first, also where others want fewer.
  private final class Free: Sendable {
    private struct State {
      var free: Int
      var waiting: [(wanted: Int, turn: CheckedContinuation<Void, Never>)] = []

      /// Those whose turn it is.
      mutating func next() -> [CheckedContinuation<Void, Never>] {
        var turns: [CheckedContinuation<Void, Never>] = []
        while let first = waiting.first, first.wanted <= free {
          free -= first.wanted
          turns.append(first.turn)
          waiting.removeFirst()
        }
        return turns
      }
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take(_ wanted: Int) async {
      await withCheckedContinuation { (turn: CheckedContinuation<Void, Never>) in
        let turns = state.withLock { state in
          state.waiting.append((wanted, turn))
          return state.next()
        }
        for turn in turns { turn.resume() }
      }
    }

    func giveBack(_ count: Int) {
      let turns = state.withLock { state in
        state.free += count
        return state.next()
      }
      for turn in turns { turn.resume() }
    }
  }
}

/// A story beside which no other is played.
struct Alone: SuiteTrait, TestTrait {
  var isRecursive: Bool { true }
}

extension Trait where Self == Lanes {
  static var lanes: Lanes { Lanes() }
}

extension Trait where Self == Alone {
  static var alone: Alone { Alone() }
}
