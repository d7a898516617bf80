import Store
import Synchronization
import Wire

/// What the record of a call says.
struct CallEntry: Sendable {
  /// The record that a write has made already, and that lacks the status alone.
  var record: Int64?
  var grant: Int64
  var at: Timestamp
  var shape: CallShape
  var address: String
  /// Nil while it is not known.
  var status: Int?
}

/// Calls that were answered and not yet written down, and the numbers of the shapes that were met.
final class CallLog: Sendable {
  /// How many may wait: some seconds' worth of a busy server. Beyond, no call is let in, since it could not be traced.
  static let most = 50_000

  private struct State {
    var waiting: [CallEntry] = []
    var shapes: [CallShape: Int64] = [:]
    /// Whether somebody writes calls down, and who wants to after them.
    var isWriting = false
    var writers: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var hasRoom: Bool { state.withLock { $0.waiting.count < Self.most } }

  func add(_ entry: CallEntry) { state.withLock { $0.waiting.append(entry) } }

  /// Waits until nobody else writes calls down: what was answered before is then written, or waits here.
  func beginWriting() async {
    await withCheckedContinuation { (turn: CheckedContinuation<Void, Never>) in
      let isFree: Bool = state.withLock { state in
        guard state.isWriting else {
          state.isWriting = true
          return true
        }
        state.writers.append(turn)
        return false
      }
      if isFree { turn.resume() }
    }
  }

  /// Gives the turn to whoever has waited the longest.
  func endWriting() {
    let next: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard !state.writers.isEmpty else {
        state.isWriting = false
        return nil
      }
      return state.writers.removeFirst()
    }
    next?.resume()
  }

  /// Takes the oldest.
  func take(atMost count: Int) -> [CallEntry] {
    state.withLock { state in
      let taken = Array(state.waiting.prefix(count))
      state.waiting.removeFirst(taken.count)
      return taken
    }
  }

  func putBack(_ entries: [CallEntry]) { state.withLock { $0.waiting.insert(contentsOf: entries, at: 0) } }

  /// A record that was made in a transaction which may yet be rolled back.
  struct Written: Sendable {
    var id: Int64
    fileprivate var shape: CallShape
    fileprivate var shapeID: Int64
  }

  func insert(_ entry: CallEntry, _ db: any Transaction) throws -> Written {
    let known = state.withLock { $0.shapes[entry.shape] }
    let shape = try known ?? Self.number(of: entry.shape, db)
    let row = try db.row(
      "INSERT INTO calls (grant_number, at, shape_id, address, status) VALUES ($1, $2, $3, $4, $5) RETURNING id",
      entry.grant, entry.at, shape, entry.address, entry.status)
    return Written(id: try row.orMissing("call")["id"], shape: entry.shape, shapeID: shape)
  }

  /// Remembers the number of a record's shape. Must be called after the commit.
  func learn(_ written: Written) { state.withLock { $0.shapes[written.shape] = written.shapeID } }

  private static func number(of shape: CallShape, _ db: any Transaction) throws -> Int64 {
    let row = try db.row(
      """
      INSERT INTO call_shapes (method, path) VALUES ($1, $2) ON CONFLICT (method, path) DO UPDATE SET path = excluded.path
      RETURNING id
      """, shape.method, shape.path)
    return try row.orMissing("shape of a call")["id"]
  }
}
