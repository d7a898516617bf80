import Keeper
import Store
import Wire

/// An event as the store has it, for an audit.
package struct AuditEntry: Sendable, Equatable, Codable {
  /// Grows from event to event.
  package var id: Int64
  /// Milliseconds since 1970.
  package var at: Int64
  package var connection: String
  package var kind: String
  package var detail: String
  /// In hexadecimal; nil for an event from before there was a chain.
  package var link: String?

  init(_ row: Row) throws {
    id = try row["id"]
    at = try row["at"]
    connection = try row["connection"]
    kind = try row["kind"]
    detail = try row["detail"]
    let link: [UInt8]? = try row["link"]
    self.link = link?.hex
  }
}

/// What a look through the chain of events came to.
package struct ChainReport: Sendable, Equatable, Codable {
  /// Where the chain does not hold.
  package struct Break: Sendable, Equatable, Codable {
    /// The first event that does not fit what is before it; nil where the fault is at the end.
    package var event: AuditEntry?
    /// What does not fit, in a sentence.
    package var meaning: String
  }

  /// How many events the chain covers, up to the break if there is one.
  package var events: Int64
  /// How many events are from before the chain began, which says nothing of them.
  package var earlier: Int64
  /// The link of the last of `events`, in hexadecimal; nil where there is none.
  package var head: String?
  package var broken: Break?
  /// The number of the event whose link is the head that was noted elsewhere; nil where no head was given, or no event has it.
  package var expected: Int64?
}

extension Desk {
  /// How many events are read at once.
  private static let pageSize = 1000

  /// Hands out events, oldest first, without holding the store while they are used.
  package func events(
    of connection: String? = nil, since: Timestamp? = nil, _ body: (AuditEntry) throws -> Void
  ) async throws {
    var last: Int64 = 0
    while true {
      let page = try await store.events(of: connection, after: last, most: Self.pageSize)
      for entry in page where entry.at >= since?.milliseconds ?? .min { try body(entry) }
      guard let end = page.last, page.count == Self.pageSize else { return }
      last = end.id
    }
  }

  /// Computes each link anew, and compares.
  ///
  /// - Parameter expected: a head that was noted elsewhere: everything up to it is as it was then, if the chain still has it.
  package func verifyEvents(expecting expected: String? = nil) async throws -> ChainReport {
    let end = try await store.chainEnd()
    var walk = ChainWalk(expected: expected)
    try await events { entry in
      // What is added meanwhile belongs to a later look.
      if entry.id <= end.last { walk.take(entry) }
    }
    return walk.report(end)
  }
}

/// What the store says of the end of the chain.
struct ChainEnd: Sendable {
  var count: Int64
  var head: [UInt8]?
  /// The newest event's id.
  var last: Int64
}

/// One look along the chain, from its beginning.
struct ChainWalk {
  private var report = ChainReport(events: 0, earlier: 0)
  private var head: [UInt8]?
  private var lastID: Int64?
  private let expected: String?

  init(expected: String?) { self.expected = expected?.lowercased() }

  mutating func take(_ entry: AuditEntry) {
    guard report.broken == nil else { return }
    defer { lastID = entry.id }
    guard let link = entry.link else {
      if report.events == 0 {
        report.earlier += 1
      } else {
        report.broken = ChainReport.Break(event: entry, meaning: "it has no link: it was not written by this program")
      }
      return
    }
    let next = ChainedEvent(
      number: report.events + 1, at: Timestamp(milliseconds: entry.at), connection: entry.connection, kind: entry.kind,
      detail: entry.detail
    ).link(after: head)
    guard next.hex == link else {
      let gap = lastID.map { entry.id - $0 - 1 } ?? 0
      let meaning =
        gap > 0
        ? "what stood before it is gone: \(gap == 1 ? "one event" : "\(gap) events") at the least"
        : "it, or what stood before it, is not what was written"
      report.broken = ChainReport.Break(event: entry, meaning: meaning)
      return
    }
    head = next
    report.events += 1
    if link == expected { report.expected = report.events }
  }

  func report(_ end: ChainEnd) -> ChainReport {
    var report = report
    report.head = head?.hex
    if report.broken == nil, (report.events, head) != (end.count, end.head) {
      let missing = end.count - report.events
      report.broken = ChainReport.Break(
        event: nil,
        meaning: missing > 0
          ? "\(missing == 1 ? "the last event is" : "the last \(missing) events are") gone"
          : "the end of the chain is not the one that the store has noted")
    }
    return report
  }
}
