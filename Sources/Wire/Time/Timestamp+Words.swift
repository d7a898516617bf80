import Contacts

/// Moments and spans as a person at a terminal reads them.
extension Timestamp {
  /// `2026-11-23 16:00:00 UTC`.
  package var readable: String {
    KeapTime.v2(milliseconds).replacing("T", with: " ").replacing("Z", with: " UTC")
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

extension Duration {
  /// In the unit that tells most in two or three digits: `45 s`, `20 min`, `36 h`, `44 days`; rounded down.
  package var readable: String {
    let seconds = abs(components.seconds)
    return switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) days"
    }
  }
}
