import Dispatch
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

/// Work that does not end before it may.
final class Hold: Sendable {
  private let gate = DispatchSemaphore(value: 0)
  private let begun = Mutex(0)

  /// How many have begun.
  var waiting: Int { begun.withLock { $0 } }

  func wait() -> [UInt8] {
    begun.withLock { $0 += 1 }
    gate.wait()
    gate.signal()
    return []
  }

  /// Lets all go, now and later.
  func open() { gate.signal() }
}

/// A store that notes how the engine carries each statement out.
final class ExplainingDatabase: Database {
  private let inner: any Database
  private let lines = Mutex<[String]>([])

  init(_ inner: any Database) { self.inner = inner }

  /// The steps of all statements since the last time.
  func takeLines() -> [String] {
    lines.withLock { lines in
      defer { lines = [] }
      return lines
    }
  }

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await inner.write { [self] db in try act(Explaining(db: db, note: note)) }
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await inner.read { [self] db in try act(Explaining(db: db, note: note)) }
  }

  func changeMark() async throws -> Int64 { try await inner.changeMark() }

  private func note(_ found: [String]) { lines.withLock { $0 += found } }

  private struct Explaining: Transaction {
    var db: any Transaction
    var note: ([String]) -> Void

    func rows(_ sql: String, values: [Value]) throws -> [Row] {
      try explain(sql, values)
      return try db.rows(sql, values: values)
    }

    func execute(_ sql: String, values: [Value]) throws -> Int {
      try explain(sql, values)
      return try db.execute(sql, values: values)
    }

    private func explain(_ sql: String, _ values: [Value]) throws {
      guard ["SELECT", "UPDATE", "DELETE"].contains(where: sql.hasPrefix) else { return }
      note(try db.rows("EXPLAIN QUERY PLAN " + sql, values: values).map { try $0["detail"] })
    }
  }
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
