import Wire

/// Something that an integration did wrong on a day.
package enum RehearsalFinding: Sendable, Hashable {
  /// It presented refresh tokens that were spent: two of its parts refresh at once, or it did not keep what it was given.
  case usedSpentTokens(Int)
  /// It presented what was never a refresh token of the approval, such as nothing at all: it kept an error for an answer.
  case broughtNone(Int)
  /// It did not come back after what passes by itself.
  case gaveUp
  /// It went on asking for a token that will never come.
  case keptAsking(Int)
  /// It went on calling with a token that was refused.
  case keptCalling(Int)
  /// So many requests to the token endpoint within one minute.
  case hammered(Int)
  /// So many requests in the seconds that it was told to wait.
  case ignoredWait(Int)
  /// It refreshed more often than the life of its tokens asks for.
  case refreshedTooOften(Int)
}

/// How an integration did on one day.
package struct DayReport: Sendable, Equatable {
  package enum Verdict: String, Sendable {
    case held
    case failed
    /// What the day is about did not come to pass, as where no refresh fell into it.
    case untried
  }

  package var day: RehearsalDay
  /// Requests with a refresh token, and how many of them brought tokens.
  package var asked: Int
  package var refreshed: Int
  /// How many came with a token that was spent.
  package var spent: Int
  package var calls: Int
  /// The most requests to the token endpoint within one minute.
  package var mostInMinute: Int
  package var findings: [RehearsalFinding]
  package var verdict: Verdict
  /// Whether the last refresh token that it brought was worth nothing any more. On a day that ends the grant it is so for
  /// whoever does well, too.
  package var isLost: Bool
}

/// The rules by which a day is judged, over what was seen in it.
extension DayReport {
  /// How often one may ask in vain before it is for a person to help.
  static let patience = 3
  /// Requests to the token endpoint within a minute that nobody needs.
  static let most = 10

  /// - Parameters:
  ///   - seen: in the order in which they came.
  ///   - refreshes: how many the length of the day asks for.
  init(_ day: RehearsalDay, _ seen: [Sighting], refreshes: Int) {
    let refreshing = seen.filter(\.isRefresh), calls = seen.filter { $0.place == .api }
    let spent = refreshing.filter { $0.brought == .spent || ($0.brought == .current && $0.isRefusedInItself) }
    let dead = refreshing.filter { $0.brought == .dead }
    let refused = calls.filter { $0.status == 401 }
    let most = Self.most(in: .minutes(1), refreshing.map(\.at))
    let refreshed = refreshing.filter(\.hasRefreshed).count
    var findings: [RehearsalFinding] = []
    if most > Self.most { findings.append(.hammered(most)) }
    var isTried = true
    switch day {
    case .quiet:
      isTried = refreshed > 0
      if refreshed > 2 * refreshes + 2 { findings.append(.refreshedTooOften(refreshed)) }
    case .slow, .failing, .html, .throttled:
      let first = refreshing.firstIndex { $0.fault != nil }
      isTried = first != nil
      if let first, !refreshing[first...].contains(where: \.hasRefreshed) { findings.append(.gaveUp) }
    case .dropped: isTried = refreshing.contains { $0.fault == .drop }
    case .revoked: isTried = !refused.isEmpty || !dead.isEmpty
    }
    if day.endsGrant {
      let inVain = spent.count + dead.count
      if inVain > Self.patience { findings.append(.keptAsking(inVain)) }
      if refused.count > Self.most { findings.append(.keptCalling(refused.count)) }
    } else {
      if !spent.isEmpty { findings.append(.usedSpentTokens(spent.count)) }
      if !dead.isEmpty { findings.append(.broughtNone(dead.count)) }
    }
    let early = Self.early(seen)
    if early > 1 { findings.append(.ignoredWait(early)) }
    self.init(
      day: day, asked: refreshing.count, refreshed: refreshed, spent: spent.count, calls: calls.count,
      mostInMinute: most,
      findings: findings, verdict: !findings.isEmpty ? .failed : isTried ? .held : .untried,
      isLost: refreshing.last?.showsLoss ?? false || day == .revoked && isTried)
  }

  /// How many of the moments, in order, lie within one span.
  private static func most(in span: Duration, _ moments: [Timestamp]) -> Int {
    var most = 0, from = 0
    for (index, moment) in moments.enumerated() {
      while moment - moments[from] >= span { from += 1 }
      most = max(most, index - from + 1)
    }
    return most
  }

  /// How many came while whoever sent them had been told to wait, at the same place.
  private static func early(_ seen: [Sighting]) -> Int {
    var until: [Fault.Place: Timestamp] = [:], count = 0
    for sighting in seen {
      if let end = until[sighting.place], sighting.at < end { count += 1 }
      if case .throttled(let seconds?) = sighting.fault {
        until[sighting.place] = sighting.at + .seconds(Int64(seconds))
      }
    }
    return count
  }
}

extension Sighting {
  /// Whether whoever sent it has no refresh token that is worth anything, as far as it shows.
  fileprivate var showsLoss: Bool {
    switch brought {
    case .nothing: false
    case .spent, .dead: true
    case .current: fault?.losesAnswer == true || isRefusedInItself
    }
  }

  /// Whether it came with a token that was good when it came and was spent by another before it was read.
  fileprivate var isRefusedInItself: Bool { fault?.isCarriedOut ?? true && status == 400 }
}
