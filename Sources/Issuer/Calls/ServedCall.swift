import Synchronization
import Wire

/// What was called: a method and the template of a path, never a value of it.
package struct CallShape: Sendable, Hashable {
  package let method: String
  package let path: String

  /// What a call is shown as whose address no route has.
  package static let nowhere = "an address that is not there"
  /// What a call is shown as whose method no address has.
  package static let unserved = "a method that is not served"
  private static let methods: Set = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

  /// - Parameter template: of the route that answers; nil where none does.
  package init(method: String, template: String?) {
    // Any other method is whatever a client cares to write.
    let isKnown = Self.methods.contains(method)
    self.method = isKnown ? method : "OTHER"
    path = template ?? (isKnown ? Self.nowhere : Self.unserved)
  }
}

/// A call of the API, from when it comes in until it is answered.
///
/// It is recorded once (law P34), however many requests a site makes to itself while it answers: where it writes, in the
/// transaction of its first write, and else when its answer is known.
package final class ServedCall: Sendable {
  private let address: String
  private let state: Mutex<State>

  private struct State {
    var shape: CallShape
    /// The number of the grant that let it in, and when.
    var entry: (grant: Int64, at: Timestamp)?
    /// The record that a write has made.
    var record: Int64?
    var isAnswered = false
  }

  /// - Parameter address: the network address that the call comes from.
  package init(_ shape: CallShape, from address: String) {
    self.address = address
    state = Mutex(State(shape: shape))
  }

  /// Tells which act of a path is called that carries out several. To be told before the act writes.
  ///
  /// - Parameter name: of a table of ours; what a client makes up is no part of a record.
  package func carriesOut(_ name: String) {
    state.withLock { $0.shape = CallShape(method: $0.shape.method, template: "\($0.shape.path) \(name)") }
  }

  /// One that comes over no network.
  static func withinProcess() -> ServedCall {
    ServedCall(CallShape(method: "", template: "this process"), from: "this process")
  }

  /// What a site asks of itself while it answers is let in, too, and does not count: the call came when it came.
  func letIn(by grant: Int64, at now: Timestamp) {
    state.withLock { if $0.entry == nil { $0.entry = (grant, now) } }
  }

  /// What a write has to record; nil where the call is recorded already.
  var unrecorded: CallEntry? {
    state.withLock { state in
      guard let entry = state.entry, state.record == nil, !state.isAnswered else { return nil }
      return CallEntry(grant: entry.grant, at: entry.at, shape: state.shape, address: address)
    }
  }

  /// Must be called after the commit: a record that was rolled back is none.
  func recorded(as id: Int64) { state.withLock { $0.record = id } }

  /// - Returns: what is left to record; nil for a call that nobody was let in by, and the second time.
  func answered(_ status: Int) -> CallEntry? {
    state.withLock { state in
      guard let entry = state.entry, !state.isAnswered else { return nil }
      state.isAnswered = true
      return CallEntry(
        record: state.record, grant: entry.grant, at: entry.at, shape: state.shape, address: address,
        status: status)
    }
  }
}
