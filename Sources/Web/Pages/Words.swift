import Contacts
import Store

/// Values as people read them.
enum Words {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// `23 November 2026, 16:00 UTC`.
  static func moment(_ time: Timestamp) -> String {
    let text = KeapTime.v2(time.milliseconds)
    let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3, months.indices.contains(parts[1] - 1) else { return text }
    return "\(parts[2]) \(months[parts[1] - 1]) \(parts[0]), \(text.dropFirst(11).prefix(5)) UTC"
  }

  /// `6 months`, `45 days`, `24 hours`, `10 minutes`: whole numbers of the largest unit that fits.
  static func span(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    switch seconds {
    case (60 * 86_400)...: return plural(seconds / (30 * 86_400), "month")
    case (2 * 86_400)...: return plural(seconds / 86_400, "day")
    case 7200...: return plural(seconds / 3600, "hour")
    case 120...: return plural(seconds / 60, "minute")
    default: return plural(seconds, "second")
    }
  }

  static func plural(_ count: Int64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
