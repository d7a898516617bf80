import ArgumentParser
import Wire

/// A span of time as an argument: `90s`, `15m`, `24h`, `45d`.
struct Span: ExpressibleByArgument {
  let duration: Duration
  let defaultValueDescription: String

  static func hours(_ count: Int64) -> Span { Span(duration: .hours(count), defaultValueDescription: "\(count)h") }
  static func days(_ count: Int64) -> Span { Span(duration: .days(count), defaultValueDescription: "\(count)d") }
  static func minutes(_ count: Int64) -> Span { Span(duration: .minutes(count), defaultValueDescription: "\(count)m") }
  static func seconds(_ count: Int64) -> Span { Span(duration: .seconds(count), defaultValueDescription: "\(count)s") }

  private init(duration: Duration, defaultValueDescription: String) {
    self.duration = duration
    self.defaultValueDescription = defaultValueDescription
  }

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let unit = argument.last.flatMap({ units[$0] }), let number = Int64(argument.dropLast()), number > 0,
      number < 100_000
    else { return nil }
    self.init(duration: .seconds(number * unit), defaultValueDescription: argument)
  }
}
