import Store
import Synchronization
import Testing

@testable import Issuer

@Suite struct CallWritingTests {
  @Test("P34: whoever asks while calls are being written down waits for them, and sees each")
  func asking() async throws {
    let database = HeldDatabase(try SQLite.inMemory())
    let world = try await IssuerWorld(database: database)
    let ann = try await world.signIn()
    let (tokens, id) = try await world.tokensAndGrant(ann)
    try await world.call(tokens)
    try await world.issuer.recordUsage()
    try await world.call(tokens)
    database.hold()
    async let written: Void = world.issuer.recordUsage()
    while !database.isWaitedFor { await Task.yield() }
    async let asked = world.issuer.activity(of: id, CallFilter(), for: ann)
    for _ in 0..<1000 { await Task.yield() }
    database.letGo()
    try await written
    let activity = try #require(try await asked)
    #expect(activity.matching == 2 && activity.calls.count == 2)
  }
}

/// A store whose writes can be held up.
private final class HeldDatabase: Database {
  private struct State {
    var isHeld = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let inner: any Database
  private let state = Mutex(State())

  init(_ inner: any Database) { self.inner = inner }

  var isWaitedFor: Bool { state.withLock { !$0.waiting.isEmpty } }

  func hold() { state.withLock { $0.isHeld = true } }

  func letGo() {
    let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
      defer { state = State() }
      return state.waiting
    }
    for turn in waiting { turn.resume() }
  }

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    await withCheckedContinuation { (turn: CheckedContinuation<Void, Never>) in
      let isHeld: Bool = state.withLock { state in
        if state.isHeld { state.waiting.append(turn) }
        return state.isHeld
      }
      if !isHeld { turn.resume() }
    }
    return try await inner.write(act)
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await inner.read(act)
  }

  func changeMark() async throws -> Int64 { try await inner.changeMark() }
}
