import Synchronization
import Wire
import XMLRPC

/// What the bridges of one process share: whose turn it is with a record, and where pages of long lists begin.
package final class BridgeMemory: Sendable {
  let turns = Turns()
  let marks: PageMarks

  package init(clock: WallClock) { marks = PageMarks(clock: clock) }
}

/// Where the pages of lists begin that were read lately, so that a client that walks a long list page by page does not have each
/// page read from the beginning.
///
/// A list that has grown or shrunk since has its pages elsewhere, so a mark ages from when it was set, however often it is used.
final class PageMarks: Sendable {
  /// Time enough for what a client does with the records of a page before it asks for the next one.
  static let age = Duration.seconds(600)
  private static let most = 2000

  struct Place: Hashable {
    /// Approval, request without its token, and size of the pages.
    var list: String
    /// How many records come before.
    var offset: Int
  }

  private struct Mark {
    var token: String
    var setAt: Uptime
  }

  private struct State {
    var marks: [Place: Mark] = [:]
    var order: [Place] = []
  }

  private let clock: WallClock
  private let state = Mutex(State())

  init(clock: WallClock) { self.clock = clock }

  func keep(_ token: String, at place: Place) {
    let mark = Mark(token: token, setAt: clock.uptime())
    state.withLock { state in
      if state.marks.updateValue(mark, forKey: place) == nil { state.order.append(place) }
      guard state.order.count > Self.most else { return }
      for old in state.order.prefix(Self.most / 2) { state.marks[old] = nil }
      state.order.removeFirst(Self.most / 2)
    }
  }

  /// The last mark at this offset or before it, in steps of a page, that is not too old.
  func latest(_ list: String, upTo offset: Int, step: Int) -> (offset: Int, token: String)? {
    let now = clock.uptime()
    return state.withLock { state in
      for start in stride(from: offset / step * step, to: 0, by: -step) {
        guard let mark = state.marks[Place(list: list, offset: start)] else { continue }
        if now.isWithin(Self.age, of: mark.setAt) { return (start, mark.token) }
      }
      return nil
    }
  }
}
