import Wire

/// A date and a time as `dateTime.iso8601` has them: `20261123T16:00:00`. Without a zone they are what a clock on the east coast
/// of the United States shows, as Keap's XML-RPC means them.
package struct WallTime: Hashable, Sendable {
  package var day: CalendarDate
  /// Seconds since midnight on that clock.
  package var second: Int
  /// Minutes east of UTC, where the text names a zone.
  package var zone: Int?

  package init(day: CalendarDate, second: Int = 0, zone: Int? = nil) {
    self.day = day
    self.second = second
    self.zone = zone
  }

  /// Reads `20261123T16:00:00`, also with dashes in the day, a fraction of a second, which is dropped, and a zone; or a day alone.
  package init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    guard let year = Self.number(&rest, 4) else { return nil }
    let isDashed = Self.skip(&rest, "-")
    guard let month = Self.number(&rest, 2), !isDashed || Self.skip(&rest, "-"), let day = Self.number(&rest, 2),
      let date = CalendarDate(year: year, month: month, day: day)
    else { return nil }
    self.init(day: date)
    guard !rest.isEmpty else { return }
    guard Self.skip(&rest, "T") || Self.skip(&rest, " "), let hour = Self.number(&rest, 2), hour < 24,
      Self.skip(&rest, ":"), let minute = Self.number(&rest, 2), minute < 60, Self.skip(&rest, ":"),
      let second = Self.number(&rest, 2), second < 60
    else { return nil }
    self.second = (hour * 60 + minute) * 60 + second
    if Self.skip(&rest, ".") {
      let digits = rest.prefix(while: \.isASCIIDigit).count
      guard digits > 0 else { return nil }
      rest = rest.dropFirst(digits)
    }
    if rest.isEmpty { return }
    guard let minutes = Self.zone(&rest), rest.isEmpty else { return nil }
    zone = minutes
  }

  private static func number(_ rest: inout ArraySlice<UInt8>, _ digits: Int) -> Int? {
    let head = rest.prefix(digits)
    guard head.count == digits, head.allSatisfy(\.isASCIIDigit) else { return nil }
    rest = rest.dropFirst(digits)
    return head.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func skip(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private static func zone(_ rest: inout ArraySlice<UInt8>) -> Int? {
    if skip(&rest, "Z") { return 0 }
    let isWest = skip(&rest, "-")
    guard isWest || skip(&rest, "+"), let hours = number(&rest, 2), hours < 24 else { return nil }
    _ = skip(&rest, ":")
    guard let minutes = number(&rest, 2), minutes < 60 else { return nil }
    return (isWest ? -1 : 1) * (hours * 60 + minutes)
  }

  /// `20261123T16:00:00`, the form that Keap's clients read; a zone is not told.
  package var text: String { "\(day.description.filter { $0 != "-" })T\(clock)" }

  private var clock: String {
    [second / 3600, second / 60 % 60, second % 60].map { $0.digits(2) }.joined(separator: ":")
  }
}

// MARK: - Eastern time

extension WallTime {
  /// What a clock in Eastern time shows at a moment of the years 1 to 9999.
  package init?(_ moment: Timestamp) {
    guard let winter = Self(ofUTC: moment - .hours(5)), let summer = Self(ofUTC: moment - .hours(4)) else { return nil }
    let isSummer = Self.isSummer(winter.day, second: winter.second, isToldInWinterTime: true)
    self.init(day: isSummer ? summer.day : winter.day, second: isSummer ? summer.second : winter.second)
  }

  private init?(ofUTC moment: Timestamp) { self.init(ISO8601.text(moment.milliseconds)) }

  /// The moment that is meant, to the second; nil for one that cannot be told. An hour that a clock shows twice is its first.
  package var moment: Timestamp? {
    guard let midnight = ISO8601.milliseconds(day.description) else { return nil }
    let hours = Self.isSummer(day, second: second, isToldInWinterTime: false) ? 4 : 5
    let offset = zone.map { -$0 * 60 } ?? hours * 3600
    return Timestamp(milliseconds: midnight + Int64(second + offset) * 1000)
  }

  /// Whether daylight saving time holds. Its days are those of the law of 2005 (from 2007 on) and of that of 1986 before; what was
  /// earlier is told by the latter too.
  private static func isSummer(_ day: CalendarDate, second: Int, isToldInWinterTime: Bool) -> Bool {
    let isNew = day.year >= 2007
    let begin = sunday(isNew ? 2 : 1, of: isNew ? 3 : 4, in: day.year)
    let end = isNew ? sunday(1, of: 11, in: day.year) : lastSunday(of: 10, in: day.year)
    guard let begin, let end else { return false }
    // It begins at two by winter time, and ends at two by summer time, which is one by winter time.
    let endsAt = isToldInWinterTime ? 3600 : 7200
    return (begin, 7200) <= (day, second) && (day, second) < (end, endsAt)
  }

  private static func sunday(_ count: Int, of month: Int, in year: Int) -> CalendarDate? {
    (1...7).lazy.compactMap { CalendarDate(year: year, month: month, day: $0 + 7 * (count - 1)) }.first(where: isSunday)
  }

  private static func lastSunday(of month: Int, in year: Int) -> CalendarDate? {
    (25...31).lazy.compactMap { CalendarDate(year: year, month: month, day: $0) }.first(where: isSunday)
  }

  private static func isSunday(_ day: CalendarDate) -> Bool {
    // 4 January 1970 was one.
    ISO8601.milliseconds(day.description).map { ($0 / 86_400_000 - 3) % 7 == 0 } ?? false
  }
}
