import Wire

/// Connections by when they are due, those of one token endpoint in one line. The first of a line is found at once, and
/// adding or taking one costs the logarithm of their number.
struct DueLines {
  private struct Entry {
    var at: Timestamp
    var entry: Snapshot.Entry
  }

  /// By token endpoint; each a binary heap, the earliest first.
  private var lines: [String: [Entry]] = [:]
  private(set) var count = 0

  var endpoints: [String] { Array(lines.keys) }

  /// The first of a line, whether or not it was replaced since.
  func first(of endpoint: String) -> (at: Timestamp, entry: Snapshot.Entry)? {
    lines[endpoint]?.first.map { ($0.at, $0.entry) }
  }

  mutating func add(_ entry: Snapshot.Entry, at moment: Timestamp) {
    count += 1
    Self.push(Entry(at: moment, entry: entry), to: &lines[entry.cached.client.tokenEndpoint, default: []])
  }

  mutating func removeFirst(of endpoint: String) {
    guard lines[endpoint]?.isEmpty == false else { return }
    count -= 1
    Self.pop(&lines[endpoint, default: []])
    if lines[endpoint]?.isEmpty == true { lines[endpoint] = nil }
  }

  private static func push(_ entry: Entry, to heap: inout [Entry]) {
    heap.append(entry)
    var place = heap.count - 1
    while place > 0, heap[place].at < heap[(place - 1) / 2].at {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private static func pop(_ heap: inout [Entry]) {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var place = 0
    while 2 * place + 1 < heap.count {
      var child = 2 * place + 1
      if child + 1 < heap.count, heap[child + 1].at < heap[child].at { child += 1 }
      guard heap[child].at < heap[place].at else { return }
      heap.swapAt(place, child)
      place = child
    }
  }
}
