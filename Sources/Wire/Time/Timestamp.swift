/// A moment of wall time: milliseconds since 1970 in UTC.
package struct Timestamp: Sendable, Hashable, Comparable, Codable {
  package var milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  package init(seconds: Int64) { milliseconds = seconds * 1000 }

  /// Days since 1970, UTC.
  package var day: Int64 { milliseconds / Duration.days(1).milliseconds }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
  package static func + (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(milliseconds: left.milliseconds + right.milliseconds)
  }
  package static func - (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(milliseconds: left.milliseconds - right.milliseconds)
  }
  package static func - (left: Timestamp, right: Timestamp) -> Duration {
    .milliseconds(left.milliseconds - right.milliseconds)
  }
}

extension Timestamp {
  package init(from decoder: any Decoder) throws {
    self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }
}

extension Duration {
  /// Whole milliseconds, rounded towards zero.
  package var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  package static func minutes(_ count: Int64) -> Duration { .seconds(60 * count) }
  package static func hours(_ count: Int64) -> Duration { .seconds(3600 * count) }
  package static func days(_ count: Int64) -> Duration { .seconds(86_400 * count) }
}
