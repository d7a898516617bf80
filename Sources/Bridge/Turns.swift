import Synchronization
import XMLRPC

/// Lets one act at a time through for each record. REST has no condition on a write, so two updates of one contact that overlap
/// would undo each other.
///
/// Whoever waits has a line of their own, and the lines take turns: the acts of one caller come in their order, and a caller with
/// many of them holds up another no longer than by one, whatever becomes of them.
final class Turns: Sendable {
  /// How many acts of one caller may wait for one record.
  static let most = 100

  private struct Waiter {
    var number: UInt64
    var turn: CheckedContinuation<Void, any Error>
  }

  /// Who waits for a record that somebody has.
  private struct Waiting {
    /// Whose turn it is, the next one first.
    var callers: [String] = []
    var lines: [String: [Waiter]] = [:]

    mutating func add(_ waiter: Waiter, of caller: String) {
      if lines[caller] == nil { callers.append(caller) }
      lines[caller, default: []].append(waiter)
    }

    mutating func next() -> Waiter? {
      guard let caller = callers.first, let waiter = lines[caller]?.first else { return nil }
      remove(waiter.number, of: caller)
      if lines[caller] != nil { callers.append(callers.removeFirst()) }
      return waiter
    }

    @discardableResult
    mutating func remove(_ number: UInt64, of caller: String) -> Waiter? {
      guard let index = lines[caller]?.firstIndex(where: { $0.number == number }) else { return nil }
      let waiter = lines[caller]?.remove(at: index)
      if lines[caller]?.isEmpty == true {
        lines[caller] = nil
        callers.removeAll { $0 == caller }
      }
      return waiter
    }
  }

  /// By the records that somebody has.
  private let records = Mutex<[String: Waiting]>([:])
  private let last = Atomic<UInt64>(0)

  /// - Throws: fault 3 where too many acts of the caller wait, `CancellationError` where the task is cancelled before its turn,
  ///   and what the act throws.
  func run<Result: Sendable>(
    _ record: String, for caller: String, _ act: () async throws -> Result
  ) async throws -> Result {
    try await take(record, caller)
    defer { pass(record) }
    try Task.checkCancellation()
    return try await act()
  }

  private func take(_ record: String, _ caller: String) async throws {
    let number = last.wrappingAdd(1, ordering: .relaxed).newValue
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
        let answer = records.withLock { records -> Result<Void, any Error>? in
          guard records[record] != nil else {
            records[record] = Waiting()
            return .success(())
          }
          guard records[record]?.lines[caller]?.count ?? 0 < Self.most else {
            return .failure(
              ServiceFault.unexpected("\(Self.most) updates of this record wait already; send fewer at once"))
          }
          records[record]?.add(Waiter(number: number, turn: turn), of: caller)
          return nil
        }
        if let answer { turn.resume(with: answer) }
        // A cancellation that came before the waiter did has found nobody.
        if Task.isCancelled { leave(number, record, caller) }
      }
    } onCancel: {
      leave(number, record, caller)
    }
  }

  private func leave(_ number: UInt64, _ record: String, _ caller: String) {
    let waiter = records.withLock { $0[record]?.remove(number, of: caller) }
    waiter?.turn.resume(throwing: CancellationError())
  }

  private func pass(_ record: String) {
    let next = records.withLock { records -> Waiter? in
      guard let next = records[record]?.next() else {
        records[record] = nil
        return nil
      }
      return next
    }
    next?.turn.resume()
  }
}
