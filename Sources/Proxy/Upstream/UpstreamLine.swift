import Keeper
import NIOCore
import Wire

/// For whom a channel to an upstream is: one approval of one connection, and one key. What an upstream sends out of turn
/// on a channel can then reach nobody but those who have called it there (K22).
struct UpstreamUse: Hashable {
  var origin: Origin
  var connection: String
  /// Raised by each approval of the connection, which may be another tenant's.
  var epoch: Int64
  var key: String
}

/// One event loop's channels for one use.
final class UpstreamLine {
  let use: UpstreamUse
  /// The origin in words, for answers and logs.
  let name: String
  /// The `Host` line of every request on this line.
  let hostLine: String
  /// How many channels there are, or are being opened; the line goes with the last.
  private(set) var open = 0
  /// The longest at rest stand first.
  private var resting: [UpstreamConnection] = []

  init(_ use: UpstreamUse) {
    self.use = use
    name = use.origin.description
    hostLine = "host: \(use.origin.authority)\r\n"
  }

  var eldest: UpstreamConnection? { resting.first }

  /// Takes the channel that was used last, of those that have been at rest since that moment or longer. The others age and are
  /// closed.
  func takeRested(since moment: NIODeadline) -> UpstreamConnection? {
    var low = 0, high = resting.count
    while low < high {
      let middle = (low + high) / 2
      if resting[middle].restingSince <= moment { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? resting.remove(at: low - 1) : nil
  }

  func put(_ connection: UpstreamConnection) { resting.append(connection) }

  /// Whether it was at rest here.
  func remove(_ connection: UpstreamConnection) -> Bool {
    guard let place = resting.lastIndex(where: { $0 === connection }) else { return false }
    resting.remove(at: place)
    return true
  }

  func opens() { open += 1 }
  func closed() { open -= 1 }
}
