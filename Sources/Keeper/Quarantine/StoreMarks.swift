import Logging
import Store
import Synchronization

/// The most landings that this process knows of, by its memory, by the witness and by the mark outside the data folder: a store
/// that knows of fewer was restored from a backup (K28).
package final class StoreMarks: Sendable {
  /// What is known outside the store.
  package enum Known: Sendable, Equatable {
    case nothing
    case mark(WitnessMark)
    /// More is known outside the folder than its own witness tells: the folder came back whole, or has a double at work.
    case outer(WitnessMark)
    /// There is no witness: a store that has counted anything may be of any age.
    case missing
    /// The witness is there and cannot be read: the store may be of any age.
    case damaged
  }

  private let witness: any Witness
  private let outer: (any OuterMarks)?
  /// This machine, where it has a name that lasts.
  package let machine: String?
  private let memory = Mutex<WitnessMark?>(nil)
  private let isOuterMissed = Mutex(false)
  private let logger: Logger

  package init(witness: any Witness, surroundings: Surroundings = .unknown, logger: Logger) {
    self.witness = witness
    outer = surroundings.marks
    machine = surroundings.machine
    self.logger = logger
  }

  package func known() throws -> Known {
    let memory = memory.withLock { $0 }
    switch try witness.read() {
    case .missing: return memory.map { .mark($0) } ?? .missing
    case .damaged: return .damaged
    case .mark(var mark):
      if let memory, memory.store == mark.store, memory.landings > mark.landings { mark = memory }
      if let outer = outer?.mark(of: mark.store), outer.landings > mark.landings { return .outer(outer) }
      return .mark(mark)
    }
  }

  /// Takes note of what the store has now, in memory and in the witness.
  ///
  /// A witness that cannot be written keeps nobody from refreshing: this process remembers, and the next landing tries again.
  package func note(_ mark: WitnessMark) async {
    memory.withLock { memory in
      if memory?.store != mark.store || (memory?.landings ?? -1) < mark.landings { memory = mark }
    }
    do { try await witness.raise(to: mark) } catch {
      logger.error("the witness cannot be written", metadata: ["error": "\(error)"])
    }
    do { try await outer?.raise(to: mark) } catch {
      let isFirst = isOuterMissed.withLock { isMissed in
        defer { isMissed = true }
        return !isMissed
      }
      guard isFirst else { return }
      logger.info("no mark is kept outside the data folder", metadata: ["error": "\(error)"])
    }
  }
}

extension GrantStore {
  /// Runs an act that the store counts. It first looks whether the store was restored from a backup, which the count noted
  /// afterwards would hide. It returns when the witness knows of the act too, or could not be written.
  func counted<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await compared { db, known in
      if let cause = try staleness(known, db) { try quarantineRotating(cause, known: known, db) }
      return try act(db)
    }
  }

  /// Runs an act that compares the store with what is known of it, and notes what the store counts then.
  func compared<Result: Sendable>(
    _ act: @escaping @Sendable (any Transaction, StoreMarks.Known) throws -> Result
  ) async throws -> Result {
    // A witness that cannot be read keeps new flights on the ground, but keeps no answer from landing.
    let known = (try? marks.known()) ?? .nothing
    let (result, counted) = try await database.write { db in (try act(db, known), try mark(db)) }
    await marks.note(counted)
    return result
  }

  /// What the store counts.
  package func mark(_ db: any Transaction) throws -> WitnessMark {
    guard let row = try db.row("SELECT store, landings FROM store_state WHERE id = 1") else {
      throw StoreError.unreadable("no store state")
    }
    return WitnessMark(store: try row["store"], landings: try row["landings"])
  }

  /// Why the store is older than what is known of it; nil where it is not.
  package func staleness(_ known: StoreMarks.Known, _ db: any Transaction) throws -> StaleCause? {
    known.staleness(of: try mark(db))
  }
}

extension StoreMarks.Known {
  /// What the witness alone tells.
  package init(_ reading: WitnessReading) {
    switch reading {
    case .missing: self = .missing
    case .damaged: self = .damaged
    case .mark(let mark): self = .mark(mark)
    }
  }

  /// Why a store that counts so much is older than what is known of it; nil where it is not.
  package func staleness(of mark: WitnessMark) -> StaleCause? {
    switch self {
    case .nothing: return nil
    case .missing: return mark.landings > 0 ? .noWitness : nil
    case .damaged: return .witnessUnreadable
    case .mark(let other), .outer(let other):
      guard other.store == mark.store else { return .foreignWitness }
      let missing = other.landings - mark.landings
      guard missing > 0 else { return nil }
      if case .outer = self { return .behindMachine(refreshes: missing) }
      return .behindWitness(refreshes: missing)
    }
  }
}
