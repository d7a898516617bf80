import Keeper
import Wire

/// What happened to a connection, in sentences, and how it is now: to be read, and to be pasted into a ticket.
package struct History: Sendable, Equatable, Codable {
  /// What happened once, or again and again with nothing else between.
  package struct Chapter: Sendable, Equatable, Codable {
    /// Milliseconds since 1970, of the first time.
    package var at: Int64
    /// Of the last time.
    package var until: Int64
    package var count: Int
    package var kind: String
    package var sentence: String
  }

  package var chapters: [Chapter]
  package var now: ConnectionStatus
}

extension Desk {
  /// Tells the events of a connection, oldest first, and ends with the reason and the remedy (K15).
  package func history(of name: String) async throws -> History {
    let now = try await status(name)
    var teller = StoryTeller()
    try await events(of: name) { teller.take($0) }
    return History(chapters: teller.chapters, now: now)
  }
}

/// Makes chapters of events: several of one kind in a row become one, where they tell of the same trouble or of none.
struct StoryTeller {
  private(set) var chapters: [History.Chapter] = []

  mutating func take(_ event: AuditEntry) {
    let kind = Event.Kind(rawValue: event.kind)
    if let last = chapters.last, last.kind == event.kind, Self.isRepeated(kind) {
      let count = last.count + 1
      let end = Timestamp(milliseconds: event.at).readable
      chapters[chapters.count - 1].until = event.at
      chapters[chapters.count - 1].count = count
      chapters[chapters.count - 1].sentence =
        kind == .refreshed
        ? "Refreshed \(count) times, the last at \(end)."
        : "\(Self.sentence(kind, event.detail)) \(count) times, the last at \(end)."
    } else {
      chapters.append(
        History.Chapter(
          at: event.at, until: event.at, count: 1, kind: event.kind, sentence: Self.sentence(kind, event.detail)))
    }
  }

  /// Whether only the last of several in a row is worth its own words.
  private static func isRepeated(_ kind: Event.Kind?) -> Bool {
    switch kind {
    case .refreshed, .putOff, .answerLost, .spareKept: true
    default: false
    }
  }

  private static func sentence(_ kind: Event.Kind?, _ detail: String) -> String {
    switch kind {
    case .refreshed: "Refreshed."
    case .refused: "A person is needed: \(detail)."
    case .clientRefused:
      "\(detail.sentence) Nothing more was sent with this app's credentials; no grant ended by it."
    case .putOff: "A refresh was put off: \(detail)."
    case .answerLost: "\(detail.sentence) The provider may have rotated the token or not."
    case .quarantined: "Set apart: \(detail)."
    case .trusted: "The operator decided: \(detail)."
    case .checked: "The provider was asked: \(detail)."
    default: detail.sentence
    }
  }
}
