import Logging
import Store
import Synchronization
import Testing

@testable import Keeper

/// The most that is known of a store, by this process's memory and by the witness (K28).
struct StoreMarksTests {
  /// Tells what it is told to, whatever it was raised to.
  private final class ToldWitness: Witness {
    private let told: Mutex<WitnessReading>

    init(_ reading: WitnessReading) { told = Mutex(reading) }

    func tell(_ reading: WitnessReading) { told.withLock { $0 = reading } }
    func read() throws -> WitnessReading { told.withLock { $0 } }
    func raise(to mark: WitnessMark) async throws {}
  }

  private func mark(_ landings: Int64, _ store: String = "ours") -> WitnessMark {
    WitnessMark(store: store, landings: landings)
  }

  @Test("K28: a witness that was set back with its store is outdone by memory, and another store's is not")
  func known() async throws {
    let witness = ToldWitness(.missing)
    let marks = StoreMarks(witness: witness, logger: .silent)
    #expect(try marks.known() == .missing)
    await marks.note(mark(10))
    for (reading, known) in [
      (WitnessReading.missing, StoreMarks.Known.mark(mark(10))), (.damaged, .damaged),
      (.mark(mark(7)), .mark(mark(10))),
      (.mark(mark(10)), .mark(mark(10))), (.mark(mark(12)), .mark(mark(12))),
      (.mark(mark(7, "other")), .mark(mark(7, "other"))),
    ] {
      witness.tell(reading)
      #expect(try marks.known() == known, "\(reading)")
    }
  }

  @Test("K28: memory keeps the most of one store, and begins anew with another")
  func memory() async throws {
    let marks = StoreMarks(witness: ToldWitness(.missing), logger: .silent)
    for (noted, known) in [
      (mark(5), mark(5)), (mark(4), mark(5)), (mark(5), mark(5)), (mark(6), mark(6)),
      (mark(1, "other"), mark(1, "other")),
      (mark(0, "other"), mark(1, "other")), (mark(2), mark(2)),
    ] {
      await marks.note(noted)
      #expect(try marks.known() == .mark(known), "after \(noted)")
    }
  }
}
