import Foundation
import Store
import Synchronization
import TestKit

/// Lets one of several tasks move at a time and chooses by seed who does the next storage act.
final class Interleaver: Sendable {
  @TaskLocal static var current: Interleaver?

  private struct State {
    var waiting: [CheckedContinuation<Void, Never>] = []
    var moving: Int
    var generator: SeededGenerator
  }

  private let state: Mutex<State>

  init(seed: UInt64, tasks: Int) { state = Mutex(State(moving: tasks, generator: SeededGenerator(seed: seed))) }

  func turn() async {
    await withCheckedContinuation { continuation in
      next { $0.waiting.append(continuation) }
    }
  }

  func leave() { next { _ in } }

  private func next(_ change: (inout State) -> Void) {
    let chosen: CheckedContinuation<Void, Never>? = state.withLock { state in
      change(&state)
      state.moving -= 1
      guard state.moving == 0, !state.waiting.isEmpty else { return nil }
      state.moving = 1
      return state.waiting.remove(at: Int.random(in: 0..<state.waiting.count, using: &state.generator))
    }
    chosen?.resume()
  }
}

/// A store whose acts happen in the order that the current interleaver chooses.
struct InterleavedDatabase: Database {
  var inner: any Database

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    await Interleaver.current?.turn()
    return try await inner.write(act)
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    await Interleaver.current?.turn()
    return try await inner.read(act)
  }

  func changeMark() async throws -> Int64 { try await inner.changeMark() }
}

extension TemporaryFolder {
  /// Everything that is in the folder's files.
  var bytes: [UInt8] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: path).flatMap {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file($0))))
      }
    }
  }
}

extension [UInt8] {
  func contains(_ part: some Collection<UInt8>) -> Bool { Data(self).range(of: Data(part)) != nil }
}
