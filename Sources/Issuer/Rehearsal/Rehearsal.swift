import OAuth
import Synchronization
import Wire

/// A script of bad days at an issuer's door: it says what goes wrong with each request, and sees what the integration does.
///
/// Whoever drives it begins and ends the days; what a day brings and how it is judged is in ``RehearsalDay`` and ``DayReport``.
package final class Rehearsal: Sendable {
  private struct State {
    var day: RehearsalDay?
    var beganAt = Timestamp(milliseconds: 0)
    var length = Duration.zero
    /// All of the day's, in the order of their numbers, and the number of the first.
    var seen: [Sighting] = []
    var first = 0
    /// How many came to each place this day; at the token endpoint only refreshes count.
    var came: [Fault.Place: Int] = [:]
    var count = 0
    var servedAt: Timestamp?
    var refused = 0
    var lastRefusal: Int?
  }

  private let issuer: Issuer
  private let state = Mutex(State())

  package init(_ issuer: Issuer) { self.issuer = issuer }

  package func begin(_ day: RehearsalDay, for length: Duration) {
    let now = issuer.clock.now()
    state.withLock { state in
      state.day = day
      state.beganAt = now
      state.length = length
      state.seen = []
      state.first = state.count
      state.came = [:]
    }
  }

  /// Ends the day and judges it. Between days nothing goes wrong.
  package func end() -> DayReport? {
    let (day, seen, length) = state.withLock { state in
      defer { state.day = nil }
      return (state.day, state.seen, state.length)
    }
    let refreshes = Int(length.milliseconds / max(1, issuer.settings.accessLifetime.milliseconds))
    return day.map { DayReport($0, seen, refreshes: refreshes) }
  }

  /// A request that has come and was not carried out yet.
  ///
  /// - Parameter fields: of a request to the token endpoint.
  package func arrives(at place: Fault.Place, _ fields: FormFields? = nil) async -> Sighting {
    let brought = place == .token ? await brought(fields) : .nothing, now = issuer.clock.now()
    return state.withLock { state in
      let part = Double((now - state.beganAt).milliseconds) / Double(max(1, state.length.milliseconds))
      let counts = place == .api || brought != .nothing
      if counts { state.came[place, default: 0] += 1 }
      let sighting = Sighting(
        place: place, at: now, brought: brought,
        fault: counts ? state.day?.fault(at: place, number: state.came[place, default: 0], part: part) : nil,
        number: state.count)
      state.count += 1
      if state.day != nil { state.seen.append(sighting) }
      return sighting
    }
  }

  /// What the issuer came to, whether or not that reaches whoever asked.
  package func answered(_ sighting: Sighting, _ status: Int) {
    let now = issuer.clock.now()
    state.withLock { state in
      if (200...299).contains(status) {
        state.servedAt = now
      } else {
        state.refused += 1
        state.lastRefusal = status
      }
      let index = sighting.number - state.first
      guard state.seen.indices.contains(index) else { return }
      state.seen[index].status = status
    }
  }

  /// Whether somebody was given tokens or served a call since a moment.
  package func hasServed(since moment: Timestamp) -> Bool {
    state.withLock { $0.servedAt.map { $0 >= moment } ?? false }
  }

  /// How many requests were not served so far, and the status that the last of them got; nil where all were.
  package var refusals: (count: Int, lastStatus: Int)? {
    state.withLock { state in
      guard let status = state.lastRefusal else { return nil }
      return (count: state.refused, lastStatus: status)
    }
  }

  private func brought(_ fields: FormFields?) async -> Sighting.Brought {
    guard let fields, fields["grant_type"] == "refresh_token" else { return .nothing }
    let secret = Secret(fields["refresh_token"] ?? "")
    guard let prospect = try? await issuer.foresee(secret), prospect.isGrantAlive else { return .dead }
    return prospect.isAnswered ? .current : .spent
  }
}
