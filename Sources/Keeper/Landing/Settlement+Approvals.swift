import Store
import Synchronization

extension Settlement {
  /// A place of the journal for what an approval is about to bring, or where it waits.
  package struct Place: Sendable {
    let journal: Journal
    let slot: Journal.Slot
  }

  /// Takes a place before the code is redeemed: no place, no request (K2). There is none while as many approvals wait as half
  /// of the journal holds, so that refreshes have room.
  package func takePlace() throws -> Place? {
    let journal = try journals.own()
    guard waiting.withLock(\.count) < Journal.slotCount / 2, let slot = journal.reserve() else { return nil }
    inHand.withLock { _ = $0.insert(slot) }
    return Place(journal: journal, slot: slot)
  }

  /// Gives a place back whose approval has landed, was never given, or is not to be kept.
  package func free(_ place: Place) {
    place.journal.release(place.slot)
    guard place.journal.process == store.process else { return }
    inHand.withLock { _ = $0.remove(place.slot) }
    waiting.withLock { _ = $0.remove(place.slot) }
  }

  /// Leaves an approval that cannot be finished now in its place, for ``approvals()``.
  func leave(_ place: Place) {
    guard place.journal.process == store.process else { return }
    inHand.withLock { _ = $0.remove(place.slot) }
    waiting.withLock { _ = $0.insert(place.slot) }
  }

  /// The approvals that wait to be finished: in the journals of processes that have ended, and our own.
  func approvals() throws -> [(answer: ApprovalAnswer, place: Place)] {
    let ours = waiting.withLock { $0 }
    let own = ours.isEmpty ? [] : [try journals.own()]
    return try (journals.abandoned() + own).flatMap { journal in
      try journal.entries().compactMap { entry in
        guard journal.process != store.process || ours.contains(entry.slot),
          case .approval(let answer) = try? Journaled(sealed: entry.bytes, store.ring)
        else { return nil }
        return (answer, Place(journal: journal, slot: entry.slot))
      }
    }
  }
}
