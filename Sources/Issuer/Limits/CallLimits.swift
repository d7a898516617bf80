import Wire

/// How many calls of the API are served within a second, a minute and a day; nil where there is no limit.
package struct CallLimits: Sendable, Equatable {
  package enum Span: Int, Sendable, CaseIterable {
    case second, minute, day

    var length: Duration {
      switch self {
      case .second: .seconds(1)
      case .minute: .minutes(1)
      case .day: .days(1)
      }
    }

    fileprivate var sign: String {
      switch self {
      case .second: "s"
      case .minute: "min"
      case .day: "day"
      }
    }
  }

  private var limits: [Span: Int]

  package static let none = CallLimits([:])
  /// Of an app with OAuth, by Keap's documents.
  package static let keapApp = CallLimits([.second: 25, .minute: 1500, .day: 150_000])
  /// Of a personal token or a service key, by Keap's documents.
  package static let keapKey = CallLimits([.second: 10, .minute: 240, .day: 30_000])
  /// Of all apps together in one tenant, by Keap's documents.
  package static let keapTenant = CallLimits([.minute: 10_000, .day: 250_000])

  package init(_ limits: [Span: Int]) { self.limits = limits }

  package subscript(span: Span) -> Int? { limits[span] }
  var isEmpty: Bool { limits.isEmpty }

  /// Reads `25/s,1500/min,150000/day`, any part of it, or `none`; nil for any other text.
  package init?(_ text: String) {
    self.init([:])
    if text == "none" { return }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "/", omittingEmptySubsequences: false)
      guard words.count == 2, let count = Int(digits: words[0]), (1...1_000_000_000).contains(count),
        let span = Span.allCases.first(where: { $0.sign == words[1] }), limits[span] == nil
      else { return nil }
      limits[span] = count
    }
  }
}
