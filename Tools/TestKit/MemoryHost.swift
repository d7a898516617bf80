import Store
import Synchronization

/// A machine's disk and processes in memory: journals that outlive their process, and a witness.
package final class MemoryHost: Sendable {
  private struct State {
    var media: [String: MemoryMedium] = [:]
    var living: Set<String> = []
    /// Which process has taken over which dead one's journal.
    var takers: [String: String] = [:]
    var mark: WitnessMark?
    var isWitnessDamaged = false
    /// Kept outside every data folder.
    var outerMarks: [String: WitnessMark] = [:]
    var disksFail = false
  }

  private let state = Mutex(State())

  package init() {}

  /// The journals as one process sees them; it lives until ``end(_:)``.
  ///
  /// - Parameter reach: how that process reaches a disk.
  package func journals(
    _ process: String, through reach: @escaping @Sendable (MemoryMedium) -> any Medium = { $0 }
  ) -> any Journals {
    MemoryJournals(host: self, process: process, reach: reach)
  }

  /// How many answers the journals hold that have not landed, by process.
  package var journaled: [String: Int] {
    get throws { try entries().mapValues(\.count) }
  }

  /// What the journals hold, by process.
  package func entries() throws -> [String: [Journal.Entry]] {
    try state.withLock(\.media).mapValues { try Journal(process: "", medium: $0).entries() }
  }

  /// What lies in each journal, by process, as a power cut would leave it.
  package var media: [String: MemoryMedium] { state.withLock(\.media).mapValues { $0.durableCopy() } }

  /// Makes each write to a disk fail from now on, or no more.
  package func setDisksFailing(_ fails: Bool) {
    let media = state.withLock { state in
      state.disksFail = fails
      return Array(state.media.values)
    }
    for medium in media { medium.setFailing(fails) }
  }

  package var witness: any Witness { MemoryWitness(host: self) }

  /// Kills a process: what it had not synced is lost, and its journal can be had by others.
  ///
  /// - Parameter share: how much of each unsynced write has reached the disk all the same.
  /// - Returns: whether there was such a write.
  @discardableResult
  package func end(_ process: String, tearing share: Double = 0) -> Bool {
    let medium = state.withLock { state in
      state.living.remove(process)
      state.takers = state.takers.filter { $0.value != process }
      return state.media[process]
    }
    return medium?.losePending(but: share) ?? false
  }

  /// What stands beside the database in its folder: the witness and the journals.
  package struct Beside: Sendable {
    fileprivate var media: [String: MemoryMedium]
    fileprivate var mark: WitnessMark?
    fileprivate var isWitnessDamaged: Bool
  }

  /// As a snapshot of the whole folder has it.
  package var beside: Beside {
    let (media, mark, isDamaged) = state.withLock { ($0.media, $0.mark, $0.isWitnessDamaged) }
    return Beside(media: media.mapValues { $0.durableCopy() }, mark: mark, isWitnessDamaged: isDamaged)
  }

  /// Puts the folder's other files back while no process runs.
  package func putBack(_ beside: Beside) {
    let media = beside.media.mapValues { $0.durableCopy() }
    state.withLock { state in
      state.media = media
      state.mark = beside.mark
      state.isWitnessDamaged = beside.isWitnessDamaged
      state.living = []
      state.takers = [:]
    }
  }

  /// What is outside the data folder of a machine with this name.
  package func surroundings(machine: String? = nil) -> Surroundings {
    Surroundings(marks: MemoryMarks(host: self), machine: machine)
  }

  package func outerMark(of store: String) -> WitnessMark? { state.withLock { $0.outerMarks[store] } }

  package func loseOuterMarks() { state.withLock { $0.outerMarks = [:] } }

  /// The witness as it is, to be put back with the data that it belongs to.
  package var witnessMark: WitnessMark? {
    get { state.withLock(\.mark) }
    set { state.withLock { $0.mark = newValue } }
  }

  package func damageWitness() { state.withLock { $0.isWitnessDamaged = true } }

  package func loseWitness() { state.withLock { $0.mark = nil } }

  private struct MemoryMarks: OuterMarks {
    let host: MemoryHost

    func mark(of store: String) -> WitnessMark? { host.outerMark(of: store) }

    func raise(to mark: WitnessMark) async throws {
      host.state.withLock { state in
        if state.outerMarks[mark.store].map({ $0.landings < mark.landings }) ?? true {
          state.outerMarks[mark.store] = mark
        }
      }
    }
  }

  private struct MemoryWitness: Witness {
    let host: MemoryHost

    func read() throws -> WitnessReading {
      host.state.withLock { $0.isWitnessDamaged ? .damaged : $0.mark.map { .mark($0) } ?? .missing }
    }

    func raise(to mark: WitnessMark) async throws {
      host.state.withLock { state in
        guard state.mark?.store == mark.store, let known = state.mark?.landings, known >= mark.landings else {
          state.mark = mark
          state.isWitnessDamaged = false
          return
        }
      }
    }
  }

  private final class MemoryJournals: Journals {
    private let host: MemoryHost
    private let process: String
    private let reach: @Sendable (MemoryMedium) -> any Medium
    private let mine = Mutex<Journal?>(nil)
    private let taken = Mutex<[String: Journal]>([:])

    init(host: MemoryHost, process: String, reach: @escaping @Sendable (MemoryMedium) -> any Medium) {
      self.host = host
      self.process = process
      self.reach = reach
    }

    func own() throws -> Journal {
      mine.withLock { mine in
        if let mine { return mine }
        let medium = MemoryMedium(of: process)
        host.state.withLock { state in
          state.media[process] = medium
          state.living.insert(process)
          if state.disksFail { medium.setFailing(true) }
        }
        let journal = Journal(process: process, medium: reach(medium))
        mine = journal
        return journal
      }
    }

    func abandoned() throws -> [Journal] {
      let dead = host.state.withLock { state in
        let dead = state.media.filter {
          !state.living.contains($0.key) && state.takers[$0.key, default: process] == process
        }
        for other in dead.keys { state.takers[other] = process }
        return dead
      }
      return taken.withLock { taken in
        for (process, medium) in dead where taken[process] == nil {
          taken[process] = Journal(process: process, medium: reach(medium))
        }
        return taken.values.sorted { $0.process < $1.process }
      }
    }

    func retire(_ journal: Journal) throws {
      host.state.withLock { state in
        state.media[journal.process] = nil
        state.living.remove(journal.process)
      }
      taken.withLock { $0[journal.process] = nil }
      if journal.process == process { mine.withLock { $0 = nil } }
    }

    func living() throws -> [String] { host.state.withLock { $0.living.sorted() } }

    func processes() throws -> [String] { host.state.withLock { $0.media.keys.sorted() } }

    func sync() async throws {
      for (_, medium) in host.state.withLock({ $0.media }).sorted(by: { $0.key < $1.key }) {
        try await reach(medium).sync()
      }
    }

    func entries(of process: String) throws -> [Journal.Entry] {
      guard let medium = host.state.withLock({ $0.media[process] }) else { return [] }
      return try Journal(process: process, medium: reach(medium)).entries()
    }
  }
}

/// A file in memory; what was not synced is lost with its process.
package final class MemoryMedium: Medium {
  private struct State {
    var durable: [Int: [UInt8]] = [:]
    var pending: [Int: [UInt8]] = [:]
    var fails = false
  }

  private let state = Mutex(State())
  /// The process whose journal it is.
  package let process: String

  package init(of process: String = "") { self.process = process }

  /// Makes each write and sync fail from now on, or no more.
  package func setFailing(_ fails: Bool) { state.withLock { $0.fails = fails } }

  /// - Parameter share: how much of each write is kept, from its beginning.
  /// - Returns: whether anything was kept in part.
  @discardableResult
  package func losePending(but share: Double = 0) -> Bool {
    state.withLock { state in
      let isTorn = share > 0 && !state.pending.isEmpty
      for (offset, bytes) in state.pending where share > 0 {
        let kept = bytes.prefix(Int(Double(bytes.count) * share))
        state.durable[offset] = Array(kept) + Array((state.durable[offset] ?? []).dropFirst(kept.count))
      }
      state.pending = [:]
      return isTorn
    }
  }

  /// Another disk with what a power cut would leave of this one.
  func durableCopy() -> MemoryMedium {
    let copy = MemoryMedium(of: process), durable = state.withLock(\.durable)
    copy.state.withLock { $0.durable = durable }
    return copy
  }

  package func read() throws -> [UInt8] {
    let pieces = state.withLock { state in state.durable.merging(state.pending) { $1 } }
    var bytes = [UInt8](repeating: 0, count: Self.size)
    for (offset, piece) in pieces { bytes.replaceSubrange(offset..<offset + piece.count, with: piece) }
    return bytes
  }

  package func write(_ bytes: [UInt8], at offset: Int) throws {
    try state.withLock { state in
      guard !state.fails else { throw StoreError.unavailable("the journal's disk fails") }
      state.pending[offset] = bytes
    }
  }

  package func sync() async throws {
    try state.withLock { state in
      guard !state.fails else { throw StoreError.unavailable("the journal's disk fails") }
      state.durable.merge(state.pending) { $1 }
      state.pending = [:]
    }
  }

  private static let size = 32 * 32 * 1024
}
