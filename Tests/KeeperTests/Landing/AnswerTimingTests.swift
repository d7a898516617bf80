import Testing

@testable import Keeper
@testable import Wire

/// How far a provider's clock is ahead of ours, by the date of its answer (K17).
struct AnswerTimingTests {
  /// Mon, 23 Nov 2026 16:00:00 GMT
  private let sentAt = Timestamp(seconds: 1_795_449_600)

  private func skew(_ date: String?, after waited: Duration) -> Duration {
    AnswerTiming(sentAt: sentAt, .body(200, "", date: date), at: sentAt + waited).clockSkew
  }

  @Test("K17: a date between the question and its answer tells of no difference, give or take a second")
  func between() {
    for date in ["15:59:59", "16:00:00", "16:00:03", "16:00:05"] {
      #expect(skew("Mon, 23 Nov 2026 \(date) GMT", after: .seconds(5)) == .zero, "\(date)")
    }
    #expect(skew(nil, after: .seconds(5)) == .zero && skew("no date", after: .seconds(5)) == .zero)
  }

  @Test("K17: a later date is ahead of the answer, an earlier one behind the question")
  func different() {
    #expect(skew("Mon, 23 Nov 2026 16:00:06 GMT", after: .seconds(5)) == .seconds(1))
    #expect(skew("Mon, 23 Nov 2026 17:00:05 GMT", after: .seconds(5)) == .hours(1))
    #expect(skew("Mon, 23 Nov 2026 15:59:58 GMT", after: .seconds(5)) == .seconds(-2))
    #expect(skew("Mon, 23 Nov 2026 15:00:00 GMT", after: .seconds(5)) == .hours(-1))
  }
}
