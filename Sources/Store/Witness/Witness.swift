/// A count of landings kept outside the database: a database that knows of fewer was restored from a backup (K28).
package protocol Witness: Sendable {
  func read() throws -> WitnessReading
  /// Raises the count, never lowers it, and returns when that is synced. A mark of another store replaces it.
  func raise(to mark: WitnessMark) async throws
}

package struct WitnessMark: Sendable, Equatable {
  /// The store that was counted, by the name it was given when it was made.
  package var store: String
  package var landings: Int64

  package init(store: String, landings: Int64) {
    self.store = store
    self.landings = landings
  }
}

package enum WitnessReading: Sendable, Equatable {
  case missing
  /// It is there and tells nothing.
  case damaged
  case mark(WitnessMark)
}
