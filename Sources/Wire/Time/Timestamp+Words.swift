/// Moments as people read them.
extension Timestamp {
  /// For a terminal: `2026-11-23 16:00:00 UTC`.
  package var readable: String {
    ISO8601.text(milliseconds).replacing("T", with: " ").replacing("Z", with: " UTC")
  }

  /// For an alert, whose moments are not that exact: `2026-11-23 16:00 UTC`.
  package var readableToTheMinute: String { readable.prefix(16) + " UTC" }

  /// The day alone: `2026-11-23`.
  package var readableDay: String { String(readable.prefix(10)) }

  /// For a page: `23 November 2026, 16:00 UTC`.
  package var written: String {
    guard let date = CalendarDate(readable) else { return readable }
    return "\(date.day) \(Self.months[date.month - 1]) \(date.year), \(readable.dropFirst(11).prefix(5)) UTC"
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// For a file's name: `20261123-160000`.
  package var compact: String {
    readable.prefix(19).filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "-")
  }

  /// How far off a moment is: `in 3 h`, `20 min ago`, `now`.
  package func distance(from now: Timestamp) -> String {
    let span = self - now
    guard abs(span.milliseconds) >= 1000 else { return "now" }
    return span > .zero ? "in \(span.readable)" : "\((now - self).readable) ago"
  }

  /// `2026-11-23 16:00:00 UTC (in 3 h)`.
  package func readable(from now: Timestamp) -> String { "\(readable) (\(distance(from: now)))" }
}
