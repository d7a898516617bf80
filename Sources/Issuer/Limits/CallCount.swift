import Wire

/// The calls of an app or a tenant within the second, the minute and the day that it is (UTC).
struct CallCount: Sendable, Equatable {
  private struct Window: Sendable, Equatable {
    /// How many windows of this span there were since 1970.
    var index: Int64 = 0
    var used = 0
  }

  private var windows = Array(repeating: Window(), count: CallLimits.Span.allCases.count)

  var day: Int64 { windows[CallLimits.Span.day.rawValue].index }

  func used(_ span: CallLimits.Span) -> Int { windows[span.rawValue].used }

  /// Begins the windows that a moment falls into. A clock that goes back by a little begins none anew; one that was far ahead and
  /// is set right does, or nobody would be served until it has caught up.
  mutating func move(to now: Timestamp) {
    for span in CallLimits.Span.allCases {
      let index = now.milliseconds / span.length.milliseconds
      let old = windows[span.rawValue].index
      if index > old || old - index > 1 { windows[span.rawValue] = Window(index: index) }
    }
  }

  /// The longest span whose calls are used up.
  func full(_ limits: CallLimits) -> CallLimits.Span? {
    CallLimits.Span.allCases.last { span in limits[span].map { used(span) >= $0 } ?? false }
  }

  mutating func count() { for index in windows.indices { windows[index].used += 1 } }

  /// When the window of a span is over.
  func end(_ span: CallLimits.Span) -> Timestamp {
    Timestamp(milliseconds: (windows[span.rawValue].index + 1) * span.length.milliseconds)
  }
}
