import Foundation
import Testing

@testable import Wire

/// Moments and spans as people read them, in each place that tells them.
struct WordsTests {
  @Test("a span is told in the largest unit of which there are two")
  func spans() {
    for (seconds, short, words, exact) in [
      (0, "0 s", "0 seconds", "0 seconds"), (1, "1 s", "1 second", "1 second"),
      (119, "119 s", "119 seconds", "119 seconds"),
      (120, "2 min", "2 minutes", "2 minutes"), (150, "2 min", "2 minutes", "150 seconds"),
      (5400, "90 min", "90 minutes", "90 minutes"), (7199, "119 min", "119 minutes", "7199 seconds"),
      (7200, "2 h", "2 hours", "2 hours"), (86_400, "24 h", "24 hours", "24 hours"),
      (129_600, "36 h", "36 hours", "36 hours"),
      (91_800, "25 h", "25 hours", "1530 minutes"), (172_799, "47 h", "47 hours", "172799 seconds"),
      (172_800, "2 days", "2 days", "2 days"), (3_888_000, "45 days", "45 days", "45 days"),
      (5_183_999, "59 days", "59 days", "5183999 seconds"), (5_184_000, "60 days", "2 months", "60 days"),
      (15_552_000, "180 days", "6 months", "180 days"),
    ] as [(Int64, String, String, String)] {
      for span in [Duration.seconds(seconds), .seconds(-seconds)] {
        #expect(span.readable == short && span.written == words && span.writtenExactly == exact, "\(span)")
      }
    }
  }

  @Test("a moment is told by how far off it is")
  func distances() {
    let now = Timestamp(seconds: 1_795_449_600)
    for (milliseconds, words) in [
      (0, "now"), (999, "now"), (-999, "now"), (1000, "in 1 s"), (-1000, "1 s ago"), (10_800_000, "in 3 h"),
      (-1_200_000, "20 min ago"),
    ] as [(Int64, String)] {
      let moment = now + .milliseconds(milliseconds)
      #expect(moment.distance(from: now) == words)
      #expect(moment.readable(from: now) == "\(moment.readable) (\(words))")
    }
  }

  @Test(
    "a moment is told to the second at a terminal, to the minute in an alert and on a page, and without blanks in a name"
  )
  func moments() {
    let moment = Timestamp(milliseconds: 1_795_449_659_999)
    #expect(moment.readable == "2026-11-23 16:00:59 UTC")
    #expect(moment.readableToTheMinute == "2026-11-23 16:00 UTC")
    #expect(moment.readableDay == "2026-11-23")
    #expect(moment.written == "23 November 2026, 16:00 UTC")
    #expect(moment.compact == "20261123-160059")
    #expect(Timestamp(seconds: 1_772_582_400).written == "4 March 2026, 00:00 UTC")
    for milliseconds in [Int64.min, .max] {
      let moment = Timestamp(milliseconds: milliseconds)
      #expect(moment.readable.count == 23 && moment.compact.count == 15 && moment.written.hasSuffix(" UTC"))
      #expect(HTTPDate.text(moment).hasSuffix(" GMT"))
    }
  }

  @Test("a name in a file's form is the one that Foundation writes")
  func compact() {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyyMMdd-HHmmss"
    for step in -2000...20_000 where step % 7 == 0 {
      let seconds = Int64(step) * 100_003
      let text = format.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(Timestamp(seconds: seconds).compact == text)
    }
  }

  @Test("moments differ by spans, and spans have one length in any unit")
  func arithmetic() {
    let now = Timestamp(seconds: 1_795_449_600)
    #expect((now + .milliseconds(1500)) - now == .milliseconds(1500) && now - .seconds(1) < now)
    #expect(Duration.milliseconds(-1500).milliseconds == -1500 && Duration.minutes(2) == .seconds(120))
    #expect(Duration.hours(2) == .minutes(120) && Duration.days(2) == .hours(48))
  }
}
