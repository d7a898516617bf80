import Wire

/// What comes first in a date that ends with its year.
package enum DateOrder: String, CaseIterable, Sendable {
  case dayFirst = "day-first"
  case monthFirst = "month-first"

  /// A day as somebody may have written it, or why it is none, as the end of a sentence; neither where the cell is as good as
  /// empty.
  static func read(_ text: String, _ order: DateOrder?) -> (date: CalendarDate?, fault: String?) {
    if let date = CalendarDate(text) { return (date, nil) }
    let parts = text.split { "/.-".contains($0) }.map { NormalForm.trimmed(String($0)) }
    let numbers = parts.compactMap { Int(digits: $0) }
    guard numbers.count == parts.count, (2...3).contains(numbers.count) else { return (nil, notWritten) }
    // Outlook writes a birthday that nobody has told as 0/0/00.
    if numbers.allSatisfy({ $0 == 0 }) { return (nil, nil) }
    if numbers.count == 2 { return (nil, "has no year") }
    if parts[0].count == 4 { return checked(CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2])) }
    guard parts[2].count == 4 else { return (nil, notWritten) }
    let (first, second, year) = (numbers[0], numbers[1], numbers[2])
    switch order ?? (first > 12 ? .dayFirst : second > 12 || first == second ? .monthFirst : nil) {
    case .dayFirst: return checked(CalendarDate(year: year, month: second, day: first))
    case .monthFirst: return checked(CalendarDate(year: year, month: first, day: second))
    case nil: return (nil, ambiguous)
    }
  }

  /// How a warning ends of a date that nobody has said the order of.
  package static let ambiguous = "may be of two days: say which comes first with --dates"
  private static let notWritten = "is not of the form 1985-03-15"

  private static func checked(_ date: CalendarDate?) -> (date: CalendarDate?, fault: String?) {
    (date, date == nil ? "is no day of the calendar" : nil)
  }
}
