/// Points in time as ISO 8601 writes them, from and to milliseconds since 1970.
package enum ISO8601 {
  /// `2024-03-15T10:30:00Z`, rounded down to the second.
  package static func text(_ milliseconds: Int64) -> String {
    let (day, time, _) = parts(milliseconds)
    return "\(day)T\(time)Z"
  }

  /// `2024-11-12T21:45:54.000+0000`.
  package static func withFraction(_ milliseconds: Int64) -> String {
    let (day, time, fraction) = parts(milliseconds)
    return "\(day)T\(time).\(fraction.digits(3))+0000"
  }

  /// Reads ISO 8601 with seconds and a zone (`Z`, `+01:00`, `+0100`), a fraction if there is one, or a day alone,
  /// which begins at midnight UTC.
  package static func milliseconds(_ text: String) -> Int64? {
    guard let date = CalendarDate(text) else { return nil }
    let midnight = Int64(date.daysSince1970) * 86_400_000
    var rest = Substring(text).dropFirst(10)
    if rest.isEmpty { return midnight }
    rest = rest.dropFirst()
    let clock = rest.prefix(8)
    let fields = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.map(\.count) == [2, 2, 2], let hour = number(fields[0], 23), let minute = number(fields[1], 59),
      let second = number(fields[2], 59)
    else { return nil }
    rest = rest.dropFirst(8)
    var fraction: Int64 = 0
    if rest.first == "." {
      let digits = rest.dropFirst().prefix { $0.isASCIIDigit }
      guard !digits.isEmpty, let value = Int64((digits + "00").prefix(3)) else { return nil }
      fraction = value
      rest = rest.dropFirst(digits.count + 1)
    }
    guard let offset = zone(rest) else { return nil }
    return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
  }

  /// Minutes east of UTC.
  private static func zone(_ text: Substring) -> Int64? {
    if text == "Z" { return 0 }
    let digits = text.dropFirst().filter { $0 != ":" }
    guard let sign = text.first, sign == "+" || sign == "-", digits.count == 4,
      let hours = number(digits.prefix(2), 23),
      let minutes = number(digits.suffix(2), 59)
    else { return nil }
    return (sign == "+" ? 1 : -1) * (hours * 60 + minutes)
  }

  private static func number(_ text: some StringProtocol, _ most: Int64) -> Int64? {
    guard let value = Int64(digits: text), value <= most else { return nil }
    return value
  }

  private static func parts(_ milliseconds: Int64) -> (day: String, time: String, fraction: Int) {
    // The wire forms have four digits for the year; what lies beyond is shown as the nearest time that has.
    let bounded = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    let day = Int((Double(bounded) / 86_400_000).rounded(.down))
    let within = Int(bounded) - day * 86_400_000
    let date = CalendarDate(daysSince1970: day)?.description ?? "1970-01-01"
    let time = [within / 3_600_000, within / 60_000 % 60, within / 1000 % 60].map { $0.digits(2) }.joined(
      separator: ":")
    return (date, time, within % 1000)
  }
}
