import Operator
import Wire

/// A status for a person at a terminal.
extension ConnectionStatus {
  var words: String { pausedAt == nil || state == .paused ? condition : "paused, \(condition)" }

  private var condition: String {
    switch state {
    case .needsApproval: "needs a person"
    case .trouble: isServed ? "in trouble, but served" : "in trouble, and not served"
    case .quarantined: "quarantined" + (isServed ? ", but served" : ", and not served")
    default: state.rawValue
    }
  }

  /// One sentence for what happened and one for what to do.
  var problem: String {
    "\(name): \(words): \(trouble ?? "nothing is known"). What to do: \(nextStep ?? "Look at: evergrant why \(name)")"
  }

  func line(_ now: Timestamp) -> String {
    let parts = [
      refreshedAt.map { "refreshed \(Timestamp(milliseconds: $0).distance(from: now))" },
      nextRefreshAt.map { "next \(Timestamp(milliseconds: $0).distance(from: now))" },
      personNeededBy.map { moment in
        let distance = Timestamp(milliseconds: moment).distance(from: now)
        return state == .needsApproval
          ? "a person is needed since \(distance)" : "a person is needed \(distance) at the latest"
      },
    ]
    return "\(name): " + ([words] + parts.compactMap(\.self)).joined(separator: ", ")
  }

  func readable(_ now: Timestamp) -> String {
    func moment(_ milliseconds: Int64?) -> String? {
      milliseconds.map { Timestamp(milliseconds: $0).readable(from: now) }
    }
    let lines: [(String, String)] =
      [
        ("what happened", trouble), ("what to do", nextStep),
        ("paused", state == .paused ? nil : moment(pausedAt).map { "since \($0)" }),
        (isByKey ? "key of" : "approved by", person),
        ("provider", isByKey ? "\(provider), by a key of its own pages" : "\(provider), by the client \(client)"),
        ("access token", isByKey ? nil : access(now)),
        ("last refresh", isByKey ? nil : moment(refreshedAt).map { "\($0), generation \(generation)" } ?? "never"),
        ("next refresh", isByKey ? nil : moment(nextRefreshAt) ?? "none"), ("person needed", forecast(now)),
      ].compactMap { label, value in value.map { (label, $0) } }
      + (keys.isEmpty
        ? [("jobs", "none has a key")] : keys.enumerated().map { ($0 == 0 ? "jobs" : "", $1.readable(now)) })
      + (isWell ? [] : [("the whole history", "evergrant why \(name)")])
    let margin = 19
    return "\(name): \(words)\n"
      + lines.map { label, value in
        let head = "  \(label)" + String(repeating: " ", count: max(1, margin - 2 - label.count))
        return Paragraph.wrapped(value, head: head, indentation: margin)
      }.joined(separator: "\n")
  }

  private var person: String {
    [approver ?? (isByKey ? "somebody" : "a person"), tenant.map { "for \($0)" }].compactMap(\.self).joined(
      separator: " ")
  }

  private func access(_ now: Timestamp) -> String {
    guard let until = accessUntil.map({ Timestamp(milliseconds: $0) }) else { return "none" }
    return (now < until ? "until " : "ended ") + until.readable(from: now)
  }

  /// The forecast is on every status (K18).
  private func forecast(_ now: Timestamp) -> String {
    switch state {
    case .needsApproval:
      return "now" + (personNeededBy.map { ", since \(Timestamp(milliseconds: $0).readable(from: now))" } ?? "")
    case .disconnected: return "only if it shall work again"
    default: break
    }
    guard let date = personNeededBy.map({ Timestamp(milliseconds: $0) }) else {
      if isByKey { return "when the key is deleted at the provider, which nobody can tell in advance" }
      return "when somebody takes the approval back; the provider sets no date"
    }
    return nextRefreshAt == nil
      ? "by \(date.readable(from: now))" : "by \(date.readable(from: now)), if it is not refreshed before"
  }
}

extension ConnectionStatus.KeyStatus {
  fileprivate func readable(_ now: Timestamp) -> String {
    let used = lastUsedAt.map { "last used \(Timestamp(milliseconds: $0).readable(from: now))" } ?? "never used"
    let end = Timestamp(milliseconds: endsAt)
    let ending = end <= now ? ", ended " : ", ends "
    let expected = expectedBy.map { ", expected by \(Timestamp(milliseconds: $0).readable(from: now))" } ?? ""
    return "\(name), \(used)\(expected)" + (end - now <= .days(30) ? ending + end.readable(from: now) : "")
  }
}
