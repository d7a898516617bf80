import Logging
import Store
import Synchronization

/// Lands what waits in journals: those of processes that have ended, and our own answers that a restored backup held up.
package final class Settlement: Sendable {
  package let journals: any Journals
  let store: GrantStore
  private let logger: Logger
  private let parked = Mutex<Set<Journal.Slot>>([])
  /// The connections whose answers a restored backup holds up, here or in a journal that was left behind.
  private let heldUp = Mutex<Set<String>>([])
  /// The slots for approvals that are under way, and those of approvals that wait to be finished.
  let inHand = Mutex<Set<Journal.Slot>>([])
  let waiting = Mutex<Set<Journal.Slot>>([])

  package init(journals: any Journals, store: GrantStore, logger: Logger) {
    self.journals = journals
    self.store = store
    self.logger = logger
  }

  /// What became of an answer in a journal.
  private enum Fate {
    case landed
    /// It stays in the journal. The store was restored from a backup and is older than what was spent, so the answer is offered
    /// (K28); or there is no connection to land on; or it is an approval, and who gave it has still to be asked, which nobody
    /// here waits for.
    case kept
    case unreadable
  }

  /// Lands, by K3, what dead processes have left, and retires the journals that are empty then (K2).
  ///
  /// - Returns: the processes whose journal holds an answer that cannot be read.
  @discardableResult
  package func settle() async throws -> [String] {
    var unreadable: [String] = []
    for journal in try journals.abandoned() {
      var isEmpty = true
      for entry in try journal.entries() {
        let fate = try await land(entry, of: journal.process)
        if case .landed = fate { journal.release(entry.slot) } else { isEmpty = false }
        if case .unreadable = fate { unreadable.append(journal.process) }
      }
      if isEmpty { try journals.retire(journal) }
    }
    // Another process may have taken a journal over and not landed what is in it. That is landed or offered here; giving the
    // slots back is left to that process.
    let living = Set(try journals.living()), ours = Set(try journals.abandoned().map(\.process))
    for process in try journals.processes() where !living.contains(process) && !ours.contains(process) {
      for entry in try journals.entries(of: process) {
        if case .unreadable = try await land(entry, of: process) { unreadable.append(process) }
      }
    }
    return unreadable
  }

  /// Settles what a process on record may hold for a connection.
  ///
  /// - Returns: whether nothing of it can land any more (K13).
  package func settle(_ process: String, for connection: String) async throws -> Bool {
    try await settle()
    // An entry that cannot be read may be such an answer.
    return try journals.entries(of: process).allSatisfy {
      (try? Journaled(sealed: $0.bytes, store.ring)).map { !$0.isRefresh(of: connection) } ?? false
    }
  }

  /// Keeps a slot whose answer could not land.
  func park(_ slot: Journal.Slot, for connection: String) {
    parked.withLock { _ = $0.insert(slot) }
    heldUp.withLock { _ = $0.insert(connection) }
  }

  /// Tries again to land what a restored backup held up, once its connection was checked or trusted.
  package func retry() async throws {
    let waiting = heldUp.withLock { $0.sorted() }
    guard !waiting.isEmpty else { return }
    let free = try await store.unquarantined(waiting)
    guard !free.isEmpty else { return }
    heldUp.withLock { $0.subtract(free) }
    do {
      try await settle()
      try await landParked()
    } catch {
      heldUp.withLock { $0.formUnion(free) }
      throw error
    }
  }

  private func landParked() async throws {
    // Taken out, so that nobody else lands and gives back the same slot meanwhile.
    var slots = parked.withLock { parked in
      defer { parked = [] }
      return parked
    }
    defer { parked.withLock { $0.formUnion(slots) } }
    guard !slots.isEmpty else { return }
    let journal = try journals.own()
    let entries = try journal.entries()
    // A flight that a fault has ended keeps its slot, whether or not an answer is in it.
    for slot in slots.subtracting(entries.map(\.slot)) {
      slots.remove(slot)
      journal.release(slot)
    }
    for entry in entries where slots.contains(entry.slot) {
      guard case .landed = try await land(entry, of: journal.process) else { continue }
      slots.remove(entry.slot)
      journal.release(entry.slot)
    }
  }

  /// Removes our own journal, if it holds nothing and no approval is under way.
  package func close() {
    guard inHand.withLock(\.isEmpty), let journal = try? journals.own(), (try? journal.entries())?.isEmpty == true
    else {
      return
    }
    try? journals.retire(journal)
  }

  private func land(_ entry: Journal.Entry, of process: String) async throws -> Fate {
    let received: Received
    do {
      guard case .refresh(let answer) = try Journaled(sealed: entry.bytes, store.ring) else { return .kept }
      received = answer
    } catch {
      logger.error(
        "an answer in a journal cannot be opened", metadata: ["journal": "\(process)", "error": "\(error)"])
      return .unreadable
    }
    do {
      switch try await store.land(received) {
      case .landed:
        logger.notice("an answer was landed from a journal", metadata: ["connection": "\(received.connection)"])
        return .landed
      case .superseded: return .landed
      case .behind:
        heldUp.withLock { _ = $0.insert(received.connection) }
        return .kept
      }
    } catch KeeperError.noSuchConnection(let name) {
      // The backup is from before the connection was made. The answer is kept, and no other answer waits for it.
      logger.error("an answer in a journal has no connection to land on", metadata: ["connection": "\(name)"])
      return .kept
    }
  }
}
