import Wire

/// What goes wrong with a request on purpose, so that an integration can be tried before a bad day tries it (law P27).
///
/// Nothing here reaches into what the issuer does: a request is carried out as ever, or it is not, and what comes back is made
/// worse on its way out.
package enum Fault: Sendable, Hashable {
  /// Carried out; the connection is closed without a byte of the answer.
  case drop
  /// Carried out; the answer breaks off in its middle.
  case cut
  /// Carried out; 200, and nothing in the answer.
  case empty
  /// Carried out, and answered that much later, at most ``longestWait``.
  case slow(Duration)
  /// Carried out; a token is said to live that much longer than it does, as by a clock that goes wrong.
  case skew(Duration)
  /// Not carried out: a status from 500 to 599.
  case failure(Int)
  /// Not carried out: 502 and a page, of which no JSON can be read.
  case page
  /// Not carried out: 429, and the seconds to wait where they are told.
  case throttled(retryAfter: Int?)

  /// Where requests come in. Pages are no place: whoever sits before a browser is left alone.
  package enum Place: String, Sendable, CaseIterable {
    /// The token endpoint.
    case token
    /// The contacts API.
    case api
  }

  /// Whether the request still has its effect.
  package var isCarriedOut: Bool {
    switch self {
    case .drop, .cut, .empty, .slow, .skew: true
    case .failure, .page, .throttled: false
    }
  }

  /// Whether what was carried out is never told.
  var losesAnswer: Bool {
    switch self {
    case .drop, .cut, .empty: true
    case .slow, .skew, .failure, .page, .throttled: false
    }
  }

  /// How long an answer may be held back: as long as whoever waits for it has a place that others may want.
  package static let longestWait = Duration.seconds(60)

  /// How faults are spelled, for a sentence.
  package static let words =
    "drop, cut, empty, slow=12s (\(longestWait.readable) at most), skew=10m, html, 429, 429=30s, and a status from 500 to 599"

  /// Reads `drop`, `cut`, `empty`, `slow=12s`, `skew=10m`, `503`, `html`, `429`, `429=30s`; nil for any other text.
  package init?(_ text: some StringProtocol) {
    let words = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let span = words.count > 1 ? Self.span(words[1]) : nil
    switch (words.first, words.count > 1, span) {
    case ("drop", false, _): self = .drop
    case ("cut", false, _): self = .cut
    case ("empty", false, _): self = .empty
    case ("html", false, _): self = .page
    case ("slow", true, let span?) where span <= Self.longestWait: self = .slow(span)
    case ("skew", true, let span?): self = .skew(span)
    case ("429", false, _): self = .throttled(retryAfter: nil)
    case ("429", true, let span?): self = .throttled(retryAfter: Int(span.components.seconds))
    case (let word?, false, _):
      guard let status = Int(digits: word), (500...599).contains(status) else { return nil }
      self = .failure(status)
    default: return nil
    }
  }

  /// `90s`, `15m`, `2h`: from a second to a day.
  static func span(_ text: some StringProtocol) -> Duration? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(digits: text.dropLast()) else { return nil }
    let (seconds, isTooLong) = count.multipliedReportingOverflow(by: unit)
    return !isTooLong && (1...86_400).contains(seconds) ? .seconds(seconds) : nil
  }
}

extension Fault: CustomStringConvertible {
  /// As it is typed: what is read from it is the same fault.
  package var description: String {
    switch self {
    case .drop: "drop"
    case .cut: "cut"
    case .empty: "empty"
    case .slow(let span): "slow=\(span.components.seconds)s"
    case .skew(let span): "skew=\(span.components.seconds)s"
    case .failure(let status): "\(status)"
    case .page: "html"
    case .throttled(let seconds): seconds.map { "429=\($0)s" } ?? "429"
    }
  }
}
