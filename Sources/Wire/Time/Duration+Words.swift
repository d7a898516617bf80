/// Spans as people read them, always in one unit: the largest of which there are at least two, else seconds.
extension Duration {
  private struct Unit {
    var seconds: Int64
    var noun: String
    var short: String
  }

  private static let second = Unit(seconds: 1, noun: "second", short: "s")
  /// The largest first. A day has no sign of its own.
  private static let units = [
    Unit(seconds: 86_400, noun: "day", short: "days"), Unit(seconds: 3600, noun: "hour", short: "h"),
    Unit(seconds: 60, noun: "minute", short: "min"),
  ]
  private static let month = Unit(seconds: 30 * 86_400, noun: "month", short: "months")

  private func count(in units: [Unit], exactly: Bool = false) -> (count: Int64, unit: Unit) {
    let seconds = abs(components.seconds)
    let unit = units.first { seconds >= 2 * $0.seconds && (!exactly || seconds % $0.seconds == 0) } ?? Self.second
    return (seconds / unit.seconds, unit)
  }

  /// For a terminal, rounded down: `45 s`, `20 min`, `36 h`, `44 days`.
  package var readable: String {
    let (count, unit) = count(in: Self.units)
    return "\(count) \(unit.short)"
  }

  /// For a page, rounded down: `24 hours`, `45 days`, `6 months` of thirty days.
  package var written: String {
    let (count, unit) = count(in: [Self.month] + Self.units)
    return count.counted(unit.noun)
  }

  /// Not rounded: `24 hours`, `90 minutes`.
  package var writtenExactly: String {
    let (count, unit) = count(in: Self.units, exactly: true)
    return count.counted(unit.noun)
  }
}
