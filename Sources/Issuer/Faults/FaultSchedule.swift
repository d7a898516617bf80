import Synchronization
import Wire

/// When what goes wrong, as an operator spells it out: `token slow=12s 2m of 1h, api 429 every 20`.
///
/// A rule is a place, a fault, and when: `every 20` is each twentieth request there, `2m of 1h` the first two minutes of each
/// hour (UTC), and without either it is always. The first rule that is due counts.
package final class FaultSchedule: Sendable {
  /// Which rule cannot be read, and how one is written.
  package struct Unreadable: Error, Sendable, Equatable, CustomStringConvertible {
    package var rule: String
    package var description: String {
      "“\(rule)” is no fault. Write PLACE FAULT [every N | SPAN of SPAN], such as token drop every 20, or "
        + "token slow=12s 2m of 1h. Places are token and api; faults are \(Fault.words)."
    }
  }

  private struct Rule: Sendable {
    enum When: Sendable {
      case always
      case every(Int)
      case first(Duration, of: Duration)
    }

    var place: Fault.Place
    var fault: Fault
    var when: When
  }

  private let rules: [Rule]
  private let counts = Mutex<[Fault.Place: Int]>([:])

  package init(_ text: String) throws(Unreadable) {
    var rules: [Rule] = []
    for part in text.split(separator: ",") {
      let words = part.split(separator: " ")
      guard words.count >= 2, let place = Fault.Place(rawValue: String(words[0])), let fault = Fault(words[1]),
        let when = Self.when(words.dropFirst(2))
      else { throw Unreadable(rule: words.joined(separator: " ")) }
      rules.append(Rule(place: place, fault: fault, when: when))
    }
    guard !rules.isEmpty else { throw Unreadable(rule: text) }
    self.rules = rules
  }

  private static func when(_ words: ArraySlice<Substring>) -> Rule.When? {
    switch (words.count, words.first, words.last) {
    case (0, _, _): return .always
    case (2, "every", let number?): return Int(digits: number).flatMap { $0 > 0 ? .every($0) : nil }
    case (3, let part?, let whole?):
      let link = words[words.startIndex + 1]
      guard link == "of", let part = Fault.span(part), let whole = Fault.span(whole), part < whole else { return nil }
      return .first(part, of: whole)
    default: return nil
    }
  }

  /// What goes wrong with a request that has just come; nil where nothing does.
  package func fault(at place: Fault.Place, now: Timestamp) -> Fault? {
    let number = counts.withLock { counts in
      counts[place, default: 0] += 1
      return counts[place, default: 0]
    }
    return rules.first { rule in
      guard rule.place == place else { return false }
      switch rule.when {
      case .always: return true
      case .every(let count): return number.isMultiple(of: count)
      case .first(let part, let whole): return now.milliseconds % whole.milliseconds < part.milliseconds
      }
    }?.fault
  }
}
