import OAuth
import Store
import Synchronization
import Wire

/// A key file in memory, which several rings follow as several processes do.
package final class MemoryKeys: KeySource {
  private struct State {
    var text: Secret
    var writes: Int64 = 0
    var reads = 0
    var isGone = false
  }

  private let state: Mutex<State>

  /// Begins with one key.
  package init(_ random: Randomness) { state = Mutex(State(text: KeyRing.newFile(random))) }

  /// A ring of its own, as a process that starts now reads it.
  package func ring() throws -> KeyRing {
    guard let ring = try KeyRing(self) else { throw StoreError.unreadable("key") }
    return ring
  }

  /// Puts another text in its place, as an operator may.
  package func put(_ text: Secret) {
    state.withLock { state in
      state.text = text
      state.writes += 1
    }
  }

  /// How often it was read.
  package var reads: Int { state.withLock(\.reads) }

  package func setGone(_ isGone: Bool) { state.withLock { $0.isGone = isGone } }

  package func mark() -> KeyMark? {
    state.withLock { $0.isGone ? nil : KeyMark(file: 1, written: $0.writes) }
  }

  package func read() throws -> Secret {
    try state.withLock { state in
      state.reads += 1
      if state.isGone { throw StoreError.unavailable("the key file is gone") }
      return state.text
    }
  }

  package func replace(_ change: (Secret) throws -> Secret) throws {
    let new = try change(try read())
    put(new)
  }
}
