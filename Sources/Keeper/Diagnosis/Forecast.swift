import Wire

/// When a person will be needed, by the provider's refresh window (K18).
package struct Forecast: Sendable, Equatable {
  /// The day by which a person is needed; since when, where one is needed already. Nil where the provider sets no date, and
  /// where the operator has given the connection up.
  package let personNeededBy: Timestamp?
  /// The shortest of ``notices`` within which that day lies; nil where none is, or where the next refresh puts it off.
  package let notice: Duration?

  /// How long before that day people are told of it, the shortest first.
  package static let notices: [Duration] = [.days(1), .days(7), .days(14)]

  /// Whether that day is near, and the next refresh does not put it off.
  package var isNear: Bool { notice != nil }

  init(_ evidence: Evidence, dueAt: Timestamp?) {
    let row = evidence.row
    switch row.state {
    case .needsApproval: (personNeededBy, notice) = (evidence.refusedAt ?? evidence.now, nil)
    case .disconnected: (personNeededBy, notice) = (nil, nil)
    // A key of the provider's own pages has no end that anybody knows.
    case .active where evidence.client.isForKeys: (personNeededBy, notice) = (nil, nil)
    case .active:
      // Without a refresh token the access token's end is the end.
      personNeededBy = row.refresh.map(\.until) ?? row.access?.until
      notice = personNeededBy.flatMap { Self.notice(of: $0, evidence, dueAt: dueAt) }
    }
  }

  private static func notice(of end: Timestamp, _ evidence: Evidence, dueAt: Timestamp?) -> Duration? {
    let isOnItsWay = dueAt.map { evidence.now < $0 + Diagnosis.grace && $0 < end } ?? false
    // A grant that lives no longer than the notice is not warned of for a failure that the next try may mend.
    let life = evidence.row.access.map { end - $0.from } ?? .zero
    return notices.first {
      end - evidence.now <= $0 && (!isOnItsWay || evidence.row.failures > 0 && $0 < life)
    }
  }
}
