import Dispatch
import GRDB
import Synchronization

/// Runs acts one after another and syncs once for all that waited together.
///
/// A sync costs more than most acts. Acts that arrive while one is under way share the next commit, each in a savepoint of
/// its own, and none is answered before that commit is durable. One that has a commit to itself needs no savepoint, for which
/// SQLite copies each page before it is changed.
final class GroupCommit: Sendable {
  /// An act with its type forgotten: it runs, keeps its result, and is told how the commit went.
  private struct Pending: Sendable {
    var run: @Sendable (SQLiteTransaction) throws -> @Sendable () -> Void
    var fail: @Sendable (any Error) -> Void
  }

  /// SQLite has rolled back all of a transaction because of one act (disk full, I/O error).
  private struct Aborted: Error { var cause: any Error }

  private struct State {
    var waiting: [Pending] = []
    var isDraining = false
  }

  private static let most = 64
  private let pool: DatabasePool
  private let queue = DispatchQueue(label: "evergrant.store.commit")
  private let state = Mutex(State())
  private let commits = Atomic(0)

  /// How many transactions it has committed, each with a sync of its own.
  var count: Int { commits.load(ordering: .relaxed) }

  init(_ pool: DatabasePool) { self.pool = pool }

  func run<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let pending = Pending(
        run: { transaction in
          let result = try act(transaction)
          return { continuation.resume(returning: result) }
        },
        fail: { continuation.resume(throwing: $0) })
      let mustStart = state.withLock { state in
        state.waiting.append(pending)
        defer { state.isDraining = true }
        return !state.isDraining
      }
      if mustStart { queue.async { self.drain() } }
    }
  }

  private func drain() {
    while let batch = nextBatch() {
      for answer in commit(batch) { answer() }
    }
  }

  private func nextBatch() -> [Pending]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isDraining = false
        return nil
      }
      let batch = Array(state.waiting.prefix(Self.most))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  /// - Returns: what tells each waiting caller its result, now that it is durable or has failed.
  private func commit(_ batch: [Pending]) -> [@Sendable () -> Void] {
    do {
      return try translatingErrors {
        try pool.writeWithoutTransaction { db in
          var answers: [@Sendable () -> Void] = []
          try db.inTransaction(.immediate) {
            let transaction = SQLiteTransaction(db: db)
            if batch.count == 1 {
              answers.append(try batch[0].run(transaction))
            } else {
              for act in batch { answers.append(try run(act, transaction)) }
            }
            return .commit
          }
          commits.add(1, ordering: .relaxed)
          return answers
        }
      }
    } catch let aborted as Aborted {
      // A full disk inside one act ends the whole transaction: each act then has one of its own.
      guard batch.count > 1 else { return batch.map { act in { act.fail(aborted.cause) } } }
      return batch.flatMap { commit([$0]) }
    } catch {
      return batch.map { act in { act.fail(error) } }
    }
  }

  private func run(_ act: Pending, _ transaction: SQLiteTransaction) throws -> @Sendable () -> Void {
    // Statements that are kept: GRDB's own savepoint compiles its two anew for each act.
    _ = try transaction.execute("SAVEPOINT act", values: [])
    do {
      let answer = try act.run(transaction)
      _ = try transaction.execute("RELEASE SAVEPOINT act", values: [])
      return answer
    } catch {
      let failure = (error as? DatabaseError).map { StoreError($0) as any Error } ?? error
      guard transaction.db.isInsideTransaction else { throw Aborted(cause: failure) }
      _ = try transaction.execute("ROLLBACK TO SAVEPOINT act", values: [])
      _ = try transaction.execute("RELEASE SAVEPOINT act", values: [])
      return { act.fail(failure) }
    }
  }
}
