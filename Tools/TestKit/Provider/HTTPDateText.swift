import Foundation
import Store

/// A moment as HTTP writes it (RFC 9110 section 5.6.7).
package enum HTTPDateText {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  package static func of(_ moment: Timestamp) -> String {
    var seconds = time_t(moment.milliseconds / 1000), parts = tm()
    gmtime_r(&seconds, &parts)
    let two = { (number: Int32) in (number < 10 ? "0" : "") + String(number) }
    let date = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year)"
    return "\(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
