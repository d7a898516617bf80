import Foundation

/// `Retry-After` in either of its forms (RFC 9110 section 10.2.3).
package struct RetryAfter: Sendable, Equatable {
  /// From nothing to a day.
  package var delay: Duration

  /// - Parameter now: the present by the clock of whoever wrote the field; a date in it is counted from there.
  package init?(_ text: String, now: Timestamp) {
    let text = text.trimmingCharacters(in: .whitespaces)
    if !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit) {
      delay = Int64(text).map { min(.seconds($0), .days(1)) } ?? .days(1)
    } else if let date = HTTPDate.parse(text) {
      delay = min(max(date - now, .zero), .days(1))
    } else {
      return nil
    }
  }
}

/// Dates as HTTP writes them (RFC 9110 section 5.6.7), in the one form that is sent; the obsolete forms are not read.
package enum HTTPDate {
  /// From the weekday on which 1970 began.
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Mon, 23 Nov 2026 16:00:00 GMT`, rounded down to the second.
  package static func text(_ moment: Timestamp) -> String {
    let words = ISO8601.text(moment.milliseconds), date = CalendarDate(words)
    guard let date else { return words }
    let day = days[((date.daysSince1970 % 7) + 7) % 7]
    return
      "\(day), \(date.day.digits(2)) \(months[date.month - 1]) \(date.year.digits(4)) \(words.dropFirst(11).prefix(8)) GMT"
  }

  /// Nil for anything but what ``text(_:)`` writes; the day of the week may be a wrong one.
  package static func parse(_ text: String) -> Timestamp? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.map(\.utf8.count) == [4, 2, 3, 4, 8, 3], days.contains(where: { $0 + "," == words[0] }),
      let month = months.firstIndex(of: String(words[2])), words[5] == "GMT"
    else { return nil }
    let day = "\(words[3])-\((month + 1).digits(2))-\(words[1])"
    return ISO8601.milliseconds("\(day)T\(words[4])Z").map { Timestamp(milliseconds: $0) }
  }
}
