import Wire

/// A bad day that an integration is put through, by its name.
package enum RehearsalDay: String, Sendable, CaseIterable {
  /// Nothing goes wrong, which shows that the integration is connected at all.
  case quiet
  /// The token endpoint takes 12 s, as Keap's does at the top of the hour: longer than the lock of many a job.
  case slow
  /// The first two refreshes meet 503, and so do calls in the first third of the day.
  case failing = "5xx"
  /// The first two refreshes bring a page.
  case html
  /// The first two refreshes meet 429, and so do calls in the first third of the day; each names ten seconds.
  case throttled = "429"
  /// The answer to the first refresh is lost on its way, after the token was spent. By Keap's rules nothing brings it back.
  case dropped
  /// The person takes the approval back when the day begins.
  case revoked

  static let slowness = Duration.seconds(12)
  static let pause = 10

  /// Whether the grant is over by the end of the day, however well the integration does.
  package var endsGrant: Bool { self == .dropped || self == .revoked }

  /// What the day is about, for a list.
  package var meaning: String {
    switch self {
    case .quiet: "nothing goes wrong"
    case .slow: "the token endpoint takes 12 seconds"
    case .failing: "the first two refreshes get 503, and early calls do"
    case .html: "the first two refreshes get a page"
    case .throttled: "the first two refreshes are told to wait 10 s, and early calls are"
    case .dropped: "the answer to a refresh is lost"
    case .revoked: "the person takes the approval back"
    }
  }

  /// - Parameters:
  ///   - number: of the request at its place in this day, counted from 1; at the token endpoint only refreshes count.
  ///   - part: how much of the day is over, from 0 to 1.
  func fault(at place: Fault.Place, number: Int, part: Double) -> Fault? {
    switch (self, place) {
    case (.slow, .token): .slow(Self.slowness)
    case (.failing, .token): number <= 2 ? .failure(503) : nil
    case (.failing, .api): part < 1 / 3 ? .failure(503) : nil
    case (.html, .token): number <= 2 ? .page : nil
    case (.throttled, .token): number <= 2 ? .throttled(retryAfter: Self.pause) : nil
    case (.throttled, .api): part < 1 / 3 ? .throttled(retryAfter: Self.pause) : nil
    case (.dropped, .token): number == 1 ? .drop : nil
    default: nil
    }
  }
}
